import { ChunkPool } from '../../src/metrics/table/chunk-pool.ts'
import type { Family } from '../../src/metrics/define.ts'
import { Exposition } from '../../src/metrics/exposition.ts'

const FAMILIES: readonly Family[] = [
  { name: 'bittensor_weight', type: 'gauge', help: 'Weight.', labels: ['row'] },
]

const CHUNKS = 1500
const ROWS = 250

/** Series of each publish. */
const WEIGHTS = CHUNKS * ROWS

const pool = new ChunkPool()

/** An exposition of lines that say which publish they are of, in many pieces: more than any socket takes at once. */
export function weightsExposition(): Exposition {
  const exposition = new Exposition(FAMILIES)
  publishWeights(exposition, 1)
  return exposition
}

/** Publishes other lines in memory of a pool: what nobody holds is written over by the next publish but one. */
export function publishWeights(exposition: Exposition, number: number): void {
  const line = (row: number) => `bittensor_weight{row="${row}"} ${number}\n`
  const chunks = Array.from({ length: CHUNKS }, (_, index) => {
    const lines = Array.from({ length: ROWS }, (_, row) => line(index * ROWS + row)).join('')
    const chunk = pool.chunk(Buffer.from(lines))
    chunk.hold()
    return chunk
  })
  const contents = new Map([['bittensor_weight', { chunks, series: WEIGHTS }]])
  exposition.publish([{ families: FAMILIES, part: '', contents }])
}

/** Which publishes the lines of a body are of, and how many lines there are. */
export function weightsIn(body: string): { readonly publishes: string; readonly lines: number } {
  const numbers = Array.from(body.matchAll(/^bittensor_weight\{.*\} (\d+)$/gm), ([, number]) => number)
  return { publishes: [...new Set(numbers)].join(), lines: numbers.length }
}

/** All of one publish. */
export const whole = (publish: number) => ({ publishes: String(publish), lines: WEIGHTS })
