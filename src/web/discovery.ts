import type { FastifyInstance } from 'fastify'
import type { Address } from '../chain/address.ts'
import { targetOf, type EndpointAnswer, type NeuronEndpoint, type Networks } from '../chain/endpoint.ts'
import { NETUID_LIMIT } from '../chain/subnet.ts'

/** What the configuration says of it. */
export interface DiscoverySettings {
  /** Networks that are listed besides the public ones. */
  readonly allowed: Networks
  /** The configured names of hotkeys. */
  readonly names: ReadonlyMap<Address, string>
}

export interface DiscoveryOptions {
  readonly discovery: {
    /** What neurons of a subnet have published. Never rejects. */
    readonly endpoints: (netuid: number) => Promise<EndpointAnswer>
    readonly settings: () => DiscoverySettings
  }
}

/** One entry of Prometheus' HTTP service discovery. */
interface TargetGroup {
  readonly targets: readonly string[]
  readonly labels: Readonly<Record<string, string>>
}

const WHAT_IS_RIGHT = `netuid: expected one whole number from 0 to ${NETUID_LIMIT - 1}, such as /sd/neurons?netuid=1\n`

/** When Prometheus, which asks once a minute, may come back. Seconds. */
const RETRY_AFTER = 30

/**
 * GET /sd/neurons?netuid=N: where the neurons of a subnet say that their metrics are, in the format of Prometheus' HTTP
 * service discovery. Anything but a known list is an error, upon which Prometheus goes on with the list it has.
 */
export function discoveryPlugin(
  app: FastifyInstance,
  { discovery: { endpoints, settings } }: DiscoveryOptions,
  done: () => void,
): void {
  app.get('/sd/neurons', async (request, reply) => {
    const netuid = netuidOf(request.query)
    if (netuid === undefined) return reply.code(400).type('text/plain').send(WHAT_IS_RIGHT)
    const answer = await endpoints(netuid)
    if ('missing' in answer)
      return reply.code(404).type('text/plain').send(`The chain has no subnet ${netuid}.\n`)
    if ('unavailable' in answer)
      return reply
        .code(503)
        .header('retry-after', RETRY_AFTER)
        .type('text/plain; charset=utf-8')
        .send(`The endpoints of subnet ${netuid} are not known: ${answer.unavailable}\n`)
    const known = settings()
    const groups = answer.endpoints.flatMap((endpoint) => groupOf(endpoint, known) ?? [])
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
  const target = targetOf(endpoint, allowed)
  if (target === undefined) return undefined
  const { netuid, uid, hotkey, coldkey, version, block, ipType } = endpoint
  const facts = { netuid, uid, hotkey, coldkey, name: names.get(hotkey), version, block, ip_type: ipType }
  const labels = Object.entries(facts).flatMap(([name, value]) =>
    value === undefined ? [] : [[`__meta_bittensor_${name}`, String(value)] as const],
  )
  return { targets: [target], labels: Object.fromEntries(labels) }
}
