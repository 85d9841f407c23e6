import type { ServerResponse } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { Chunk } from '../metrics/chunk.ts'
import type { Exposition } from '../metrics/exposition.ts'
import type { SelfMetrics } from '../metrics/self.ts'
import type { Snapshot } from '../metrics/snapshot.ts'
import { CONTENT_TYPES, type Format } from '../metrics/text.ts'
import { sendChunks } from './send.ts'
import { acceptsGzip, acceptsOpenMetrics } from './negotiate.ts'

export interface MetricsOptions {
  readonly exposition: Exposition
  readonly self: SelfMetrics
}

/** What is behind all families: nothing, as bytes and as gzip members, or OpenMetrics' last line. */
const END: Readonly<Record<Format, Buffer>> = { text: Buffer.alloc(0), openmetrics: Buffer.from('# EOF\n') }
const COMPRESSED_END: Readonly<Record<Format, Buffer | Promise<Buffer>>> = {
  text: END.text,
  openmetrics: new Chunk(END.openmetrics).compressed(),
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
    // Asked for in this turn: if the reader goes away in the next, the snapshot is not held any more.
    const published = isGzip ? snapshot.compressed(format) : snapshot.chunks(format).map(({ bytes }) => bytes)
    const [text, parts] = await Promise.all([self.text(format), published])
    const own = new Chunk(Buffer.from(text))
    reply.header('content-type', CONTENT_TYPES[format]).header('vary', 'Accept, Accept-Encoding')
    if (!isGzip) return sendChunks(request, reply, [own.bytes, ...parts, END[format]])
    const ends = [await own.compressed(), ...parts, await COMPRESSED_END[format]]
    return sendChunks(request, reply.header('content-encoding', 'gzip'), ends)
  })
  done()
}
