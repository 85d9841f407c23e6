import fc from 'fast-check'
import { expect, test } from 'vitest'
import { asciiTexts, type AsciiTexts } from '../../src/metrics/table/ascii.ts'
import { numberColumn } from '../../src/metrics/table/column.ts'
import { gauge } from '../../src/metrics/define.ts'
import { Exposition } from '../../src/metrics/exposition.ts'
import type { Snapshot } from '../../src/metrics/snapshot.ts'
import { unpacked } from '../support/exposition.ts'
import { renderTable, type Block } from '../../src/metrics/table/table.ts'

const FAMILIES = {
  height: gauge('bittensor_height', 'Height.', ['block', 'row']),
  age: gauge('bittensor_age', 'Age.', ['block', 'row']),
}

/** A block as the test knows it: values by row. */
interface Model {
  readonly labels: AsciiTexts
  readonly heights: readonly number[]
  readonly ages: readonly number[] | undefined
}

const BLOCKS = 4

const labelsOf = (block: number, rows: number) =>
  asciiTexts(Array.from({ length: rows }, (_, row) => [`block="${block}",row="${row}"`]))

const rendered = (blocks: readonly Model[]) =>
  renderTable(
    FAMILIES,
    blocks.map(({ labels, heights, ages }): Block<typeof FAMILIES> => ({
      labels,
      columns: { height: numberColumn(heights), age: ages && numberColumn(ages) },
    })),
  )

/** What the exposition must say, put together without any of what is tested. */
function expected(blocks: readonly Model[] | undefined): string {
  const family = (name: string, help: string, of: (block: Model) => readonly number[] | undefined) => {
    const lines = (blocks ?? []).flatMap((block, index) =>
      (of(block) ?? []).map((value, row) => `${name}{block="${index}",row="${row}"} ${value}\n`),
    )
    return lines.length === 0 ? '' : `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${lines.join('')}`
  }
  return (
    family('bittensor_height', 'Height.', ({ heights }) => heights) +
    family('bittensor_age', 'Age.', ({ ages }) => ages)
  )
}

const textOf = (snapshot: Snapshot) =>
  Buffer.concat(snapshot.chunks('text').map(({ bytes }) => bytes)).toString()

const values = fc.array(fc.nat({ max: 10 ** 9 }), { minLength: 1, maxLength: 40 })

const operation = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('values'), block: fc.nat(BLOCKS - 1), values }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('rows'), block: fc.nat(BLOCKS - 1), values }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('drop'), block: fc.nat(BLOCKS - 1), values }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('again', 'given up', 'take back') }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('read') }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('done'), reader: fc.nat(5) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('compress') }) },
)

type Operation = {
  readonly do: string
  readonly block?: number
  readonly values?: readonly number[]
  readonly reader?: number
}

/** As many values as there are rows. */
const fitted = (rows: number, some: readonly number[]) =>
  Array.from({ length: rows }, (_, row) => some[row % some.length] ?? 0)

function changed(block: Model, number: number, { do: what, values: some = [] }: Operation): Model {
  const rows = what === 'rows' ? some.length : block.heights.length
  const labels = what === 'rows' ? labelsOf(number, rows) : block.labels
  return {
    labels,
    heights: what === 'drop' ? block.heights : fitted(rows, some),
    ages: what === 'drop' ? undefined : fitted(rows, some.toReversed()),
  }
}

test('whatever is published, given up, taken back and read meanwhile, every reader gets what was published when it came', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { minLength: 5, maxLength: 60 }), async (operations) => {
      const exposition = new Exposition([FAMILIES])
      let blocks: readonly Model[] = Array.from({ length: BLOCKS }, (_, block) => ({
        labels: labelsOf(block, 8),
        heights: fitted(8, [block]),
        ages: undefined,
      }))
      let published: readonly Model[] | undefined
      const readers: { readonly snapshot: Snapshot; readonly text: string }[] = []
      const compressed: Promise<void>[] = []
      for (const step of operations as readonly Operation[]) {
        const { block, reader = 0 } = step
        if (block !== undefined)
          blocks = blocks.map((each, number) => (number === block ? changed(each, number, step) : each))
        switch (step.do) {
          case 'values':
          case 'rows':
          case 'drop':
          case 'again':
            exposition.publish([{ families: FAMILIES, part: '', contents: await rendered(blocks) }])
            published = blocks
            break
          case 'given up':
            await rendered(blocks)
            break
          case 'take back':
            exposition.publish([{ families: FAMILIES, part: '', contents: undefined }])
            published = undefined
            break
          case 'read':
            exposition.snapshot.hold()
            readers.push({ snapshot: exposition.snapshot, text: expected(published) })
            break
          case 'done':
            for (const { snapshot } of readers.splice(reader, 1)) snapshot.release()
            break
          case 'compress': {
            const text = expected(published)
            compressed.push(
              exposition.snapshot.compressed('text').then((piece) => {
                expect(unpacked(piece).toString()).toBe(text)
              }),
            )
          }
        }
        expect(textOf(exposition.snapshot)).toBe(expected(published))
        for (const { snapshot, text } of readers) expect(textOf(snapshot)).toBe(text)
      }
      await Promise.all(compressed)
    }),
    { numRuns: 300 },
  )
})

test('what did not change is the same chunk, and the memory of what did is used again', async () => {
  const exposition = new Exposition([FAMILIES])
  const labels = labelsOf(0, 200)
  const steady = labelsOf(1, 200)
  const heights = fitted(200, [7])
  const seen = new Set<ArrayBufferLike>()
  const kept = new Set<Buffer>()
  for (let height = 0; height < 50; height++) {
    const blocks = [
      { labels, heights: fitted(200, [1_000_000 + height]), ages: undefined },
      { labels: steady, heights, ages: undefined },
    ]
    const contents = await rendered(blocks)
    // Once more is no more.
    for (let times = 0; times < 2; times++) exposition.publish([{ families: FAMILIES, part: '', contents }])
    const [, moving, still] = exposition.snapshot.chunks('text')
    if (moving === undefined || still === undefined) throw new Error('two chunks of lines were expected')
    seen.add(moving.bytes.buffer)
    kept.add(still.bytes)
  }
  expect(kept.size).toBe(1)
  // One is published while the next is written.
  expect(seen.size).toBeLessThanOrEqual(2)
})
