import type { FastifyInstance } from 'fastify'
import { Chunk } from '../metrics/chunk.ts'
import type { Exposition } from '../metrics/exposition.ts'
import type { SelfMetrics } from '../metrics/self.ts'
import { CONTENT_TYPES, type Format } from '../metrics/text.ts'
import { sendChunks } from './send.ts'
import { acceptsGzip, acceptsOpenMetrics } from './negotiate.ts'

export interface MetricsOptions {
  readonly exposition: Exposition
  readonly self: SelfMetrics
}

const END: Readonly<Record<Format, Chunk>> = {
  text: new Chunk(Buffer.alloc(0)),
  openmetrics: new Chunk(Buffer.from('# EOF\n')),
}

/**
 * GET /metrics: the exporter about itself, rendered now, and then the published snapshot, as bytes that are ready. No
 * request goes to any Sidecar, and only the exporter's own few lines are compressed for a scrape.
 */
export function metricsPlugin(
  app: FastifyInstance,
  { exposition, self }: MetricsOptions,
  done: () => void,
): void {
  app.get('/metrics', async (request, reply) => {
    const format: Format = acceptsOpenMetrics(request.headers.accept) ? 'openmetrics' : 'text'
    const { snapshot } = exposition
    const own = new Chunk(Buffer.from(await self.text(format)))
    reply.header('content-type', CONTENT_TYPES[format]).header('vary', 'Accept, Accept-Encoding')
    if (acceptsGzip(request.headers['accept-encoding'])) {
      const end = format === 'openmetrics' ? await END.openmetrics.compressed() : END.text.bytes
      const parts = [await own.compressed(), await snapshot.compressed(format), end]
      return sendChunks(request, reply.header('content-encoding', 'gzip'), parts)
    }
    const chunks = [own, ...snapshot.chunks(format), END[format]].map(({ bytes }) => bytes)
    return sendChunks(request, reply, chunks)
  })
  done()
}
