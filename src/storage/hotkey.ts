import { ZERO_ACCOUNT, type Address } from '../chain/address.ts'
import { unitsOf, type Rao } from '../chain/money.ts'
import { totalValue, type Holding } from '../chain/price.ts'
import { ratioOfU16, type Ratio } from '../chain/ratio.ts'
import {
  address,
  alphaAmount,
  count,
  optional,
  raoAmount,
  DecodeError,
  type Decoder,
} from '../upstream/decode.ts'
import { ifUnderstood, type View } from './view.ts'
import { ITEMS } from './layout.ts'
import { readPrice } from './price.ts'
import { readNetuids } from './subnet.ts'

/** The UID of a hotkey on a subnet. */
export interface Registration {
  readonly netuid: number
  readonly uid: number
}

/** All registrations of a hotkey, by netuid. */
export async function readRegistrations(view: View, hotkey: Address): Promise<readonly Registration[]> {
  const netuids = await view.shared(readNetuids, undefined)
  const uids = await Promise.all(
    netuids.map((netuid) => view.read(ITEMS.uids, [netuid, hotkey], optional(count))),
  )
  return netuids.flatMap((netuid, index) => {
    const uid = uids[index]
    return uid === undefined ? [] : [{ netuid, uid }]
  })
}

/** The owner of a hotkey; undefined for an unknown hotkey, whose Owner is the zero account. */
export const ownerOf: Decoder<Address | undefined> = (value) => {
  const owner = address(value)
  return owner === ZERO_ACCOUNT ? undefined : owner
}

/** The coldkey that owns a hotkey; undefined for an unknown hotkey. */
export const readOwner = (view: View, hotkey: Address): Promise<Address | undefined> =>
  view.read(ITEMS.owner, [hotkey], ownerOf)

/** Share of its delegators' earnings that a hotkey keeps: u16 / 65535; the runtime's default if it set none. */
export const readTake = (view: View, hotkey: Address): Promise<Ratio | undefined> =>
  ifUnderstood(
    view.read(ITEMS.delegates, [hotkey], (value) => {
      const take = count(value)
      if (take > 65_535) throw new DecodeError(`expected a take from 0 to 65535, got ${take}`)
      return ratioOfU16(take)
    }),
  )

/**
 * Total stake of a hotkey in TAO. Up to spec 232: TotalHotkeyStake; from 233: its alpha on every subnet at the spot price
 * (staking/helpers.rs:42 at spec 425). Undefined if a price is unknown.
 */
export const readTotalStake = (view: View, hotkey: Address): Promise<Rao | undefined> =>
  ifUnderstood(totalStake(view, hotkey))

async function totalStake(view: View, hotkey: Address): Promise<Rao | undefined> {
  if (view.layout.unit === 'tao') return view.read(ITEMS.totalHotkeyStake, [hotkey], raoAmount)
  const netuids = await view.shared(readNetuids, undefined)
  const holdings = await Promise.all(
    netuids.map(async (netuid): Promise<Holding | 'nothing' | undefined> => {
      const amount = await view.read(ITEMS.totalHotkeyAlpha, [hotkey, netuid], alphaAmount(netuid))
      if (unitsOf(amount) === 0n) return 'nothing'
      const price = await view.shared(readPrice, netuid)
      return price === undefined ? undefined : { amount, price }
    }),
  )
  if (holdings.includes(undefined)) return undefined
  const priced = holdings.filter((holding) => typeof holding === 'object')
  return totalValue(priced, view.layout.price === 'pool' ? 'each' : 'sum')
}
