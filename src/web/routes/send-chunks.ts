import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ServerResponse } from 'node:http'

/** Bytes written to the socket at once: more than it accepts, so that it never waits for the next write. */
const BATCH_BYTES = 4 * 1024 * 1024

/** Sends buffers as the body of a response, without copying them. Faster than a stream, which would send them one by one. */
export async function sendChunks(
  { method }: FastifyRequest,
  reply: FastifyReply,
  chunks: readonly Buffer[],
): Promise<FastifyReply> {
  const length = chunks.reduce((sum, { length }) => sum + length, 0)
  reply.header('content-length', length).hijack()
  const { raw } = reply
  raw.statusCode = reply.statusCode
  for (const [name, value] of Object.entries(reply.getHeaders()))
    if (value !== undefined) raw.setHeader(name, value)
  if (method !== 'HEAD') await write(raw, chunks)
  raw.end()
  return reply
}

/** Resolves when everything has been written or the client is gone. */
async function write(raw: ServerResponse, chunks: readonly Buffer[]): Promise<void> {
  // A connection that was closed before has no more events.
  const reader = { gone: raw.closed || raw.destroyed }
  const leave = () => {
    reader.gone = true
  }
  raw.once('close', leave)
  let next = 0
  while (next < chunks.length && !reader.gone) {
    let full = false
    raw.cork()
    for (let bytes = 0; next < chunks.length && bytes < BATCH_BYTES; next++) {
      const chunk = chunks[next]
      if (chunk === undefined || chunk.length === 0) continue
      full = !raw.write(chunk)
      bytes += chunk.length
    }
    raw.uncork()
    if (full) await drained(raw)
  }
  raw.off('close', leave)
}

/** Resolves when the response accepts more data or is closed. */
const drained = (raw: ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      raw.off('drain', done).off('close', done)
      resolve()
    }
    raw.on('drain', done).on('close', done)
  })
