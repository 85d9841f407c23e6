import type { Expectation, NeuronExpectation } from '../scope/expectation.ts'
import type { Config, KeyConfig, NodeConfig, PollConfig } from './config.ts'
import type { FileConfig } from './file/schema.ts'
import { knownRateOf } from './file/values.ts'

const DEFAULT_STALE_AFTER_MS = 120_000

/**
 * Converts a valid file to the configuration.
 * @param headers are those of the nodes, in the same order.
 */
export function configOf(file: FileConfig, headers: readonly NodeConfig['headers'][]): Config {
  return {
    nodes: file.nodes.flatMap((node, index) => nodeOf(node, headers[index] ?? {}) ?? []),
    ...(file.genesis === undefined ? {} : { genesis: file.genesis }),
    keys: file.keys.flatMap((key) => keyOf(key) ?? []),
    subnets: file.subnets,
    poll: pollOf(file.poll),
    limits: { maxSeries: file.limits.max_series },
    discovery: discoveryOf(file.discovery),
    collectors: file.collectors,
  }
}

export const discoveryOf = (discovery: FileConfig['discovery']): Config['discovery'] => ({
  allowNetworks: discovery.allow_networks,
})

/** checkTogether ensures that the node has exactly one address. */
function nodeOf(
  { name, url, rpc, rate_limit: rate }: FileConfig['nodes'][number],
  headers: NodeConfig['headers'],
): NodeConfig | undefined {
  if (rpc !== undefined) return { name, api: 'rpc', url: rpc, headers, ...rateLimitOf(rpc, rate) }
  if (url !== undefined) return { name, api: 'sidecar', url, headers, ...rateLimitOf(url, rate) }
  return undefined
}

/** The configured rate limit of a node, or the one that its public endpoint is known to have. */
export function rateLimitOf(url: string, configured?: number): Pick<NodeConfig, 'requestsPerSecond'> {
  const requestsPerSecond = configured ?? knownRateOf(url)
  return requestsPerSecond === undefined ? {} : { requestsPerSecond }
}

/** The default of stale_after depends on the interval, so that setting a longer interval alone stays valid. */
export const pollOf = ({
  interval,
  timeout,
  concurrency,
  stale_after: stale,
}: FileConfig['poll']): PollConfig => ({
  intervalMs: interval,
  timeoutMs: timeout,
  concurrency,
  staleAfterMs: stale ?? Math.max(DEFAULT_STALE_AFTER_MS, 2 * interval),
})

/** checkTogether ensures that the key has exactly one address. */
function keyOf({ name, hotkey, coldkey, expect }: FileConfig['keys'][number]): KeyConfig | undefined {
  const expectation = expect === undefined ? undefined : expectationOf(expect)
  if (hotkey !== undefined) return { name, role: 'hotkey', address: hotkey, expect: expectation }
  if (coldkey !== undefined) return { name, role: 'coldkey', address: coldkey, expect: expectation }
  return undefined
}

type FileExpectation = NonNullable<FileConfig['keys'][number]['expect']>

function expectationOf(expect: FileExpectation): Expectation | undefined {
  const { coldkey, netuids, subnets, min_free_tao: minFreeTao } = expect
  const expectation: Expectation = {
    ...(coldkey === undefined ? {} : { coldkey }),
    ...(netuids === undefined ? {} : { netuids }),
    ...neuronExpectationOf(expect),
    ...(subnets === undefined ? {} : { subnets: subnetsOf(subnets) }),
    ...(minFreeTao === undefined ? {} : { minFreeTao }),
  }
  return Object.keys(expectation).length === 0 ? undefined : expectation
}

const subnetsOf = (subnets: NonNullable<FileExpectation['subnets']>): Record<number, NeuronExpectation> =>
  Object.fromEntries(
    Object.entries(subnets).map(([netuid, expect]) => [Number(netuid), neuronExpectationOf(expect)]),
  )

function neuronExpectationOf(expect: NonNullable<FileExpectation['subnets']>[string]): NeuronExpectation {
  const { validator_permit: validatorPermit, active, max_updated_blocks: maxUpdatedBlocks } = expect
  return {
    ...(validatorPermit === undefined ? {} : { validatorPermit }),
    ...(active === undefined ? {} : { active }),
    ...(maxUpdatedBlocks === undefined ? {} : { maxUpdatedBlocks }),
  }
}
