import type { ServerResponse } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { Chunk } from '../metrics/chunk.ts'
import type { Exposition } from '../metrics/exposition.ts'
import { gzipPiece, gzipStream, joinedPieces } from '../metrics/gzip.ts'
import type { SelfMetrics } from '../metrics/self.ts'
import type { Snapshot } from '../metrics/snapshot.ts'
import { CONTENT_TYPES, type Format } from '../metrics/text.ts'
import { sendChunks } from './send.ts'
import { acceptsGzip, acceptsOpenMetrics } from './negotiate.ts'

export interface MetricsOptions {
  readonly exposition: Exposition
  readonly self: SelfMetrics
}

/** What is behind all families: OpenMetrics' last line. */
const END: Readonly<Record<Format, Chunk>> = {
  text: new Chunk(Buffer.alloc(0)),
  openmetrics: new Chunk(Buffer.from('# EOF\n')),
}

/** The published snapshot, held until the answer is with the operating system, or its reader is gone. */
function heldFor(response: ServerResponse, { snapshot }: Exposition): Snapshot {
  if (response.closed) return snapshot
  snapshot.hold()
  // Not `finish`: with HTTP/2 that comes before the last bytes are on their way.
  response.once('close', () => {
    snapshot.release()
  })
  return snapshot
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
    const snapshot = heldFor(reply.raw, exposition)
    const isGzip = acceptsGzip(request.headers['accept-encoding'])
    reply.header('content-type', CONTENT_TYPES[format]).header('vary', 'Accept, Accept-Encoding')
    if (!isGzip) {
      // Taken in this turn: if the reader goes away in the next, the snapshot is not held any more.
      const published = snapshot.chunks(format).map(({ bytes }) => bytes)
      const own = Buffer.from(await self.text(format))
      return sendChunks(request, reply, [own, ...published, END[format].bytes])
    }
    const [own, published, end] = await Promise.all([
      self.text(format).then((text) => gzipPiece(Buffer.from(text))),
      snapshot.compressed(format),
      END[format].compressed(),
    ])
    reply.header('content-encoding', 'gzip')
    return sendChunks(request, reply, gzipStream(joinedPieces([own, published, end])))
  })
  done()
}
