import type { Scope } from '../scope/scope.ts'
import type { NodeInstance } from '../collectors/define.ts'
import type { SelfMetrics } from '../metrics/self.ts'
import type { UpstreamClient } from '../upstream/client.ts'
import { deduplicated } from '../upstream/deduplicated.ts'
import { assess } from '../source/assessment.ts'
import type { CollectorResults } from './results.ts'
import { runRound, withDeadline } from './round.ts'
import type { Sources } from '../source/source.ts'

export interface NodePollDependencies {
  readonly collectors: readonly NodeInstance[]
  readonly scope: Scope
  readonly results: CollectorResults
  readonly self: SelfMetrics
  readonly sources: Sources
  readonly deadlineMs: number
}

/**
 * Has a Sidecar that does not decode extrinsics judged again, as it may have been restarted with the bundle and chain state
 * may be read from another one. The client keeps what the block tells; why there is none is in the metrics of its requests.
 */
const readNewestBlock = async (client: UpstreamClient, signal: AbortSignal): Promise<void> => {
  const { block } = await client.finalizedHead(signal)
  await client.blockBody(block.height, signal)
}

/**
 * One poll of one node, by itself: how the node is, whatever the chain does. What decides whether chain state can be read
 * from it comes of the same answers as its metrics.
 */
export async function pollNode(
  client: UpstreamClient,
  { collectors, scope, results, self, sources, deadlineMs }: NodePollDependencies,
  signal: AbortSignal,
): Promise<void> {
  const shared = deduplicated(client)
  const [outcomes, assessment] = await withDeadline(deadlineMs, signal, (abort) =>
    Promise.all([
      runRound(collectors, shared, {
        scope,
        node: client.node,
        decimals: undefined,
        signal: abort.signal,
      }),
      assess(shared, abort.signal).catch((error: unknown) =>
        error instanceof Error ? error : new Error(String(error)),
      ),
      client.decoding.verdict === false && readNewestBlock(shared, abort.signal).catch(() => undefined),
    ]),
  )
  if (signal.aborted) return
  sources.assessed(client.node, assessment)
  if (collectors.length === 0) return
  self.nodeUp(
    client.node,
    outcomes.some(({ result }) => 'contents' in result),
  )
  results.record(client.node, outcomes)
}
