import { counter, each, gauge, once } from '../metrics/define.ts'
import { collector } from './define.ts'
import type { FollowerOptions } from './lib/follower.ts'
import { KeyMemory, type KeyReading } from './lib/key-memory.ts'

/** Counts the operations of the watched keys. An instance keeps its counts and its position in the chain. */
export const extrinsicsWith = (options: FollowerOptions) =>
  collector('extrinsics', {
    description:
      'Operations of the watched keys, and balance changes that nothing explains. Reads every block, once a key is watched.',
    scope: 'chain',
    shard: 'first',
    create({ log }) {
      const memory = new KeyMemory(log, options)
      return {
        read: (view, context): Promise<KeyReading> => memory.read(view, context),
        isUnfinished: ({ followed }) => followed !== undefined && followed.behind > 0,
      }
    },
    families: [
      each(
        ({ counts }: KeyReading) => counts,
        {
          address: ({ address }) => address,
          name: ({ name }) => name,
          pallet: ({ pallet }) => pallet,
          method: ({ method }) => method,
          result: ({ result }) => result,
        },
        [
          counter(
            'bittensor_key_extrinsics_total',
            'Calls by a watched key, including calls nested in batches, proxies, multisigs and sudo, by result. The result by_others counts events in which another account affected the key.',
            ({ count }) => count,
          ),
        ],
      ),
      each(({ dropped }: KeyReading) => dropped?.calls ?? [], { reason: ({ reason }) => reason }, [
        counter(
          'bittensor_key_extrinsics_dropped_total',
          'Calls by watched keys that are not in bittensor_key_extrinsics_total. The reason too_many_methods means that the key already has 64 other pairs of pallet and method, invalid_name that the pallet or the method has no valid name; both are signs of a node that invents calls.',
          ({ calls }) => calls,
        ),
      ]),
      each(({ dropped }: KeyReading) => dropped?.logLines ?? [], { level: ({ level }) => level }, [
        counter(
          'bittensor_key_log_lines_dropped_total',
          'Log lines about the watched keys that were omitted, because a block has more than 100 of them at the level.',
          ({ lines }) => lines,
        ),
      ]),
      each(
        ({ unexplained }: KeyReading) => unexplained,
        { address: ({ address }) => address, name: ({ name }) => name },
        [
          counter(
            'bittensor_account_unexplained_change_tao_total',
            'Absolute change of the free and reserved balance that no event explains; absent while blocks are missing.',
            ({ change }) => change,
          ),
        ],
      ),
      once(
        ({ followed }: KeyReading) => followed,
        [
          gauge(
            'bittensor_followed_block_height',
            'Height of the newest block whose extrinsics were read for the watched keys.',
            ({ height }) => height,
          ),
        ],
      ),
      each(blocksByResult, { result: ({ result }) => result }, [
        counter(
          'bittensor_followed_blocks_total',
          'Blocks read for the watched keys, and blocks skipped because they could not be read.',
          ({ blocks }) => blocks,
        ),
      ]),
    ],
  })

export const extrinsics = extrinsicsWith({})

function blocksByResult({ followed }: KeyReading) {
  return followed === undefined
    ? []
    : [
        { result: 'read', blocks: followed.read },
        { result: 'skipped', blocks: followed.skipped },
      ]
}
