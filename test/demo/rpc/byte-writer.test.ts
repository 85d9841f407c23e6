import { expect, test } from 'vitest'
import { ByteWriter } from '../../../src/demo/rpc/byte-writer.ts'

const SIZE = 10_000

test('single bytes are kept when the buffer grows', () => {
  const writer = new ByteWriter()
  const bytes = Uint8Array.from({ length: SIZE }, (_, index) => index % 251)
  for (const byte of bytes) writer.byte(byte)
  expect(writer.size).toBe(SIZE)
  expect(writer.copy()).toEqual(bytes)
})

test.each([3, 32, 5000])('runs of %d bytes are kept when the buffer grows', (length) => {
  const writer = new ByteWriter()
  const bytes = Uint8Array.from({ length: SIZE - (SIZE % length) }, (_, index) => index % 251)
  for (let from = 0; from < bytes.length; from += length) writer.append(bytes.subarray(from, from + length))
  expect(writer.hex()).toBe(Buffer.from(bytes).toString('hex'))
})
