import type { BlockBody, ChainEvent } from '../../chain/extrinsic.ts'
import { UpstreamError, type FailureReason } from '../../upstream/errors.ts'
import type { View } from '../view.ts'

/** What the events of some blocks tell of the state that changed in them. */
export interface Changes {
  /** Accounts named in any event but those of every day, as SS58: whatever is kept of them may have changed. */
  readonly accounts: ReadonlySet<string>
  /** Accounts named in events of every day: their stakes may have changed, and nothing else that is not told otherwise. */
  readonly staked: ReadonlySet<string>
  /** Numbers that may be netuids, in any event but those of every day: whatever is kept of such a subnet may have changed. */
  readonly netuids: ReadonlySet<number>
  /**
   * Whether blocks are missing, so that there are changes beyond those above: some that Sidecar cannot decode, and never will,
   * or some that could not be read for another reason, which may pass.
   */
  readonly missing: 'none' | 'undecodable' | 'unreadable'
}

/** Nothing happened: the state is that of the block it was read at. */
const NO_CHANGES: Changes = { accounts: new Set(), staked: new Set(), netuids: new Set(), missing: 'none' }

/** More blocks than this are not caught up with: everything is read again. */
const BLOCKS_AT_MOST = 20

/**
 * What happened in the blocks above a height, up to the view's. A block that Sidecar cannot give, as one that it cannot
 * decode, is said to be missing. Undefined when nothing can be told: too many blocks, heights in the wrong order, or blocks of
 * another fork.
 */
export async function readChanges(view: View, since: number): Promise<Changes | undefined> {
  const { height } = view.block
  if (height === since) return NO_CHANGES
  if (height < since || height - since > BLOCKS_AT_MOST) return undefined
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

/** What to read on by at one poll. */
export interface Patience {
  /** Undefined when everything is to be read again. */
  readonly changes: Changes | undefined
  /** Polls in a row, up to this one, at which blocks could not be read for a reason that may pass. */
  readonly unreadablePolls: number
}

/** Polls. To read everything at each of them costs much, and what it costs may be why blocks cannot be read. */
const PATIENCE = 10

/**
 * While blocks cannot be read for a reason that may pass, everything is read again at each poll, and so nothing is out of
 * date; after 10 such polls only what can be told to have changed, and everything once when blocks can be read again. Blocks
 * that Sidecar cannot decode are not waited for.
 */
export function withPatience(changes: Changes | undefined, unreadablePolls: number): Patience {
  if (changes?.missing !== 'unreadable')
    return { changes: unreadablePolls > PATIENCE ? undefined : changes, unreadablePolls: 0 }
  const polls = unreadablePolls + 1
  return { changes: polls > PATIENCE ? changes : undefined, unreadablePolls: polls }
}

/** A block, or why it cannot tell what happened in it, though state may well be read. */
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
 * Of the Subtensor pallet: registrations (which LastUpdate tells of, too), weights, stakes and rewards. There are many in each
 * block, and they change neither owners nor settings.
 */
export const EVERYDAY_EVENTS: ReadonlySet<string> = new Set([
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

/** Fees, transfers and commitments of miners: who pays may have moved stake in a way that no event tells. */
const EVERYDAY_PALLETS: ReadonlySet<string> = new Set([
  'balances',
  'commitments',
  'system',
  'transactionPayment',
])

const isEveryday = ({ pallet, name }: ChainEvent): boolean =>
  EVERYDAY_PALLETS.has(pallet) || (pallet === 'subtensorModule' && EVERYDAY_EVENTS.has(name))

interface Collected {
  readonly accounts: Set<string>
  readonly staked: Set<string>
  readonly netuids: Set<number>
}

function collect(event: ChainEvent, { accounts, staked, netuids }: Collected): void {
  if (isEveryday(event)) walk(event.data, (text) => ACCOUNT.test(text) && staked.add(text))
  else
    walk(event.data, (text) => {
      if (ACCOUNT.test(text)) accounts.add(text)
      else if (NETUID.test(text)) netuids.add(Number(text))
    })
}

/** SS58 addresses of 32-byte accounts with prefix 42, anywhere in an event's data. Their checksum is Sidecar's affair. */
const ACCOUNT = /^5[1-9A-HJ-NP-Za-km-z]{46,47}$/

/** Below NETUID_LIMIT. */
const NETUID = /^\d{1,4}$/

/** Every text in an event's data. */
function walk(data: unknown, visit: (text: string) => void): void {
  if (typeof data === 'string') visit(data)
  else if (typeof data === 'object' && data !== null)
    for (const value of Object.values(data)) walk(value, visit)
}
