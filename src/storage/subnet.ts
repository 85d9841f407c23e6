import { NETUID_LIMIT, type Pool, type Subnet, type SubnetSettings } from '../chain/subnet.ts'
import { alphaAmount, boolean, count, raoAmount, u16 } from '../upstream/decode.ts'
import { ifUnderstood, type View } from './view.ts'
import { ITEMS } from './layout.ts'
import { readMechanismCount } from './mechanism.ts'
import { readMovingPrice, readPoolAlpha, readPoolTao, readPrice } from './price.ts'

/** Maximum number of unused netuids: the search ends this far beyond the count of subnets. */
const HOLES = 256

/**
 * The existing netuids, ascending. They may have gaps and TotalNetworks is only a count, so each netuid is checked
 * (NetworksAdded) until that many are found.
 */
export async function readNetuids(view: View): Promise<readonly number[]> {
  const total = await view.read(ITEMS.totalNetworks, [], count)
  const limit = Math.min(total + HOLES, NETUID_LIMIT)
  const found: number[] = []
  for (let from = 0; from < limit && found.length < total;) {
    const batch = Array.from(
      { length: Math.min(Math.max(total - found.length, 8), limit - from) },
      (_, i) => from + i,
    )
    const added = await Promise.all(batch.map((netuid) => view.read(ITEMS.networksAdded, [netuid], boolean)))
    found.push(...batch.filter((_, index) => added[index]))
    from += batch.length
  }
  return found
}

/** Number of neurons of a subnet. */
export const readSize = (view: View, netuid: number): Promise<number> =>
  view.read(ITEMS.subnetworkN, [netuid], u16)

/**
 * Height of a subnet's last epoch that ran: LastMechansimStepBlock (sic); 0 without one, undefined if its type is unsupported.
 * Written in the same block as the epoch's scores (coinbase/run_coinbase.rs, distribute_emissions_to_subnets at spec 475).
 * The other clocks differ: BlocksSinceLastStep is capped at tempo + 1 from some spec in 426–438, and LastEpochBlock also moves
 * when an epoch is skipped.
 */
export const readLastEpoch = (view: View, netuid: number): Promise<number | undefined> =>
  ifUnderstood(view.read(ITEMS.lastMechanismStepBlock, [netuid], count))

/** Reads an existing subnet. `settings` reads its settings, given the height of its last epoch. */
export async function readSubnet(
  view: View,
  netuid: number,
  settings: (lastEpoch: number | undefined) => Promise<SubnetSettings>,
): Promise<Subnet> {
  const clock = view.shared(readLastEpoch, netuid)
  const [lastEpoch, neurons, mechanisms, registrationCost, pool, settled] = await Promise.all([
    clock,
    view.shared(readSize, netuid),
    ifUnderstood(view.shared(readMechanismCount, netuid)),
    ifUnderstood(view.read(ITEMS.burn, [netuid], raoAmount)),
    readPool(view, netuid),
    clock.then(settings),
  ])
  const sinceEpoch = sinceEpochOf(lastEpoch, view.block.height)
  return { netuid, ...settled, neurons, mechanisms, sinceEpoch, registrationCost, pool }
}

/** Blocks since the last epoch; undefined without one, and for an impossible height. */
const sinceEpochOf = (lastEpoch: number | undefined, height: number): number | undefined =>
  lastEpoch === undefined || lastEpoch === 0 || lastEpoch > height ? undefined : height - lastEpoch

async function readPool(view: View, netuid: number): Promise<Pool | undefined> {
  if (view.layout.price === 'none') return undefined
  const [price, moving, tao, alphaIn, alphaOut, alphaStaked] = await Promise.all([
    view.shared(readPrice, netuid),
    ifUnderstood(readMovingPrice(view, netuid)),
    ifUnderstood(view.shared(readPoolTao, netuid)),
    ifUnderstood(view.shared(readPoolAlpha, netuid)),
    ifUnderstood(view.read(ITEMS.subnetAlphaOut, [netuid], alphaAmount(netuid))),
    ifUnderstood(view.read(ITEMS.totalAlphaStaked, [netuid], alphaAmount(netuid))),
  ])
  return { price, movingPrice: moving, tao, alphaIn, alphaOut, alphaStaked }
}

/** Blocks after its registration during which a neuron cannot be replaced; undefined if the item's type is unsupported. */
export const readImmunityPeriod = (view: View, netuid: number): Promise<number | undefined> =>
  ifUnderstood(view.read(ITEMS.immunityPeriod, [netuid], count))
