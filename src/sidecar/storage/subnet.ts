import { ZERO_ACCOUNT, type Address } from '../../chain/address.ts'
import { activityCutoffOf, NETUID_LIMIT, type Pool, type Subnet } from '../../chain/subnet.ts'
import type { StorageItem } from '../client.ts'
import { address, alphaAmount, boolean, count, field, optional, raoAmount, text, u16 } from '../decode.ts'
import type { View } from '../view.ts'
import { ITEMS } from './layout.ts'
import { readMovingPrice, readPrice } from './price.ts'

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

/** One subnet that exists. */
export async function readSubnet(view: View, netuid: number): Promise<Subnet> {
  const read = (item: StorageItem) => view.read(item, [netuid], count)
  const [names, numbers, registrationCost, pool] = await Promise.all([
    readNames(view, netuid),
    Promise.all([
      view.shared(readSize, netuid),
      read(ITEMS.maxAllowedUids),
      read(ITEMS.tempo),
      read(ITEMS.blocksSinceLastStep),
      read(ITEMS.immunityPeriod),
      view.readIfKept(ITEMS.activityCutoffFactorMilli, [netuid], count),
      read(ITEMS.activityCutoff),
    ]),
    view.read(ITEMS.burn, [netuid], raoAmount),
    readPool(view, netuid),
  ])
  const [neurons, neuronsLimit, tempo, sinceEpoch, immunityPeriod, cutoffFactor, fixedCutoff] = numbers
  const activityCutoff = cutoffFactor === undefined ? fixedCutoff : activityCutoffOf(cutoffFactor, tempo)
  return {
    netuid,
    ...names,
    neurons,
    neuronsLimit,
    tempo,
    sinceEpoch,
    immunityPeriod,
    activityCutoff,
    registrationCost,
    pool,
  }
}

const account = (value: unknown): Address | undefined => {
  const decoded = address(value)
  return decoded === ZERO_ACCOUNT ? undefined : decoded
}

async function readNames(view: View, netuid: number) {
  const [symbol, ownerColdkey, ownerHotkey, name] = await Promise.all([
    view.readIfKept(ITEMS.tokenSymbol, [netuid], text),
    view.readIfKept(ITEMS.subnetOwner, [netuid], account),
    view.readIfKept(ITEMS.subnetOwnerHotkey, [netuid], account),
    readName(view, netuid),
  ])
  return { symbol: symbol ?? '', ownerColdkey, ownerHotkey, name }
}

/** The subnet's name in its newest identity; '' where it gave itself none. */
async function readName(view: View, netuid: number): Promise<string> {
  const nameOf = optional((value) => text(field(value, 'subnetName')))
  for (const item of [ITEMS.subnetIdentitiesV3, ITEMS.subnetIdentitiesV2, ITEMS.subnetIdentities]) {
    const name = await view.readIfKept(item, [netuid], nameOf)
    if (name !== undefined) return name
  }
  return ''
}

async function readPool(view: View, netuid: number): Promise<Pool | undefined> {
  if (view.layout.price === 'none') return undefined
  const [price, moving, tao, alphaIn, alphaOut] = await Promise.all([
    view.shared(readPrice, netuid),
    readMovingPrice(view, netuid),
    view.read(ITEMS.subnetTao, [netuid], raoAmount),
    view.read(ITEMS.subnetAlphaIn, [netuid], alphaAmount(netuid)),
    view.read(ITEMS.subnetAlphaOut, [netuid], alphaAmount(netuid)),
  ])
  return { price, movingPrice: moving, tao, alphaIn, alphaOut }
}
