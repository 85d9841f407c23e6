import type { FastifyInstance } from 'fastify'
import type { Address } from '../../chain/address.ts'
import type { EndpointAnswer, NeuronEndpoint } from '../../chain/endpoint.ts'
import type { Networks } from '../../scope/networks.ts'
import { endpointTarget } from './endpoint-target.ts'
import { NETUID_LIMIT } from '../../chain/subnet.ts'

/** Settings from the configuration. */
export interface DiscoverySettings {
  /** Non-public networks whose endpoints are listed as well. */
  readonly allowed: Networks
  /** Configured names by hotkey. */
  readonly names: ReadonlyMap<Address, string>
}

export interface DiscoveryOptions {
  readonly discovery: {
    /** Endpoints that the neurons of a subnet have published on the chain. Never rejects. */
    readonly endpoints: (netuid: number) => Promise<EndpointAnswer>
    readonly settings: () => DiscoverySettings
  }
}

/** A target group of Prometheus' HTTP service discovery. */
interface TargetGroup {
  readonly targets: readonly string[]
  readonly labels: Readonly<Record<string, string>>
}

const NETUID_EXPECTED = `netuid: expected one whole number from 0 to ${NETUID_LIMIT - 1}, such as /sd/neurons?netuid=1\n`

const RETRY_AFTER_SECONDS = 30

/**
 * GET /sd/neurons?netuid=N: the metrics endpoints that the neurons of a subnet have published, in the format of Prometheus' HTTP service
 * discovery. Answers an error instead of an incomplete list; Prometheus then keeps its previous list.
 */
export function discoveryPlugin(
  app: FastifyInstance,
  { discovery: { endpoints, settings } }: DiscoveryOptions,
  done: () => void,
): void {
  app.get('/sd/neurons', async (request, reply) => {
    const netuid = netuidOf(request.query)
    if (netuid === undefined) return reply.code(400).type('text/plain').send(NETUID_EXPECTED)
    const answer = await endpoints(netuid)
    if ('missing' in answer)
      return reply.code(404).type('text/plain').send(`The chain has no subnet ${netuid}.\n`)
    if ('unavailable' in answer)
      return reply
        .code(503)
        .header('retry-after', RETRY_AFTER_SECONDS)
        .type('text/plain; charset=utf-8')
        .send(`The endpoints of subnet ${netuid} are unavailable: ${answer.unavailable}\n`)
    const current = settings()
    const groups = answer.endpoints.flatMap((endpoint) => groupOf(endpoint, current) ?? [])
    return reply.type('application/json; charset=utf-8').send(JSON.stringify(groups))
  })
  done()
}

function netuidOf(query: unknown): number | undefined {
  const { netuid } = query as { readonly netuid?: unknown }
  if (typeof netuid !== 'string' || !/^\d{1,4}$/.test(netuid)) return undefined
  return Number(netuid) < NETUID_LIMIT ? Number(netuid) : undefined
}

function groupOf(endpoint: NeuronEndpoint, { allowed, names }: DiscoverySettings): TargetGroup | undefined {
  const target = endpointTarget(endpoint, allowed)
  if (target === undefined) return undefined
  const { netuid, uid, hotkey, coldkey, version, block, ipType } = endpoint
  const facts = { netuid, uid, hotkey, coldkey, name: names.get(hotkey), version, block, ip_type: ipType }
  const labels = Object.entries(facts).flatMap(([name, value]) =>
    value === undefined ? [] : [[`__meta_bittensor_${name}`, String(value)] as const],
  )
  return { targets: [target], labels: Object.fromEntries(labels) }
}
