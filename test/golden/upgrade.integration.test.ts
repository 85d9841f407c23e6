import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { COLLECTORS } from '../../src/collectors/index.ts'
import { allSucceed, testExporter } from '../support/exporter.ts'
import { startReplay, type RecordedAnswer, type Recording } from '../support/replay.ts'
import { ALL, missingFrom } from './golden.config.ts'
import { failuresOf } from '../poll/log.ts'
import { expectedOf } from './oracle.ts'
import { seriesOf, valueOf } from '../support/parse-exposition.ts'

interface RecordedBlock {
  readonly height: number
  readonly answers: Recording
}

/** Blocks around the one that sets new code, as the real Sidecar 18 showed them (test/support/record-upgrade.mjs). */
async function loadUpgrade(name: string): Promise<readonly RecordedBlock[]> {
  const file = new URL(`../fixtures/upgrades/${name}.json.gz`, import.meta.url)
  const text = (await promisify(gunzip)(await readFile(file))).toString('utf8')
  const blocks = JSON.parse(text) as { height: number; exchanges: Record<string, RecordedAnswer> }[]
  return blocks.map(({ height, exchanges }) => ({ height, answers: new Map(Object.entries(exchanges)) }))
}

describe.each([
  ['219', '240'],
  ['381', '424'],
  ['424', '475'],
])('the upgrade from spec %s to %s, recorded block by block from Sidecar 18', (from, to) => {
  test('publishes at each block what plain arithmetic on its answers gives, without a restart', async () => {
    const blocks = await loadUpgrade(`${from}-${to}`)
    // The second block sets the new code: the node reports the new version already.
    expect(blocks.map(({ answers }) => reported(answers))).toEqual([from, to, to, to])
    const answers = new Map<string, RecordedAnswer>()
    const replay = await startReplay(answers, (path) => (path.includes(hashAt(blocks[0])) ? from : to))
    const exporter = await testExporter({ urls: [replay.url], ...ALL })
    try {
      for (const [index, block] of blocks.entries()) {
        // The head goes on, and what was answered at earlier blocks still is.
        for (const [path, answer] of block.answers) answers.set(path, answer)
        const metrics = await exporter.until(
          (text) =>
            valueOf(text, 'bittensor_chain_block_height') === block.height &&
            allSucceed(text, COLLECTORS.length - 1),
        )
        const expected = expectedOf(block.answers)
        expect(expected.size).toBeGreaterThan(100)
        expect(expected.get('bittensor_chain_state_spec_version')).toBe(Number(index < 2 ? from : to))
        const published = seriesOf(metrics)
        for (const [series, value] of expected)
          expect([block.height, series, published.get(series)]).toEqual([block.height, series, value])
      }
      expect(missingFrom(replay)).toEqual([])
      expect(failuresOf(exporter)).toEqual([])
    } finally {
      await replay.close()
    }
  })
})

const reported = (answers: Recording): unknown =>
  (JSON.parse(answers.get('/runtime/spec')?.body ?? '{}') as { specVersion?: string }).specVersion

const hashAt = (block: RecordedBlock | undefined): string =>
  (JSON.parse(block?.answers.get('/runtime/spec')?.body ?? '{}') as { at: { hash: string } }).at.hash
