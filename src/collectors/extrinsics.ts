import { counter, gauge } from '../metrics/define.ts'
import { defineCollector } from './define.ts'
import type { FollowerOptions } from './lib/follower.ts'
import { KeyMemory, type KeyReading, type OperationLog } from './lib/key-memory.ts'

const KEY = ['address', 'name'] as const

const FAMILIES = {
  operations: counter(
    'bittensor_key_extrinsics_total',
    'Calls by a watched key, including calls nested in batches, proxies, multisigs and sudo, by result. The result by_others counts events in which another account affected the key.',
    [...KEY, 'pallet', 'method', 'result'],
  ),
  unexplained: counter(
    'bittensor_account_unexplained_change_tao_total',
    'Absolute change of the free and reserved balance that no event explains; absent while blocks are missing.',
    KEY,
  ),
  height: gauge(
    'bittensor_followed_block_height',
    'Height of the newest block whose extrinsics were read for the watched keys.',
  ),
  blocks: counter(
    'bittensor_followed_blocks_total',
    'Blocks read for the watched keys, and blocks skipped because they could not be read.',
    ['result'],
  ),
}

/** The collector with a memory of its own: what it counts, it counts for one exporter. */
export function extrinsics(log: OperationLog, options: FollowerOptions = {}) {
  const memory = new KeyMemory(log, options)
  return defineCollector({
    name: 'extrinsics',
    scope: 'chain',
    families: FAMILIES,
    read: (view, context): Promise<KeyReading> => memory.read(view, context),
    unfinished: ({ followed }) => followed !== undefined && followed.behind > 0,
    emit({ followed, counts, unexplained }, say) {
      if (followed === undefined) return
      say.height({}, followed.height)
      say.blocks({ result: 'read' }, followed.read)
      say.blocks({ result: 'skipped' }, followed.skipped)
      for (const { count, ...labels } of counts) say.operations(labels, count)
      for (const { address, name, change } of unexplained) say.unexplained({ address, name }, change)
    },
  })
}
