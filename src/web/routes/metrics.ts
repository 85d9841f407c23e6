import type { ServerResponse } from 'node:http'
import type { FastifyInstance } from 'fastify'
import type { Exposition } from '../../metrics/exposition.ts'
import { gzipPiece, gzipStream, joinedPieces } from '../../metrics/gzip.ts'
import type { SelfMetrics } from '../../metrics/self.ts'
import type { Snapshot } from '../../metrics/snapshot.ts'
import { CONTENT_TYPES, type Format } from '../../metrics/text.ts'
import type { ResponseTurns } from '../security/response-turns.ts'
import { sendChunks } from './send-chunks.ts'
import { acceptsGzip, acceptsOpenMetrics } from './negotiation.ts'

export interface MetricsOptions {
  readonly exposition: Exposition
  readonly self: SelfMetrics
}

/** The end of the exposition: OpenMetrics requires a last line. */
const END: Readonly<Record<Format, Buffer>> = {
  text: Buffer.alloc(0),
  openmetrics: Buffer.from('# EOF\n'),
}

/** The published snapshot, retained until the response has been handed to the operating system or the client is gone. */
function heldFor(response: ServerResponse, { snapshot }: Exposition): Snapshot {
  if (response.closed) return snapshot
  snapshot.hold()
  // Not on `finish`, which comes before the last bytes have been sent.
  response.once('close', () => {
    snapshot.release()
  })
  return snapshot
}

/**
 * GET /metrics: the exporter's own metrics, rendered once for the requests whose turn it is, followed by the published snapshot, which is
 * ready as bytes. Makes no request to any node, and compresses only the exporter's own metrics.
 */
export function metricsPlugin(
  app: FastifyInstance,
  { exposition, self, turns }: MetricsOptions & { readonly turns: ResponseTurns },
  done: () => void,
): void {
  app.get('/metrics', async (request, reply) => {
    const format: Format = acceptsOpenMetrics(request.headers.accept) ? 'openmetrics' : 'text'
    const isGzip = acceptsGzip(request.headers['accept-encoding'])
    const sent = await turns.wait(request.ip, reply.raw)
    const snapshot = heldFor(reply.raw, exposition)
    reply.header('content-type', CONTENT_TYPES[format]).header('vary', 'Accept, Accept-Encoding')
    let chunks: readonly Buffer[]
    if (isGzip) {
      const pieces = await Promise.all([
        self.text(format).then((text) => gzipPiece(Buffer.from(text))),
        snapshot.compressed(format),
        gzipPiece(END[format]),
      ])
      reply.header('content-encoding', 'gzip')
      chunks = gzipStream(joinedPieces(pieces))
    } else {
      // Before the first await: when the client disconnects, the snapshot is released.
      const published = snapshot.chunks(format).map(({ bytes }) => bytes)
      chunks = [Buffer.from(await self.text(format)), ...published, END[format]]
    }
    const sending = sendChunks(request, reply, chunks)
    sent()
    return sending
  })
  done()
}
