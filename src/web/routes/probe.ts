import type { FastifyInstance } from 'fastify'
import { probeText, type Probed } from '../../metrics/probe.ts'
import { CONTENT_TYPES, type Format } from '../../metrics/text.ts'
import { acceptsOpenMetrics } from './negotiation.ts'

export interface ProbeOptions {
  /** Reads the node of that name; `unknown` when none is configured, `interrupted` when the configuration changed. Never rejects. */
  readonly probe: (name: string, timeoutMs: number) => Promise<Probed | 'unknown' | 'interrupted'>
}

const TIMEOUT_HEADER = 'x-prometheus-scrape-timeout-seconds'

/** Without a timeout header. */
const DEFAULT_TIMEOUT_MS = 10_000
const MAX_TIMEOUT_MS = 60_000
/** Part of the scraper's timeout that is left for the network. */
const OFFSET_MS = 500

/**
 * GET /probe?target=NAME: metrics of one configured node, read for this request. NAME is a name from the configuration, so clients cannot
 * make the exporter call other hosts.
 */
export function probePlugin(app: FastifyInstance, { probe }: ProbeOptions, done: () => void): void {
  app.get('/probe', async (request, reply) => {
    const refuse = (code: number, message: string) => reply.code(code).type('text/plain').send(`${message}\n`)
    const { target } = request.query as { readonly target?: unknown }
    if (typeof target !== 'string' || target === '')
      return refuse(400, 'target: expected the name of one configured node, such as /probe?target=finney-a')
    const timeoutMs = timeoutOf(request.headers[TIMEOUT_HEADER])
    if (timeoutMs === undefined)
      return refuse(400, 'X-Prometheus-Scrape-Timeout-Seconds: expected a number of seconds above 0')
    const probed = await probe(target, timeoutMs)
    if (probed === 'interrupted') return refuse(503, 'The configuration has just changed: try again.')
    if (probed === 'unknown') return refuse(404, 'target: no configured node has this name')
    const format: Format = acceptsOpenMetrics(request.headers.accept) ? 'openmetrics' : 'text'
    reply.header('content-type', CONTENT_TYPES[format]).header('vary', 'Accept')
    return reply.send(probeText(probed, format))
  })
  done()
}

/** Milliseconds to read for, from the scraper's timeout header; undefined when the header is invalid. */
function timeoutOf(header: string | readonly string[] | undefined): number | undefined {
  if (header === undefined) return DEFAULT_TIMEOUT_MS
  const milliseconds = Number(header) * 1000
  if (!(milliseconds > 0)) return undefined
  return Math.min(Math.max(milliseconds - OFFSET_MS, milliseconds / 2), MAX_TIMEOUT_MS)
}
