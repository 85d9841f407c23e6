import type { Block } from '../chain/block.ts'
import type { Rao } from '../chain/money.ts'
import type { Token } from '../chain/runtime.ts'
import { gauge } from '../metrics/define.ts'
import { count, raoAmount } from '../sidecar/decode.ts'
import { ITEMS } from '../sidecar/storage/layout.ts'
import { defineCollector } from './define.ts'

interface ChainReading {
  readonly block: Block
  /** Seconds since the epoch. */
  readonly timestamp: number
  readonly token: Token | undefined
  readonly totalIssuance: Rao
  readonly totalStake: Rao
  readonly subnets: number
}

export const chain = defineCollector({
  name: 'chain',
  scope: 'chain',
  families: {
    height: gauge(
      'bittensor_chain_block_height',
      'Height of the finalized block all published chain state is read at.',
    ),
    timestamp: gauge(
      'bittensor_chain_block_timestamp_seconds',
      'When that block was made, by the chain (Timestamp.Now).',
    ),
    source: gauge('bittensor_chain_source_info', 'The node that chain state is read from.', ['node']),
    token: gauge('bittensor_chain_token_info', 'The native token, as the chain describes it.', [
      'symbol',
      'decimals',
      'ss58_format',
    ]),
    totalIssuance: gauge('bittensor_chain_total_issuance_tao', 'All TAO there is.'),
    totalStake: gauge('bittensor_chain_total_stake_tao', 'All TAO that is staked.'),
    subnets: gauge('bittensor_chain_subnets', 'Subnets there are, root included.'),
  },
  async read(view): Promise<ChainReading> {
    const [milliseconds, totalIssuance, totalStake, subnets] = await Promise.all([
      view.read(ITEMS.now, [], count),
      view.read(ITEMS.totalIssuance, [], raoAmount),
      view.read(ITEMS.totalStake, [], raoAmount),
      view.read(ITEMS.totalNetworks, [], count),
    ])
    const { block, runtime } = view
    return { block, timestamp: milliseconds / 1000, token: runtime.token, totalIssuance, totalStake, subnets }
  },
  emit({ block, timestamp, token, totalIssuance, totalStake, subnets }, say, node) {
    say.height({}, block.height)
    say.timestamp({}, timestamp)
    say.source({ node })
    if (token !== undefined)
      say.token({ symbol: token.symbol, decimals: token.decimals, ss58_format: token.ss58Format })
    say.totalIssuance({}, totalIssuance)
    say.totalStake({}, totalStake)
    say.subnets({}, subnets)
  },
})
