import type { FastifyInstance, FastifyReply } from 'fastify'
import { Readable } from 'node:stream'
import { Chunk } from '../metrics/chunk.ts'
import type { Exposition } from '../metrics/exposition.ts'
import type { SelfMetrics } from '../metrics/self.ts'
import { CONTENT_TYPES, type Format } from '../metrics/text.ts'
import { acceptsGzip, acceptsOpenMetrics } from './negotiate.ts'

export interface MetricsOptions {
  readonly exposition: Exposition
  readonly self: SelfMetrics
}

const END: Readonly<Record<Format, Chunk>> = {
  text: new Chunk(Buffer.alloc(0)),
  openmetrics: new Chunk(Buffer.from('# EOF\n')),
}

/** Handed to the socket at once at most: a slow reader holds no more than this besides the snapshot itself. */
const AT_ONCE_BYTES = 1024 * 1024

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
      return sendChunks(reply.header('content-encoding', 'gzip'), parts)
    }
    const chunks = [own, ...snapshot.chunks(format), END[format]].map(({ bytes }) => bytes)
    return sendChunks(reply, chunks)
  })
  done()
}

/** However many read slowly, they all read the same bytes. */
function sendChunks(reply: FastifyReply, chunks: readonly Buffer[]): FastifyReply {
  const length = chunks.reduce((sum, { length }) => sum + length, 0)
  return reply.header('content-length', length).send(streamOf(chunks))
}

/** Buffers as a stream that copies none of them. */
function streamOf(chunks: readonly Buffer[]): Readable {
  let next = 0
  return new Readable({
    highWaterMark: AT_ONCE_BYTES,
    read() {
      while (next < chunks.length && this.push(chunks[next++]));
      if (next >= chunks.length) this.push(null)
    },
  })
}
