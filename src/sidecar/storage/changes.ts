import type { ChainEvent } from '../../chain/extrinsic.ts'
import { SidecarError, type FailureReason } from '../../upstream/errors.ts'
import type { View } from '../view.ts'

/** What the events of some blocks tell of the state that changed in them. */
export interface Changes {
  /** Accounts named in any event but those of every day, as SS58: whatever is kept of them may have changed. */
  readonly accounts: ReadonlySet<string>
  /** Accounts named in events of every day: their stakes may have changed, and nothing else that is not told otherwise. */
  readonly staked: ReadonlySet<string>
  /** Numbers that may be netuids, in any event but those of every day: whatever is kept of such a subnet may have changed. */
  readonly netuids: ReadonlySet<number>
}

/** Nothing happened: the state is that of the block it was read at. */
const NO_CHANGES: Changes = { accounts: new Set(), staked: new Set(), netuids: new Set() }

/** More blocks than this are not caught up with: everything is read again. */
const BLOCKS_AT_MOST = 20

/**
 * What happened in the blocks above a height, up to the view's. Undefined when that cannot be told: too many blocks,
 * heights in the wrong order, or a Sidecar that cannot decode a block.
 */
export async function readChanges(view: View, since: number): Promise<Changes | undefined> {
  const { height } = view.block
  if (height === since) return NO_CHANGES
  if (height < since || height - since > BLOCKS_AT_MOST) return undefined
  const heights = Array.from({ length: height - since }, (_, i) => since + 1 + i)
  try {
    const blocks = await Promise.all(heights.map((each) => view.body(each)))
    const changes = { accounts: new Set<string>(), staked: new Set<string>(), netuids: new Set<number>() }
    for (const { eventsBefore, extrinsics, eventsAfter } of blocks) {
      for (const events of [eventsBefore, ...extrinsics.map(({ events }) => events), eventsAfter])
        for (const event of events) collect(event, changes)
    }
    return blocks.at(-1)?.hash === view.block.hash ? changes : undefined
  } catch (error) {
    if (error instanceof SidecarError && UNTOLD.has(error.reason)) return undefined
    throw error
  }
}

/** Why a block cannot tell what happened in it, though state may well be read. */
const UNTOLD: ReadonlySet<FailureReason> = new Set([
  'status',
  'shape',
  'block_gone',
  'wrong_block',
  'too_large',
])

/**
 * Of the Subtensor pallet: registrations (which LastUpdate tells of, too), weights, stakes and rewards. There are many in each
 * block, and they change neither owners nor settings.
 */
const EVERYDAY_EVENTS: ReadonlySet<string> = new Set([
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
