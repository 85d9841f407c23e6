import { NETUID_LIMIT, type Pool, type Subnet, type SubnetSettings } from '../../chain/subnet.ts'
import { alphaAmount, boolean, count, raoAmount, u16 } from '../decode.ts'
import type { View } from '../view.ts'
import { ITEMS } from './layout.ts'
import { readMovingPrice, readPoolAlpha, readPoolTao, readPrice } from './price.ts'

/** How far beyond the count of subnets to look for one that TotalNetworks counts and no netuid below it has. */
const HOLES = 256

/**
 * The netuids that exist, ascending. There may be holes, and TotalNetworks is a count: netuids are asked one by one
 * (NetworksAdded) until as many are found.
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

/** How many neurons a subnet has. */
export const readSize = (view: View, netuid: number): Promise<number> =>
  view.read(ITEMS.subnetworkN, [netuid], u16)

/** Blocks since a subnet's last epoch. */
export const readSinceEpoch = (view: View, netuid: number): Promise<number> =>
  view.read(ITEMS.blocksSinceLastStep, [netuid], count)

/** One subnet that exists; its settings are read by `settings`, which is told how long ago the last epoch was. */
export async function readSubnet(
  view: View,
  netuid: number,
  settings: (sinceEpoch: number) => Promise<SubnetSettings>,
): Promise<Subnet> {
  const clock = view.shared(readSinceEpoch, netuid)
  const [sinceEpoch, neurons, registrationCost, pool, settled] = await Promise.all([
    clock,
    view.shared(readSize, netuid),
    view.read(ITEMS.burn, [netuid], raoAmount),
    readPool(view, netuid),
    clock.then(settings),
  ])
  return { netuid, ...settled, neurons, sinceEpoch, registrationCost, pool }
}

async function readPool(view: View, netuid: number): Promise<Pool | undefined> {
  if (view.layout.price === 'none') return undefined
  const [price, moving, tao, alphaIn, alphaOut] = await Promise.all([
    view.shared(readPrice, netuid),
    readMovingPrice(view, netuid),
    view.shared(readPoolTao, netuid),
    view.shared(readPoolAlpha, netuid),
    view.read(ITEMS.subnetAlphaOut, [netuid], alphaAmount(netuid)),
  ])
  return { price, movingPrice: moving, tao, alphaIn, alphaOut }
}
