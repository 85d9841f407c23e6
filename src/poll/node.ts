import type { Watch } from '../chain/watch.ts'
import type { NodeCollector } from '../collectors/define.ts'
import type { SelfMetrics } from '../metrics/self.ts'
import type { SidecarClient } from '../sidecar/client.ts'
import type { Board } from './board.ts'
import { runRound, withDeadline } from './round.ts'

export interface NodePollDependencies {
  readonly collectors: readonly NodeCollector[]
  readonly watch: Watch
  readonly board: Board
  readonly self: SelfMetrics
  readonly deadlineMs: number
}

/** One poll of one node, by itself: how the node is, whatever the chain does. */
export async function pollNode(
  client: SidecarClient,
  { collectors, watch, board, self, deadlineMs }: NodePollDependencies,
  signal: AbortSignal,
): Promise<void> {
  if (collectors.length === 0) return
  const outcomes = await withDeadline(deadlineMs, signal, (abort) =>
    runRound(collectors, client, { watch, node: client.node, decimals: undefined, signal: abort.signal }),
  )
  if (signal.aborted) return
  self.nodeUp(
    client.node,
    outcomes.some(({ result }) => 'contents' in result),
  )
  board.settle(client.node, outcomes)
}
