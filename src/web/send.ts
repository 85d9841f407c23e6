import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ServerResponse } from 'node:http'

/** Handed to the socket at once: more than it takes, so that it is not this that it waits for. */
const AT_ONCE_BYTES = 4 * 1024 * 1024

/**
 * Answers with buffers one after another, of which none is copied. A stream of them would have each wait until the one
 * before is gone; a socket takes many at once.
 */
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

/** Resolves when all is handed over, or the reader is gone. */
async function write(raw: ServerResponse, chunks: readonly Buffer[]): Promise<void> {
  const reader = { gone: false }
  const leave = () => {
    reader.gone = true
  }
  raw.once('close', leave)
  let next = 0
  while (next < chunks.length && !reader.gone) {
    let full = false
    raw.cork()
    for (let bytes = 0; next < chunks.length && bytes < AT_ONCE_BYTES; next++) {
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

/** Resolves also when it never will be, as it was closed. */
const drained = (raw: ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      raw.off('drain', done).off('close', done)
      resolve()
    }
    raw.on('drain', done).on('close', done)
  })
