import { chain } from '../../collectors/chain.ts'
import { COLLECTORS } from '../../collectors/index.ts'
import { isBreached, THRESHOLDS } from '../../thresholds.ts'
import { nodesNow } from '../api/nodes.ts'
import type { Node } from '../api/schema.ts'
import type { WebState } from '../web-state.ts'

/** What conditions are judged by, at one moment. Ages are in seconds; unknown ones are undefined. */
export interface Facts {
  readonly state: WebState
  /** Seconds since the epoch. */
  readonly now: number
  readonly nodes: readonly Node[]
  /** Age of the block that chain state was read at. */
  readonly blockAge: number | undefined
  /** Age of a collector's last success. */
  readonly ageOf: (collector: string, node?: string) => number | undefined
  /** Whether it succeeded in one of the last two polls. */
  readonly isRecent: (collector: string, node?: string) => boolean
  /** Whether its last success is no older than alerts allow. */
  readonly isFresh: (collector: string, node?: string) => boolean
  /** Whether chain state of these collectors is too old to be judged, as recording rules define it. */
  readonly isStale: (...collectors: readonly string[]) => boolean
}

/** One missed poll is no failure, however rare polls are. */
const POLLS = 2.5

const SECONDS_PER_BLOCK = 12

/** Blocks that are added to a limit, because a block becomes known up to one poll late. */
export const blocksPerPoll = ({ state }: Facts): number => state.pollIntervalSeconds / SECONDS_PER_BLOCK

export function factsOf(state: WebState, now: number): Facts {
  const { pollIntervalSeconds: interval } = state
  const { dataAge, chainBlockAge } = THRESHOLDS.exporter
  const dataLimit = Math.max(POLLS * interval, dataAge.value)
  const made = state.latest.of(chain)?.data.timestamp
  const blockAge = made === undefined ? undefined : now - made
  const isBlockOld = blockAge !== undefined && isBreached(chainBlockAge, blockAge - interval)
  const ageOf = (collector: string, node?: string) => {
    const last = state.status.find((each) => each.collector === collector && each.node === node)?.lastSuccess
    return last === undefined ? undefined : now - last / 1000
  }
  const isYounger = (age: number | undefined, limit: number) => age !== undefined && age < limit
  return {
    state,
    now,
    nodes: nodesNow(state).nodes,
    blockAge,
    ageOf,
    isRecent: (collector, node) => isYounger(ageOf(collector, node), POLLS * interval),
    isFresh: (collector, node) => isYounger(ageOf(collector, node), dataLimit),
    isStale: (...collectors) =>
      collectors.some((collector) => {
        const age = ageOf(collector)
        return age !== undefined && (age > dataLimit || isBlockOld)
      }),
  }
}

const OF_NODES: ReadonlySet<string> = new Set(
  COLLECTORS.filter(({ scope }) => scope === 'node').map(({ name }) => name),
)

/** Whether a collector reads chain state, not the state of a node. */
export const readsChain = ({ collector }: { readonly collector: string }): boolean => !OF_NODES.has(collector)
