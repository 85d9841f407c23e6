import { EventEmitter } from 'node:events'
import { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { expect, test } from 'vitest'
import { sendChunks } from '../../../src/web/routes/send-chunks.ts'

/** A response whose client reads nothing until `drain` is emitted, and what was written to it. */
function stalledResponse(socket: Socket) {
  const written: Buffer[] = []
  let hasEnded = false
  const raw = Object.assign(new EventEmitter(), {
    socket,
    closed: false,
    destroyed: false,
    cork: () => undefined,
    uncork: () => undefined,
    write: (bytes: Buffer) => void written.push(bytes),
    end: () => void (hasEnded = true),
  })
  const reply = { raw, statusCode: 200, getHeaders: () => ({}), header: () => ({ hijack: () => undefined }) }
  return {
    raw,
    reply: reply as unknown as FastifyReply,
    written: () => Buffer.concat(written),
    hasEnded: () => hasEnded,
  }
}

const GET = { method: 'GET' } as FastifyRequest

/** Numbered so that bytes out of place are noticed. */
const bytesOf = (length: number, seed: number): Buffer =>
  Buffer.from(Array.from({ length }, (_, index) => (index * 31 + seed) % 251))

const CHUNKS = [bytesOf(100_000, 1), bytesOf(300_000, 2), bytesOf(0, 3), bytesOf(50, 4)]

test('over TLS at most 128 KiB are written before the client reads on, and all of it at last', async () => {
  const { raw, reply, written, hasEnded } = stalledResponse(new TLSSocket(new Socket()))
  const sending = sendChunks(GET, reply, CHUNKS)
  const lengths = [written().length]
  while (!hasEnded()) {
    raw.emit('drain')
    await new Promise((resolve) => setImmediate(resolve))
    lengths.push(written().length)
  }
  await sending
  // 128 KiB are 131,072 bytes; 400,050 bytes are three times as much, and 6,834.
  expect(lengths).toEqual([131_072, 262_144, 393_216, 400_050, 400_050])
  expect(written()).toEqual(Buffer.concat(CHUNKS))
})

test('without TLS, where nothing is copied, 4 MiB are written', async () => {
  const { raw, reply, written } = stalledResponse(new Socket())
  const large = [...CHUNKS, bytesOf(4 * 1024 * 1024, 5)]
  const sending = sendChunks(GET, reply, large)
  expect(written().length).toBe(4 * 1024 * 1024)
  raw.emit('close')
  await sending
  expect(written().length).toBe(4 * 1024 * 1024)
})
