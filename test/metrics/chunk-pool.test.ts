import pLimit from 'p-limit'
import { expect, test } from 'vitest'
import { Chunk } from '../../src/metrics/chunk.ts'
import { ChunkPool } from '../../src/metrics/table/chunk-pool.ts'
import { unpacked } from '../support/exposition.ts'

const text = (letter: string, length = 3000) => Buffer.from(letter.repeat(length))

test('memory is reused after the last release, and not before', () => {
  const pool = new ChunkPool()
  const first = pool.chunk(text('a'))
  first.hold()
  first.hold()
  const { buffer } = first.bytes
  first.release()
  const second = pool.chunk(text('b'))
  expect(second.bytes.buffer).not.toBe(buffer)
  expect(first.bytes.toString()).toBe('a'.repeat(3000))
  first.release()
  const third = pool.chunk(text('c', 2500))
  expect(third.bytes.buffer).toBe(buffer)
  expect(third.bytes.toString()).toBe('c'.repeat(2500))
  expect(second.bytes.toString()).toBe('b'.repeat(3000))
})

test('reading or holding a released chunk throws', () => {
  const chunk = new ChunkPool().chunk(text('a'))
  chunk.hold()
  chunk.release()
  expect(chunk.isReleased).toBe(true)
  expect(() => chunk.bytes).toThrow('a chunk was read after its last release')
  expect(() => {
    chunk.hold()
  }).toThrow('a chunk was held after its last release')
  expect(() => {
    chunk.release()
  }).toThrow('a chunk was released that is not held')
})

test('a chunk outside a pool is never released', () => {
  const chunk = new Chunk(text('a'))
  chunk.hold()
  chunk.release()
  expect(chunk.isReleased).toBe(false)
  expect(chunk.bytes.toString()).toBe('a'.repeat(3000))
})

test('a compression holds what it reads', async () => {
  const pool = new ChunkPool()
  // More than are compressed at once, so that some have not begun when they are released.
  const chunks = Array.from({ length: 20 }, (_, index) => pool.chunk(text(String.fromCharCode(97 + index))))
  const limit = pLimit(3)
  for (const chunk of chunks) chunk.hold()
  const compressed = chunks.map((chunk) => chunk.compressed(limit))
  for (const chunk of chunks) chunk.release()
  for (let others = 0; others < 40; others++) pool.chunk(text('#'))
  const texts = (await Promise.all(compressed)).map((piece) => unpacked(piece).toString())
  expect(texts).toEqual(chunks.map((_, index) => String.fromCharCode(97 + index).repeat(3000)))
  expect(chunks.every(({ isReleased }) => isReleased)).toBe(true)
})

test('memory that is idle for long is dropped', () => {
  const pool = new ChunkPool()
  const chunks = Array.from({ length: 10 }, () => pool.chunk(text('a')))
  for (const chunk of chunks) {
    chunk.hold()
    chunk.release()
  }
  expect(pool.idleBytes).toBe(10 * 4096)
  for (let rendering = 0; rendering < 40; rendering++) {
    const used = pool.chunk(text('b'))
    used.hold()
    used.release()
    pool.rendered()
  }
  expect(pool.idleBytes).toBe(4096)
})
