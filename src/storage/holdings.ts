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
  /** Part of the amount that is locked as registration collateral; undefined without collateral, and up to spec 436. */
  readonly collateral: Alpha | undefined
}

/** Shares of a hotkey's basket (a fund of root dividends) that are owed to a coldkey. */
export interface BasketClaim {
  readonly hotkey: Address
  /** In the unit of BasketShares. */
  readonly shares: bigint
}

/** The stakes of a coldkey, and its basket shares separately. */
export interface Holdings {
  /** Positions above 0, from spec 233; empty before. */
  readonly positions: readonly Position[]
  /** Total stake in TAO at the spot price; undefined if a position or a price is unknown. */
  readonly total: Rao | undefined
  /** Claims above 0; empty if the runtime has no baskets. */
  readonly baskets: readonly BasketClaim[]
}

/** Caches shares that were 0 at an earlier poll. */
export type ShareCache = TtlCache<Shares>

/**
 * Reads the stakes of a coldkey. Up to spec 232: TotalColdkeyStake. From 233: its portions of the alpha on the hotkeys it
 * stakes on (StakingHotkeys), at the spot price, each rounded down to a rao. Includes locked alpha and ignores slippage; the
 * chain's get_total_stake_for_coldkey (staking/helpers.rs:59 at spec 425) simulates selling each position by itself. Holdings
 * are unknown while a migration hides some of the shares.
 */
export async function readHoldings(view: View, coldkey: Address, cache: ShareCache): Promise<Holdings> {
  return (await ifUnderstood(holdings(view, coldkey, cache))) ?? UNKNOWN_HOLDINGS
}

const UNKNOWN_HOLDINGS: Holdings = { positions: [], total: undefined, baskets: [] }

async function holdings(view: View, coldkey: Address, cache: ShareCache): Promise<Holdings> {
  if (view.layout.unit === 'tao') {
    const total = await ifUnderstood(view.read(ITEMS.totalColdkeyStake, [coldkey], raoAmount))
    return { positions: [], total, baskets: [] }
  }
  if (await view.shared(areSharesHidden, undefined)) return UNKNOWN_HOLDINGS
  const hotkeys = await view.read(ITEMS.stakingHotkeys, [coldkey], list(address))
  const positions = await readPositions(view, coldkey, hotkeys, cache)
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

/** Names of migrations in HasMigrationRun. */
const SHARES_MOVED = 'migrate_alpha_v2_and_unstake_dust_v1'
const OLDER_THAN_SHARES_V2 = 'clear_rank_trust_pruning_maps'

/**
 * Whether entries of share pools may be in maps that cannot be read. From spec 473 the original maps (Alpha,
 * TotalHotkeyShares) are no longer in the metadata, and a migration moves their remaining entries over about a thousand blocks
 * (migrations/migrate_alpha_v2.rs at spec 473; on finney blocks 9,217,265 to 9,218,572). It sets HasMigrationRun when it is
 * done. On a chain whose first runtime did not write these maps, the migration has nothing to move and does not run before
 * the next upgrade; such a chain has not run the migration of spec 365 either.
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
  cache: ShareCache,
): Promise<readonly Position[]> {
  const [netuids, { nonce }] = await Promise.all([
    view.shared(readNetuids, undefined),
    view.shared(readAccount, coldkey),
  ])
  // Sidecar cannot list map entries, so every hotkey is read on every subnet. A share that was 0 stays 0 until the coldkey
  // signs an extrinsic; it is also read again periodically, because other accounts can change it.
  const version = `${nonce} ${hotkeys.length}`
  const positions = await Promise.all(
    hotkeys.flatMap((hotkey) =>
      netuids.map(async (netuid): Promise<Position | undefined> => {
        const share = await cache.getOrRead(
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

/** The locked amount in a MinerCollateralState (lib.rs at spec 470). */
const locked =
  (netuid: number): Decoder<Alpha> =>
  (value) =>
    alphaAmount(netuid)(field(value, 'locked'))

const NOTHING: Shares = { bits: 0n }

/**
 * Reads the shares of a coldkey. From spec 397 entries move from Alpha to AlphaV2 when they are written
 * (staking/stake_utils.rs:1393); from 473 Alpha is gone. Entries of a pool that was closed since count as 0.
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
 * Whether shares belong to a pool that was closed since they were written. Closing a pool increments AlphaSharePoolEpoch; an
 * entry records its value when it is written (alpha_share_is_retired, staking/stake_utils.rs at spec 470).
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

/** Reads basket claims. StakingHotkeys contains a hotkey as long as the coldkey has alpha or a basket claim on it. */
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
  // Mantissas have up to 22 digits, so a larger exponent cannot be valid.
  if (typeof exponent !== 'string' || !/^-?\d{1,3}$/.test(exponent))
    throw new DecodeError('expected an exponent of up to three digits')
  return { mantissa: unsigned(field(value, 'mantissa')), exponent: Number(exponent) }
}
