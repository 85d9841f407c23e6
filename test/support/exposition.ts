import { gunzipSync } from 'node:zlib'
import { expect } from 'vitest'
import type { Decimals } from '../../src/chain/money.ts'
import type { Collector, CollectorInstance } from '../../src/collectors/define.ts'
import { gzipStream, type GzipPiece } from '../../src/metrics/gzip.ts'
import { started } from './collectors.ts'

/** Asserts the samples of a reading, as the lines of an exposition without HELP and TYPE. */
export async function expectExposition<Kind extends 'chain' | 'node', Reading>(
  collector: Collector<Kind, never, Reading>,
  reading: Reading,
  expected: string,
  decimals: Decimals | 'unknown' = 9,
): Promise<void> {
  const text = await renderedText(started(collector), reading, decimals === 'unknown' ? undefined : decimals)
  expect(text.trimEnd()).toBe(expected.trim().replaceAll(/^ +/gm, ''))
}

/** The samples of a reading, as the lines of an exposition without HELP and TYPE, in the order of the families. */
export async function renderedText<Kind extends 'chain' | 'node', Reading>(
  collector: Pick<CollectorInstance<Kind, never, Reading>, 'families' | 'render'>,
  reading: Reading,
  decimals: Decimals | undefined,
): Promise<string> {
  const contents = await collector.render(reading, { node: 'finney-a', decimals })
  const chunks = collector.families.flatMap(({ name }) => contents.get(name)?.chunks ?? [])
  return Buffer.concat(chunks.map(({ bytes }) => bytes)).toString()
}

/** The text of a piece of a gzip stream. */
export const unpacked = (piece: GzipPiece): Buffer => gunzipSync(Buffer.concat(gzipStream(piece)))
