import type { Block } from '../chain/block.ts'
import type { UpstreamClient } from '../upstream/client.ts'
import { fitNodes } from './selection.ts'
import type { SourceSelector } from './selector.ts'

/** Reads a node's finalized head; further calls within a poll return the same head. */
export type ReadHead = (client: UpstreamClient) => Promise<{ readonly block: Block }>

interface StallCheck {
  readonly clients: ReadonlyMap<string, UpstreamClient>
  /** The block that is published. */
  readonly published: Block | undefined
  readonly readHead: ReadHead
}

/**
 * Detects a source that answers and is not syncing, but whose head does not move while the heads of other nodes do. When the source
 * is about to be read and has nothing new, the other fit nodes are asked for their heads; their own polls would notice one
 * interval later. Returns the order in which to try the nodes. Never rejects.
 */
export async function checkForStall(
  order: readonly string[],
  selector: SourceSelector,
  { clients, published, readHead }: StallCheck,
): Promise<readonly string[]> {
  const [first] = order
  const source = first === selector.state.source && first !== undefined ? clients.get(first) : undefined
  if (source === undefined || order.length === 1) return order
  // If the head cannot be read, the poll fails on the same request and reports the error.
  const head = await readHead(source).catch(() => undefined)
  if (head === undefined || head.block.hash !== published?.hash)
    return selector.handle({ kind: 'source-advanced' })
  const others = fitNodes(selector.state).flatMap((node) => (node === first ? [] : (clients.get(node) ?? [])))
  const heads = await Promise.allSettled(
    others.map(async (client) => ({ node: client.node, height: (await readHead(client)).block.height })),
  )
  return selector.handle({
    kind: 'source-unchanged',
    height: head.block.height,
    others: heads.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : [])),
  })
}
