import type { Block } from '../chain/block.ts'
import type { Rao } from '../chain/money.ts'
import type { Token } from '../chain/runtime.ts'
import { gauge } from '../metrics/define.ts'
import { count, raoAmount } from '../upstream/decode.ts'
import { ITEMS, type UnknownType } from '../storage/layout.ts'
import { ifUnderstood } from '../storage/view.ts'
import { defineCollector } from './define.ts'

interface ChainReading {
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

export const chain = defineCollector({
  name: 'chain',
  scope: 'chain',
  families: {
    height: gauge(
      'bittensor_chain_block_height',
      'Height of the finalized block at which the published chain state was read.',
    ),
    timestamp: gauge(
      'bittensor_chain_block_timestamp_seconds',
      'Time of that block according to the chain (Timestamp.Now).',
    ),
    source: gauge('bittensor_chain_source_info', 'Node from which chain state is read.', ['node']),
    token: gauge('bittensor_chain_token_info', 'Native token as described by the chain.', [
      'symbol',
      'decimals',
      'ss58_format',
    ]),
    totalIssuance: gauge('bittensor_chain_total_issuance_tao', 'Total TAO issuance.'),
    totalStake: gauge('bittensor_chain_total_stake_tao', 'Total staked TAO, as the chain counts it.'),
    subnets: gauge('bittensor_chain_subnets', 'Number of subnets, including root.'),
    specVersion: gauge(
      'bittensor_chain_state_spec_version',
      'Spec version of the runtime that wrote the published chain state. At the block that sets new code it is still the old version.',
    ),
    unknown: gauge(
      'bittensor_exporter_unknown_layout',
      '1 for each storage item, event and call that the exporter reads and whose types in the metadata of the runtime it does not know. What is read from it is absent.',
      ['kind', 'pallet', 'item'],
    ),
  },
  async read(view, { warn }): Promise<ChainReading> {
    const [milliseconds, totalIssuance, totalStake, subnets] = await Promise.all([
      ifUnderstood(view.read(ITEMS.now, [], count)),
      ifUnderstood(view.read(ITEMS.totalIssuance, [], raoAmount)),
      ifUnderstood(view.read(ITEMS.totalStake, [], raoAmount)),
      ifUnderstood(view.read(ITEMS.totalNetworks, [], count)),
    ])
    const { block, runtime, layout } = view
    const { specVersion, unknown } = layout
    for (const { kind, pallet, item, found } of unknown)
      warn(
        `the ${kind === 'storage' ? 'storage item' : kind} ${pallet}.${item} has a type in the runtime of spec ${specVersion} that this exporter does not know (${found}): ` +
          'what is read from it is absent; look for a newer release of the exporter',
      )
    const timestamp = milliseconds === undefined ? undefined : milliseconds / 1000
    const { token } = runtime
    return { block, specVersion, timestamp, token, totalIssuance, totalStake, subnets, unknown }
  },
  emit({ block, specVersion, timestamp, token, totalIssuance, totalStake, subnets, unknown }, say, node) {
    say.height({}, block.height)
    say.timestamp({}, timestamp)
    say.source({ node })
    if (token !== undefined)
      say.token({ symbol: token.symbol, decimals: token.decimals, ss58_format: token.ss58Format })
    say.totalIssuance({}, totalIssuance)
    say.totalStake({}, totalStake)
    say.subnets({}, subnets)
    say.specVersion({}, specVersion)
    for (const { kind, pallet, item } of unknown) say.unknown({ kind, pallet, item }, true)
  },
})
