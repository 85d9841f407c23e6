import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Exposition } from '../../src/metrics/exposition.ts'
import type { Snapshot } from '../../src/metrics/snapshot.ts'
import type { TableColumn } from '../../src/metrics/table/index.ts'
import { unpacked } from '../support/exposition.ts'

/** A block as the test knows it: values by row. The same labels mean the same rows. */
interface Model {
  readonly labels: readonly (readonly string[])[]
  readonly heights: readonly number[]
  readonly ages: readonly number[] | undefined
}

const FAMILIES: readonly TableColumn<Model>[] = [
  {
    ...{ name: 'bittensor_height', type: 'gauge', help: 'Height.', labels: ['block', 'row'] },
    cells: ({ heights }) => ({ form: 'numbers', values: heights }),
  },
  {
    ...{ name: 'bittensor_age', type: 'gauge', help: 'Age.', labels: ['block', 'row'] },
    cells: ({ ages }) => ages && { form: 'numbers', values: ages },
  },
]

const BLOCKS = 4

const labelsOf = (block: number, rows: number) =>
  Array.from({ length: rows }, (_, row) => [`block="${block}",row="`, String(row), '"'])

const rendered = ({ table }: Exposition, blocks: readonly Model[]) =>
  table.render(
    FAMILIES,
    blocks.map((block) => ({ key: block.labels, labels: () => block.labels, data: block })),
    9,
  )

/** The expected exposition, computed independently. */
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
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('again', 'discard', 'withdraw') }) },
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

test('every reader gets what was published when it began, whatever is published, discarded or withdrawn meanwhile', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { minLength: 5, maxLength: 60 }), async (operations) => {
      const exposition = new Exposition(FAMILIES)
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
            exposition.publish([
              { families: FAMILIES, part: '', contents: await rendered(exposition, blocks) },
            ])
            published = blocks
            break
          case 'discard':
            await rendered(exposition, blocks)
            break
          case 'withdraw':
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

test('an unchanged column stays the same chunk, and the memory of a changed one is reused', async () => {
  const exposition = new Exposition(FAMILIES)
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
    const contents = await rendered(exposition, blocks)
    // Publishing the same contents again changes nothing.
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
