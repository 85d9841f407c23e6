import type { BlockBody, ChainEvent } from '../../chain/extrinsic.ts'
import { UpstreamError, type FailureReason } from '../../upstream/errors.ts'
import type { View } from '../view.ts'

/** Accounts and subnets whose state may have changed in some blocks, according to the events. */
export interface Changes {
  /** Accounts named in events that are not routine, as SS58. Everything cached about them may have changed. */
  readonly accounts: ReadonlySet<string>
  /** Accounts named in routine events. Only their stake may have changed. */
  readonly staked: ReadonlySet<string>
  /** Numbers in events that are not routine and that may be netuids. Everything cached about these subnets may have changed. */
  readonly netuids: ReadonlySet<number>
  /**
   * Whether the events of some blocks are missing, so there may be further changes: `undecodable` if Sidecar cannot decode a
   * block, which is permanent; `unreadable` if a block could not be read for a reason that may be temporary.
   */
  readonly missing: 'none' | 'undecodable' | 'unreadable'
}

/** No block passed since the earlier reading. */
const NO_CHANGES: Changes = { accounts: new Set(), staked: new Set(), netuids: new Set(), missing: 'none' }

/** After more blocks than this everything is read again. */
const MAX_BLOCKS = 20

/**
 * Changes in the blocks above a height, up to the view's block. Blocks that Sidecar cannot serve are counted as missing.
 * Undefined if changes cannot be determined: too many blocks, a lower height, or blocks of another fork.
 */
export async function readChanges(view: View, since: number): Promise<Changes | undefined> {
  const { height } = view.block
  if (height === since) return NO_CHANGES
  if (height < since || height - since > MAX_BLOCKS) return undefined
  const heights = Array.from({ length: height - since }, (_, i) => since + 1 + i)
  const blocks = await Promise.all(heights.map((each) => bodyOf(view, each)))
  const changes = { accounts: new Set<string>(), staked: new Set<string>(), netuids: new Set<number>() }
  let missing: Changes['missing'] = 'none'
  for (const [index, block] of blocks.entries()) {
    if (block === 'other_fork') return undefined
    if (block === 'unreadable' || block === 'undecodable') {
      if (missing !== 'unreadable') missing = block
      continue
    }
    if (heights[index] === height && block.hash !== view.block.hash) return undefined
    const { eventsBefore, extrinsics, eventsAfter } = block
    for (const events of [eventsBefore, ...extrinsics.map(({ events }) => events), eventsAfter])
      for (const event of events) collect(event, changes)
  }
  return { ...changes, missing }
}

/** The changes on which one poll bases its incremental reading. */
export interface UsableChanges {
  /** Undefined if everything must be read again. */
  readonly changes: Changes | undefined
  /** Number of consecutive polls, including this one, in which blocks were `unreadable`. */
  readonly unreadablePolls: number
}

/** Consecutive polls that read everything. Full reads are expensive, and their load may be the reason why blocks cannot be read. */
const FULL_READS_AT_MOST = 10

/**
 * Decides how to read while blocks are missing. If they are `unreadable`, everything is read in each of the first 10 polls, so
 * nothing is outdated. Later polls read only what the available events name, and everything once when blocks can be read
 * again. Blocks that are `undecodable` cause no full read.
 */
export function usableChanges(changes: Changes | undefined, unreadablePolls: number): UsableChanges {
  if (changes?.missing !== 'unreadable')
    return { changes: unreadablePolls > FULL_READS_AT_MOST ? undefined : changes, unreadablePolls: 0 }
  const polls = unreadablePolls + 1
  return { changes: polls > FULL_READS_AT_MOST ? changes : undefined, unreadablePolls: polls }
}

/** A block, or the reason why its events are unavailable although state may be readable. */
async function bodyOf(
  view: View,
  height: number,
): Promise<BlockBody | Exclude<Changes['missing'], 'none'> | 'other_fork'> {
  try {
    return await view.body(height)
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error
    if (error.reason === 'wrong_block') return 'other_fork'
    if (error.reason === 'undecodable') return 'undecodable'
    if (UNREADABLE.has(error.reason)) return 'unreadable'
    throw error
  }
}

const UNREADABLE: ReadonlySet<FailureReason> = new Set([
  'status',
  'rpc_error',
  'shape',
  'block_gone',
  'too_large',
])

/**
 * Routine events of the Subtensor pallet: registrations (which LastUpdate also shows), weights, stakes and rewards. Each block
 * has many of them, and they change neither owners nor settings.
 */
export const ROUTINE_EVENTS: ReadonlySet<string> = new Set([
  'AlphaBurned',
  'AlphaRecycled',
  'AutoStakeAdded',
  'AxonServed',
  'BatchWeightsCompleted',
  'CRV3WeightsCommitted',
  'CRV3WeightsRevealed',
  'IncentiveAlphaEmittedToMiners',
  'NeuronRegistered',
  'PrometheusServed',
  'RootClaimed',
  'StakeAdded',
  'StakeMoved',
  'StakeRemoved',
  'StakeSwapped',
  'StakeTransferred',
  'TimelockedWeightsCommitted',
  'TimelockedWeightsRevealed',
  'TransactionFeePaidWithAlpha',
  'WeightsCommitted',
  'WeightsRevealed',
  'WeightsSet',
])

/** Pallets with routine events only: fees, transfers, commitments. The payer may have moved stake without another event. */
const ROUTINE_PALLETS: ReadonlySet<string> = new Set([
  'balances',
  'commitments',
  'system',
  'transactionPayment',
])

const isRoutine = ({ pallet, name }: ChainEvent): boolean =>
  ROUTINE_PALLETS.has(pallet) || (pallet === 'subtensorModule' && ROUTINE_EVENTS.has(name))

interface Collected {
  readonly accounts: Set<string>
  readonly staked: Set<string>
  readonly netuids: Set<number>
}

function collect(event: ChainEvent, { accounts, staked, netuids }: Collected): void {
  if (isRoutine(event)) walk(event.data, (text) => ACCOUNT.test(text) && staked.add(text))
  else
    walk(event.data, (text) => {
      if (ACCOUNT.test(text)) accounts.add(text)
      else if (NETUID.test(text)) netuids.add(Number(text))
    })
}

/** An SS58 address of a 32-byte account with prefix 42. The checksum is not verified: Sidecar encodes it. */
const ACCOUNT = /^5[1-9A-HJ-NP-Za-km-z]{46,47}$/

/** A number of up to four digits, which includes all netuids (NETUID_LIMIT is 4096). */
const NETUID = /^\d{1,4}$/

/** Visits every text in an event's data. */
function walk(data: unknown, visit: (text: string) => void): void {
  if (typeof data === 'string') visit(data)
  else if (typeof data === 'object' && data !== null)
    for (const value of Object.values(data)) walk(value, visit)
}
