import type { Address } from '../chain/address.ts'
import { unitsOf, type Alpha, type Rao } from '../chain/money.ts'
import { totalValue, type Holding } from '../chain/price.ts'
import { basketSharesOwed, portionOf, type Shares } from '../chain/share-pool.ts'
import { ROOT_NETUID } from '../chain/subnet.ts'
import {
  address,
  alphaAmount,
  boolean,
  field,
  fixedBits,
  optional,
  raoAmount,
  signed,
  unsigned,
  DecodeError,
  type Decoder,
} from '../upstream/decode.ts'
import { ifUnderstood, lookupAt, type View } from './view.ts'
import { readAccount } from './account.ts'
import { ITEMS } from './layout.ts'
import { list } from './list.ts'
import type { TtlCache } from './ttl-cache.ts'
import { readPrice } from './price.ts'
import { readNetuids } from './subnet.ts'

/** Alpha of a coldkey on one hotkey and subnet. */
export interface Position {
  readonly hotkey: Address
  readonly netuid: number
  readonly amount: Alpha
  /** The part of it that is locked as registration collateral; undefined where there is none, and to spec 436. */
  readonly collateral: Alpha | undefined
}

/** Shares of a hotkey's basket (fund of root dividends) that a coldkey is owed. */
export interface BasketClaim {
  readonly hotkey: Address
  /** In the unit of BasketShares. */
  readonly shares: bigint
}

/** What a coldkey has staked, basket shares apart. */
export interface Holdings {
  /** From spec 233, without those of nothing; none before. */
  readonly positions: readonly Position[]
  /** In TAO, at the spot price; undefined when a position or the price of something it holds is not known. */
  readonly total: Rao | undefined
  /** Without those of nothing; none where the runtime has no baskets. */
  readonly baskets: readonly BasketClaim[]
}

/** Shares that were 0 at an earlier poll. */
export type ShareCache = TtlCache<Shares>

/**
 * What a coldkey has staked: TotalColdkeyStake to spec 232. From 233 its portions of the alpha on the hotkeys it stakes
 * on (StakingHotkeys), at the spot price, each rounded down to a rao. What selling would move the price by is not taken
 * off, and what is locked is not left out. While a migration hides some of the shares nothing is known. (The chain's own get_total_stake_for_coldkey, staking/helpers.rs:59 at spec
 * 425, simulates selling each position by itself.)
 */
export async function readHoldings(view: View, coldkey: Address, memory: ShareCache): Promise<Holdings> {
  return (await ifUnderstood(holdings(view, coldkey, memory))) ?? UNKNOWN_HOLDINGS
}

const UNKNOWN_HOLDINGS: Holdings = { positions: [], total: undefined, baskets: [] }

async function holdings(view: View, coldkey: Address, memory: ShareCache): Promise<Holdings> {
  if (view.layout.unit === 'tao') {
    const total = await ifUnderstood(view.read(ITEMS.totalColdkeyStake, [coldkey], raoAmount))
    return { positions: [], total, baskets: [] }
  }
  if (await view.shared(areSharesHidden, undefined)) return UNKNOWN_HOLDINGS
  const hotkeys = await view.read(ITEMS.stakingHotkeys, [coldkey], list(address))
  const positions = await readPositions(view, coldkey, hotkeys, memory)
  const held = await Promise.all(
    positions.map(async ({ netuid, amount }): Promise<Holding | undefined> => {
      const price = await view.shared(readPrice, netuid)
      return price === undefined ? undefined : { amount, price }
    }),
  )
  const priced = held.filter((holding) => holding !== undefined)
  return {
    positions,
    total: priced.length < held.length ? undefined : totalValue(priced, 'each'),
    baskets: (await ifUnderstood(readBaskets(view, coldkey, hotkeys, positions))) ?? [],
  }
}

/** As the chain names them in HasMigrationRun. */
const SHARES_MOVED = 'migrate_alpha_v2_and_unstake_dust_v1'
const OLDER_THAN_SHARES_V2 = 'clear_rank_trust_pruning_maps'

/**
 * Whether rows of share pools may lie where they cannot be read. From spec 473 the first two maps (Alpha,
 * TotalHotkeyShares) are not in the metadata any more, and a migration moves what they still hold, over some thousand
 * blocks (migrations/migrate_alpha_v2.rs at spec 473; on finney blocks 9,217,265 to 9,218,572). It sets HasMigrationRun
 * when it is done. On a chain that began with a runtime which no longer wrote those maps it has nothing to do, and is
 * not run before the next upgrade: such a chain has not had the migration of spec 365 either.
 */
async function areSharesHidden(view: View): Promise<boolean> {
  if (view.layout.has(ITEMS.alpha)) return false
  const hasRun = (name: string) =>
    view.readOptional(ITEMS.hasMigrationRun, [`0x${Buffer.from(name).toString('hex')}`], boolean)
  const [moved, older] = await Promise.all([hasRun(SHARES_MOVED), hasRun(OLDER_THAN_SHARES_V2)])
  return moved === false && older === true
}

