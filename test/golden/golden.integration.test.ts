import { describe, expect, test } from 'vitest'
import { COLLECTORS } from '../../src/collectors/index.ts'
import { allSucceed, hotkey, published, testExporter } from '../support/exporter.ts'
import { itemOf, loadRecording, startReplay } from '../support/replay.ts'
import { ALL, missingFrom, NOT_RECORDED } from './golden.config.ts'
import { expectedOf } from './oracle.ts'
import { seriesOf } from '../support/parse-exposition.ts'
import { RECORDED_SPECS } from '../support/specs.ts'

const ARTICLE = {
  keys: [hotkey('validator', '5F4tQyWrhfGVcNhoqeiNsR6KjD4wMZ2kfhLj4oHYuyHbZAc3')],
  subnets: 'watched',
  // It reads all 1200 neurons of the subnet, which are not recorded.
  collectors: { extrinsics: false, deregistration: false },
} as const

/** Everything, from what the real Sidecar answered on the wire to what is served on /metrics. */
async function exposed(name: string, config: typeof ALL | typeof ARTICLE): Promise<string> {
  const recording = await loadRecording(name)
  const replay = await startReplay(recording)
  try {
    const exporter = await testExporter({
      urls: [replay.url],
      ...config,
      poll: { intervalMs: 600_000, staleAfterMs: 1_200_000 },
    })
    const off = Object.keys(config.collectors).length
    const text = published(await exporter.until((metrics) => allSucceed(metrics, COLLECTORS.length - off)))
    expect(missingFrom(replay)).toEqual([])
    return text
  } finally {
    await replay.close()
  }
}

const SPECS = RECORDED_SPECS.map(String)

test('no item that is recorded counts as not recorded', async () => {
  const recordings = await Promise.all(SPECS.map(loadRecording))
  const items = new Set(recordings.flatMap((recording) => Array.from(recording.keys(), itemOf)))
  expect(items).toContain('SubtensorModule.Tempo')
  expect(NOT_RECORDED.filter((item) => items.has(item))).toEqual([])
})

describe.each(SPECS)('spec %s, recorded from Sidecar 18', (spec) => {
  test('is exposed as the golden file says', async () => {
    await expect(await exposed(spec, ALL)).toMatchFileSnapshot(`${spec}.prom`)
  })

  test('is what plain arithmetic on the recorded answers gives', async () => {
    const text = await exposed(spec, ALL)
    const lines = seriesOf(text)
    const expected = expectedOf(await loadRecording(spec))
    expect(expected.size).toBeGreaterThan(400)
    for (const [series, value] of expected) expect([series, lines.get(series)]).toEqual([series, value])
    const judged = new Set(Array.from(expected.keys(), (series) => series.replace(/\{.*/, '')))
    const unjudged = [...lines.keys()].filter(
      (series) => judged.has(series.replace(/\{.*/, '')) && !expected.has(series),
    )
    expect(unjudged).toEqual([])
  })
})

describe('the neuron of the Unit 410 article', () => {
  const NEURON = '{netuid="1",uid="1169",hotkey="5F4tQyWrhfGVcNhoqeiNsR6KjD4wMZ2kfhLj4oHYuyHbZAc3"} '
  const HOTKEY = '{address="5F4tQyWrhfGVcNhoqeiNsR6KjD4wMZ2kfhLj4oHYuyHbZAc3",name="validator"} '
  const COLDKEY = '{address="5Ccmf1dJKzGtXX7h17eN72MVMRsFwvYjPVmkXPUaapczECf6",name="validator/coldkey"} '

  test('is exposed as the article prints it', async () => {
    const lines = (await exposed('article-103', ARTICLE)).split('\n')
    // The recorded node had made one finalized block since it was seeded: 246 and 1.
    expect(lines).toEqual(
      expect.arrayContaining([
        'bittensor_node_peers{node="node-a"} 387',
        'bittensor_chain_total_issuance_tao 9712345.678901235',
        `bittensor_neuron_stake_tao${NEURON}785266.577834045`,
        `bittensor_neuron_validator_trust_ratio${NEURON}0.8839551384756237`,
        `bittensor_neuron_dividends_ratio${NEURON}0.22926680399786373`,
        `bittensor_neuron_emission_tao${NEURON}11.463921703`,
        `bittensor_neuron_validator_permit${NEURON}1`,
        `bittensor_neuron_active${NEURON}1`,
        `bittensor_neuron_updated_blocks${NEURON}247`,
        `bittensor_neuron_rank_ratio${NEURON}0`,
        `bittensor_account_free_tao${HOTKEY}0.00086`,
        `bittensor_account_nonce${HOTKEY}444`,
        `bittensor_account_free_tao${COLDKEY}0.500001`,
      ]),
    )
    expect(Number('9712345.678901235')).toBe(Number('9712345.678901234'))
  })
})
