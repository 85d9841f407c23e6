import { crc32, createGunzip, gunzipSync, inflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { gzipPiece, gzipStream, joinedPieces, NO_PIECE } from '../../src/metrics/gzip.ts'

const bytes = fc.uint8Array({ maxLength: 3000 }).map((array) => Buffer.from(array))

test('the checksum of a large text is exact', async () => {
  const first = Buffer.from('# the exporter itself\n')
  const second = Buffer.alloc(65_123_457, 'bittensor_neuron_active{netuid="1"} 1\n')
  const joined = joinedPieces([await gzipPiece(first), await gzipPiece(second)])
  expect(joined.crc).toBe(crc32(second, crc32(first)))
  expect(joined.length).toBe(first.length + second.length)
})

test('pieces in any order, also repeated and joined before, are one gzip member of all their texts', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(bytes, { minLength: 1, maxLength: 6 }),
      fc.array(fc.nat(5)),
      async (texts, order) => {
        const made = await Promise.all(texts.map(gzipPiece))
        const chosen = order.map((index) => index % texts.length)
        const pieces = chosen.map((index) => made[index] ?? NO_PIECE)
        const half = Math.floor(pieces.length / 2)
        const joined = joinedPieces([
          NO_PIECE,
          joinedPieces(pieces.slice(0, half)),
          joinedPieces(pieces.slice(half)),
        ])
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

test('a wrong checksum or length is detected when unpacking', async () => {
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
