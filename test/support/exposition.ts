import { gunzipSync } from 'node:zlib'
import { expect } from 'vitest'
import type { Decimals } from '../../src/chain/money.ts'
import type { Collector } from '../../src/collectors/define.ts'
import { gzipStream, type GzipPiece } from '../../src/metrics/gzip.ts'

/**
 * Asserts what a collector says of data, as the lines of an exposition without HELP and TYPE. The order of families is
 * theirs, that of samples the collector's.
 */
export async function expectExposition<Data>(
  collector: Collector<unknown, never, Data>,
  data: Data,
  expected: string,
  decimals: Decimals | 'unknown' = 9,
): Promise<void> {
  const contents = await collector.contents(data, 'finney-a', decimals === 'unknown' ? undefined : decimals)
  const chunks = Object.keys(collector.families).flatMap((key) => contents.get(key)?.chunks ?? [])
  const text = Buffer.concat(chunks.map(({ bytes }) => bytes)).toString()
  expect(text.trimEnd()).toBe(expected.trim().replaceAll(/^ +/gm, ''))
}

/** The text of a piece of a gzip stream. */
export const unpacked = (piece: GzipPiece): Buffer => gunzipSync(Buffer.concat(gzipStream(piece)))
