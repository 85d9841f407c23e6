import type { Scope } from '../../scope/scope.ts'
import { TtlCache } from '../../storage/ttl-cache.ts'
import type { ReadContext } from '../define.ts'

/**
 * What a collector remembers from poll to poll, for each exporter by itself: every one has a watch of its own. It begins
 * anew where nothing was read before, as when the chain is another one.
 * @param blocks is for how many blocks at most a value is believed.
 */
export function cacheFor<Value>(blocks: number): (context: ReadContext) => TtlCache<Value> {
  const memories = new WeakMap<Scope, TtlCache<Value>>()
  return ({ scope, previous }) => {
    const known = previous === undefined ? undefined : memories.get(scope)
    const memory = known ?? new TtlCache<Value>(blocks)
    memories.set(scope, memory)
    return memory
  }
}

/** Whether a subnet is for this of several exporters. */
export const isOurs = ({ shard }: Scope, netuid: number): boolean =>
  shard === undefined || netuid % shard.count === shard.index

/** Whether what is not of one subnet is for this of several exporters: it is for the first. */
export const isFirst = ({ shard }: Scope): boolean => shard === undefined || shard.index === 0
