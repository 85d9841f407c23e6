import type { FastifyInstance } from 'fastify'
import { gzipFast, type Exposition } from '../metrics/exposition.ts'
import type { SelfMetrics } from '../metrics/self.ts'
import { CONTENT_TYPES, type Format } from '../metrics/text.ts'
import { acceptsGzip, acceptsOpenMetrics } from './negotiate.ts'

export interface MetricsOptions {
  readonly exposition: Exposition
  readonly self: SelfMetrics
}

const END_OF_OPENMETRICS = '# EOF\n'

/**
 * GET /metrics: the exporter about itself, rendered now, and then the published snapshot, as bytes that are ready. No
 * request goes to any Sidecar. Gzip is one member for each part, so that the large one is compressed once a publish.
 */
export function metricsPlugin(
  app: FastifyInstance,
  { exposition, self }: MetricsOptions,
  done: () => void,
): void {
  app.get('/metrics', async (request, reply) => {
    const format: Format = acceptsOpenMetrics(request.headers.accept) ? 'openmetrics' : 'text'
    const { snapshot } = exposition
    const own = Buffer.from(await self.text(format))
    const end = format === 'openmetrics' ? Buffer.from(END_OF_OPENMETRICS) : Buffer.alloc(0)
    reply.header('content-type', CONTENT_TYPES[format]).header('vary', 'Accept, Accept-Encoding')
    if (!acceptsGzip(request.headers['accept-encoding']))
      return reply.send(Buffer.concat([own, snapshot.body, end]))
    const parts = [
      await gzipFast(own),
      await snapshot.compressed(),
      ...(end.length > 0 ? [await gzipFast(end)] : []),
    ]
    return reply.header('content-encoding', 'gzip').send(Buffer.concat(parts))
  })
  done()
}
