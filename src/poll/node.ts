import type { Scope } from '../scope/scope.ts'
import type { NodeInstance } from '../collectors/define.ts'
import type { SelfMetrics } from '../metrics/self.ts'
import type { UpstreamClient } from '../upstream/client.ts'
import { deduplicated } from '../upstream/deduplicated.ts'
import { readHealth } from '../source/health.ts'
import { messageOf } from './collector-log.ts'
import type { CollectorResults } from './results.ts'
import { runRound, withDeadline } from './round.ts'
import type { SelectionEvent } from '../source/selection.ts'
import type { SourceSelector } from '../source/selector.ts'

export interface NodePollDependencies {
  readonly collectors: readonly NodeInstance[]
  readonly scope: Scope
  readonly results: CollectorResults
  readonly self: SelfMetrics
  readonly selector: SourceSelector
  readonly deadlineMs: number
}

/**
 * Reads the newest block, which decides again whether a Sidecar decodes extrinsics. It may have been restarted with the types bundle
 * while another node is the source. Failures show in the metrics of its requests.
 */
const readNewestBlock = async (client: UpstreamClient, signal: AbortSignal): Promise<void> => {
  const { block } = await client.finalizedHead(signal)
  await client.blockBody(block.height, signal)
}

/** Reads what decides whether the node can be the source. Never rejects. */
const assess = async (client: UpstreamClient, signal: AbortSignal): Promise<SelectionEvent> => {
  const { node } = client
  try {
    return { kind: 'node-assessed', node, health: await readHealth(client, signal) }
  } catch (error) {
    return { kind: 'node-unreachable', node, reason: messageOf(error) }
  }
}

/**
 * One poll of one node: its own state, whether or not the chain can be read. The health that the selection of the source needs comes
 * from the same requests as the node's metrics.
 */
export async function pollNode(
  client: UpstreamClient,
  { collectors, scope, results, self, selector, deadlineMs }: NodePollDependencies,
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
      assess(shared, abort.signal),
      client.decoding.verdict === false && readNewestBlock(shared, abort.signal).catch(() => undefined),
    ]),
  )
  if (signal.aborted) return
  selector.handle(assessment)
  if (collectors.length === 0) return
  self.nodeUp(
    client.node,
    outcomes.some(({ result }) => 'contents' in result),
  )
  results.record(client.node, outcomes)
}
