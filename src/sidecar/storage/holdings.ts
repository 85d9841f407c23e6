import type { Address } from '../../chain/address.ts'
import { unitsOf, type Alpha, type Rao } from '../../chain/money.ts'
import { totalValue, type Holding } from '../../chain/price.ts'
import { portionOf, type Shares } from '../../chain/share-pool.ts'
import {
  address,
  alphaAmount,
  field,
  fixedBits,
  raoAmount,
  unsigned,
  WireFault,
  type Decoder,
} from '../decode.ts'
import { occasionOf, type View } from '../view.ts'
import { readAccount } from './account.ts'
import { ITEMS } from './layout.ts'
import { list } from './list.ts'
import type { Memory } from './memory.ts'
import { readPrice } from './price.ts'
import { readNetuids } from './subnet.ts'

/** Alpha of a coldkey on one hotkey and subnet. */
export interface Position {
  readonly hotkey: Address
  readonly netuid: number
  readonly amount: Alpha
}

/** All that a coldkey has staked. */
export interface Holdings {
  /** From spec 233, without those of nothing; none before. */
  readonly positions: readonly Position[]
  /** In TAO, at the spot price; undefined when the price of something it holds is not known. */
  readonly total: Rao | undefined
}

/** Shares that were 0 at an earlier poll. */
export type ShareMemory = Memory<Shares>

/**
 * What a coldkey has staked: TotalColdkeyStake to spec 232. From 233 its portions of the alpha on the hotkeys it stakes
 * on (StakingHotkeys), at the spot price, each rounded down to a rao. What selling would move the price by is not taken
 * off, and what is locked is not left out. (The chain's own get_total_stake_for_coldkey, staking/helpers.rs:59 at spec
 * 425, simulates selling each position by itself.)
 */
export async function readHoldings(view: View, coldkey: Address, memory: ShareMemory): Promise<Holdings> {
  if (view.layout.unit === 'tao')
    return { positions: [], total: await view.read(ITEMS.totalColdkeyStake, [coldkey], raoAmount) }
  const positions = await readPositions(view, coldkey, memory)
  const holdings = await Promise.all(
    positions.map(async ({ netuid, amount }): Promise<Holding | undefined> => {
      const price = await view.shared(readPrice, netuid)
      return price === undefined ? undefined : { amount, price }
    }),
  )
  const priced = holdings.filter((holding) => holding !== undefined)
  return { positions, total: priced.length < holdings.length ? undefined : totalValue(priced, 'each') }
}

async function readPositions(
  view: View,
  coldkey: Address,
  memory: ShareMemory,
): Promise<readonly Position[]> {
  const [netuids, hotkeys, { nonce }] = await Promise.all([
    view.shared(readNetuids, undefined),
    view.read(ITEMS.stakingHotkeys, [coldkey], list(address)),
    view.shared(readAccount, coldkey),
  ])
  // Sidecar cannot list what there is, so every hotkey is asked for on every subnet. What was nothing stays nothing
  // until the coldkey signs something, and is asked for again once in a while, for what others do to it.
  const trace = `${nonce} ${hotkeys.length}`
  const positions = await Promise.all(
    hotkeys.flatMap((hotkey) =>
      netuids.map(async (netuid): Promise<Position | undefined> => {
        const share = await memory.recall(
          { key: `${coldkey}/${hotkey}/${netuid}`, ...occasionOf(view), trace },
          () => readShare(view, hotkey, coldkey, netuid),
          isNothing,
        )
        if (isNothing(share)) return undefined
        const [pool, denominator] = await Promise.all([
          view.read(ITEMS.totalHotkeyAlpha, [hotkey, netuid], alphaAmount(netuid)),
          readDenominator(view, hotkey, netuid),
        ])
        const decimal = view.layout.has(ITEMS.alphaV2)
        const amount = portionOf(netuid, { pool, share, denominator, decimal })
        return unitsOf(amount) === 0n ? undefined : { hotkey, netuid, amount }
      }),
    ),
  )
  return positions.filter((position) => position !== undefined)
}

const isNothing = (shares: Shares): boolean => ('bits' in shares ? shares.bits : shares.mantissa) === 0n

/** From spec 397 what was touched since is in the second item, and no longer in the first (staking/stake_utils.rs:1393). */
async function readShare(view: View, hotkey: Address, coldkey: Address, netuid: number): Promise<Shares> {
  const first = await view.read(ITEMS.alpha, [hotkey, coldkey, netuid], binary)
  if (!isNothing(first)) return first
  return (await view.readIfKept(ITEMS.alphaV2, [hotkey, coldkey, netuid], decimal)) ?? first
}

async function readDenominator(view: View, hotkey: Address, netuid: number): Promise<Shares> {
  const first = await view.read(ITEMS.totalHotkeyShares, [hotkey, netuid], binary)
  if (!isNothing(first)) return first
  return (await view.readIfKept(ITEMS.totalHotkeySharesV2, [hotkey, netuid], decimal)) ?? first
}

const binary: Decoder<Shares> = (value) => ({ bits: fixedBits(value) })

const decimal: Decoder<Shares> = (value) => {
  const exponent = field(value, 'exponent')
  // Mantissas have up to 22 digits; an exponent beyond a few hundred is no share of anything.
  if (typeof exponent !== 'string' || !/^-?\d{1,3}$/.test(exponent))
    throw new WireFault('expected an exponent of up to three digits')
  return { mantissa: unsigned(field(value, 'mantissa')), exponent: Number(exponent) }
}