async function readPositions(
  view: View,
  coldkey: Address,
  hotkeys: readonly Address[],
  memory: ShareCache,
): Promise<readonly Position[]> {
  const [netuids, { nonce }] = await Promise.all([
    view.shared(readNetuids, undefined),
    view.shared(readAccount, coldkey),
  ])
  // Sidecar cannot list what there is, so every hotkey is asked for on every subnet. What was nothing stays nothing
  // until the coldkey signs something, and is asked for again once in a while, for what others do to it.
  const version = `${nonce} ${hotkeys.length}`
  const positions = await Promise.all(
    hotkeys.flatMap((hotkey) =>
      netuids.map(async (netuid): Promise<Position | undefined> => {
        const share = await memory.getOrRead(
          { key: `${coldkey}/${hotkey}/${netuid}`, ...lookupAt(view), version },
          () => readShare(view, hotkey, coldkey, netuid),
          isNothing,
        )
        if (isNothing(share)) return undefined
        const [pool, denominator, collateral] = await Promise.all([
          view.read(ITEMS.totalHotkeyAlpha, [hotkey, netuid], alphaAmount(netuid)),
          readDenominator(view, hotkey, netuid),
          ifUnderstood(view.read(ITEMS.minerCollateral, [netuid, hotkey, coldkey], optional(locked(netuid)))),
        ])
        const decimal = view.layout.has(ITEMS.alphaV2)
        const amount = portionOf(netuid, { pool, share, denominator, decimal })
        return unitsOf(amount) === 0n ? undefined : { hotkey, netuid, amount, collateral }
      }),
    ),
  )
  return positions.filter((position) => position !== undefined)
}

const isNothing = (shares: Shares): boolean => ('bits' in shares ? shares.bits : shares.mantissa) === 0n

/** MinerCollateralState (lib.rs at spec 470). */
const locked =
  (netuid: number): Decoder<Alpha> =>
  (value) =>
    alphaAmount(netuid)(field(value, 'locked'))

const NOTHING: Shares = { bits: 0n }

/**
 * From spec 397 what was touched since is in the second item, and no longer in the first (staking/stake_utils.rs:1393);
 * from 473 there is no first. A row of a pool that was closed since is nothing, in either.
 */
async function readShare(view: View, hotkey: Address, coldkey: Address, netuid: number): Promise<Shares> {
  const keys = [hotkey, coldkey, netuid]
  const first = await view.readOptional(ITEMS.alpha, keys, binary)
  const share =
    first === undefined || isNothing(first) ? await view.readOptional(ITEMS.alphaV2, keys, decimal) : first
  if (share === undefined || isNothing(share)) return NOTHING
  return (await isRetired(view, hotkey, coldkey, netuid)) ? NOTHING : share
}

/**
 * Whether a row of shares belongs to a pool that has been closed since: each closing counts AlphaSharePoolEpoch up, and
 * rows are stamped with it when they are written (alpha_share_is_retired, staking/stake_utils.rs at spec 470).
 */
async function isRetired(view: View, hotkey: Address, coldkey: Address, netuid: number): Promise<boolean> {
  const epoch = await view.readOptional(ITEMS.alphaSharePoolEpoch, [hotkey, netuid], unsigned)
  if (epoch === undefined || epoch === 0n) return false
  return (await view.readOptional(ITEMS.alphaShareEpoch, [hotkey, coldkey, netuid], unsigned)) !== epoch
}

async function readDenominator(view: View, hotkey: Address, netuid: number): Promise<Shares> {
  const first = await view.readOptional(ITEMS.totalHotkeyShares, [hotkey, netuid], binary)
  if (first !== undefined && !isNothing(first)) return first
  return (await view.readOptional(ITEMS.totalHotkeySharesV2, [hotkey, netuid], decimal)) ?? NOTHING
}

/** The chain keeps a hotkey in StakingHotkeys for as long as the coldkey has alpha or a claim on its basket. */
async function readBaskets(
  view: View,
  coldkey: Address,
  hotkeys: readonly Address[],
  positions: readonly Position[],
): Promise<readonly BasketClaim[]> {
  const items = [ITEMS.basketRate, ITEMS.basketClaimed, ITEMS.basketShares]
  if (!items.every((item) => view.layout.has(item))) return []
  const claims = await Promise.all(
    hotkeys.map(async (hotkey): Promise<BasketClaim> => {
      const total = await view.read(ITEMS.basketShares, [hotkey], unsigned)
      if (total === 0n) return { hotkey, shares: 0n }
      const [rate, claimed] = await Promise.all([
        view.read(ITEMS.basketRate, [hotkey], (value) => signed(field(value, 'bits'))),
        view.read(ITEMS.basketClaimed, [hotkey, coldkey], signed),
      ])
      const root = positions.find((position) => position.hotkey === hotkey && position.netuid === ROOT_NETUID)
      const stake = root === undefined ? 0n : unitsOf(root.amount)
      return { hotkey, shares: basketSharesOwed({ rate, stake, claimed, total }) }
    }),
  )
  return claims.filter(({ shares }) => shares > 0n)
}

const binary: Decoder<Shares> = (value) => ({ bits: fixedBits(value) })

const decimal: Decoder<Shares> = (value) => {
  const exponent = field(value, 'exponent')
  // Mantissas have up to 22 digits; an exponent beyond a few hundred is no share of anything.
  if (typeof exponent !== 'string' || !/^-?\d{1,3}$/.test(exponent))
    throw new DecodeError('expected an exponent of up to three digits')
  return { mantissa: unsigned(field(value, 'mantissa')), exponent: Number(exponent) }
}
