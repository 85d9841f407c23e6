import { crc32, createGunzip, gunzipSync, inflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { combinedCrc, gzipPiece, gzipStream, joinedPieces, NO_PIECE } from '../../src/metrics/gzip.ts'

const bytes = fc.uint8Array({ maxLength: 3000 }).map((array) => Buffer.from(array))

test('the checksum of two texts is that of both', () => {
  fc.assert(
    fc.property(bytes, bytes, (first, second) => {
      const both = crc32(Buffer.concat([first, second]))
      expect(combinedCrc(crc32(first), crc32(second), second.length)).toBe(both)
    }),
    { numRuns: 2000 },
  )
})

test('also of as much as a metagraph has', () => {
  const first = Buffer.from('# the exporter itself\n')
  const second = Buffer.alloc(65_123_457, 'bittensor_neuron_active{netuid="1"} 1\n')
  expect(combinedCrc(crc32(first), crc32(second), second.length)).toBe(crc32(second, crc32(first)))
})

test('pieces, in any order and again and again, are one gzip member of all their texts', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(bytes, { minLength: 1, maxLength: 6 }),
      fc.array(fc.nat(5)),
      async (texts, order) => {
        const made = await Promise.all(texts.map(gzipPiece))
        const chosen = order.map((index) => index % texts.length)
        const joined = joinedPieces([NO_PIECE, ...chosen.map((index) => made[index] ?? NO_PIECE)])
        const stream = Buffer.concat(gzipStream(joined))
        const text = Buffer.concat(chosen.map((index) => texts[index] ?? Buffer.alloc(0)))
        expect(gunzipSync(stream).equals(text)).toBe(true)
        // One member, to its last byte: what is behind the header is one deflate stream.
        expect(inflateRawSync(stream.subarray(10, -8)).equals(text)).toBe(true)
      },
    ),
    { numRuns: 300 },
  )
})

test('a wrong checksum or length is found by who unpacks it', async () => {
  const piece = await gzipPiece(Buffer.from('bittensor_chain_subnets 128\n'))
  const read = (stream: readonly Buffer[]) =>
    new Promise((resolve, reject) => {
      const gunzip = createGunzip().on('error', reject).on('end', resolve).resume()
      gunzip.end(Buffer.concat(stream))
    })
  await read(gzipStream(piece))
  await expect(read(gzipStream({ ...piece, crc: (piece.crc ^ 1) >>> 0 }))).rejects.toThrow(
    'incorrect data check',
  )
  await expect(read(gzipStream({ ...piece, length: piece.length + 1 }))).rejects.toThrow(
    'incorrect length check',
  )
})
