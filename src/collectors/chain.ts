import type { Block } from '../chain/block.ts'
import type { Rao } from '../chain/money.ts'
import type { Token } from '../chain/runtime.ts'
import { each, gauge, info, once } from '../metrics/define.ts'
import { count, raoAmount } from '../upstream/decode.ts'
import { ITEMS, type UnknownType } from '../storage/layout.ts'
import { ifUnderstood } from '../storage/view.ts'
import { collector } from './define.ts'

interface ChainReading {
  readonly node: string
  readonly block: Block
  /** Of the runtime that wrote the state. */
  readonly specVersion: number
  /** Seconds since 1970. */
  readonly timestamp: number | undefined
  readonly token: Token | undefined
  readonly totalIssuance: Rao | undefined
  readonly totalStake: Rao | undefined
  readonly subnets: number | undefined
  readonly unknown: readonly UnknownType[]
}

export const chain = collector('chain', {
  description: 'Height, token, issuance, total stake and number of subnets.',
  scope: 'chain',
  shard: 'first',
  create: () => ({
    async read(view, { warn }): Promise<ChainReading> {
      const [milliseconds, totalIssuance, totalStake, subnets] = await Promise.all([
        ifUnderstood(view.read(ITEMS.now, [], count)),
        ifUnderstood(view.read(ITEMS.totalIssuance, [], raoAmount)),
        ifUnderstood(view.read(ITEMS.totalStake, [], raoAmount)),
        ifUnderstood(view.read(ITEMS.totalNetworks, [], count)),
      ])
      const { node, block, runtime, layout } = view
      const { specVersion, unknown } = layout
      for (const { kind, pallet, item, found } of unknown)
        warn(
          `the ${kind === 'storage' ? 'storage item' : kind} ${pallet}.${item} has a type in the runtime of spec ${specVersion} that this exporter does not know (${found}): ` +
            'what is read from it is absent; look for a newer release of the exporter',
        )
      const timestamp = milliseconds === undefined ? undefined : milliseconds / 1000
      const { token } = runtime
      return { node, block, specVersion, timestamp, token, totalIssuance, totalStake, subnets, unknown }
    },
  }),
  families: [
    once(
      (reading: ChainReading) => reading,
      [
        gauge(
          'bittensor_chain_block_height',
          'Height of the finalized block at which the published chain state was read.',
          ({ block }) => block.height,
        ),
        gauge(
          'bittensor_chain_block_timestamp_seconds',
          'Time of that block according to the chain (Timestamp.Now).',
          ({ timestamp }) => timestamp,
        ),
        info('bittensor_chain_source_info', 'Node from which chain state is read.', {
          node: ({ node }) => node,
        }),
        info('bittensor_chain_token_info', 'Native token as described by the chain.', {
          symbol: ({ token }) => token?.symbol,
          decimals: ({ token }) => token?.decimals,
          ss58_format: ({ token }) => token?.ss58Format,
        }),
        gauge(
          'bittensor_chain_total_issuance_tao',
          'Total TAO issuance.',
          ({ totalIssuance }) => totalIssuance,
        ),
        gauge(
          'bittensor_chain_total_stake_tao',
          'Total staked TAO, as the chain counts it.',
          ({ totalStake }) => totalStake,
        ),
        gauge('bittensor_chain_subnets', 'Number of subnets, including root.', ({ subnets }) => subnets),
        gauge(
          'bittensor_chain_state_spec_version',
          'Spec version of the runtime that wrote the published chain state. At the block that sets new code it is still the old version.',
          ({ specVersion }) => specVersion,
        ),
      ],
    ),
    each(
      ({ unknown }: ChainReading) => unknown,
      { kind: ({ kind }) => kind, pallet: ({ pallet }) => pallet, item: ({ item }) => item },
      [
        gauge(
          'bittensor_exporter_unknown_layout',
          '1 for each storage item, event and call that the exporter reads and whose types in the metadata of the runtime it does not know. What is read from it is absent.',
          () => true,
        ),
      ],
    ),
  ],
})
