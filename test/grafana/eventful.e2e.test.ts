import { expect, onTestFinished, test } from 'vitest'
import { DASHBOARDS } from '../../grafana/dashboards.ts'
import { allQueries, filled } from '../../grafana/queries.ts'
import { inventedAddress } from '../../src/demo/names.ts'
import { allSucceed, coldkey, hotkey, testExporter } from '../support/exporter.ts'
import { simulate } from '../support/simulation.ts'
import { goldenNames } from './families.ts'
import { dataIn, prometheusWith, scraped } from '../support/prometheus.ts'

const MINER = inventedAddress('miner')
const TREASURY = inventedAddress('treasury')
const END = Math.floor(Date.now() / 1000) - 60

/** What an exporter says of a chain on which everything that panels warn of happens to its keys. */
async function eventful(spec: number): Promise<string> {
  const { chain, urls } = await simulate({
    spec,
    subnets: [0, 3, 11],
    limit: () => 8,
    changedTypes: { from: 475, types: { 'SubtensorModule.CollateralLockShare': 'u64' } },
    placed: [{ hotkey: MINER, coldkey: TREASURY, netuids: [3, 11], stake: 7 }],
  })
  const height = chain.height + 9000
  chain.setSwap(TREASURY, {
    ...{ scheduledAt: height, to: inventedAddress('thief') },
    ...{ announcedFor: height, disputedAt: chain.height },
  })
  chain.setIdentity(TREASURY, 'Treasury')
  chain.setPendingChildren(11, MINER, { children: [], from: height })
  chain.advance(3)
  const exporter = await testExporter({
    urls,
    keys: [
      { ...hotkey('miner', MINER), expect: { netuids: [11], active: true } },
      coldkey('treasury', TREASURY),
    ],
    subnets: 'all',
    // Room for the 16 neurons of two subnets.
    maxSeries: 16 * 17,
  })
  await exporter.until((metrics) => allSucceed(metrics) && metrics.includes('followed_block_height'))
  chain.sign(MINER)
  chain.setStake(11, MINER, 9n)
  chain.advance(3)
  return exporter.until(
    (metrics) =>
      /^bittensor_key_extrinsics_total\{.*result="success"\} 1$/m.test(metrics) &&
      /^bittensor_key_extrinsics_total\{.*result="by_others"\} 1$/m.test(metrics),
  )
}

/** What Prometheus says of rules. */
const ALERTS = [
  'ALERTS{alertname="BittensorWatchdog",alertstate="firing",severity="info",subject="exporter"} 1',
  'ALERTS{alertname="BittensorNodeDown",alertstate="firing",severity="critical",subject="node"} 1',
  `ALERTS_FOR_STATE{alertname="BittensorNodeDown",severity="critical",subject="node"} ${END - 300}`,
  'ALERTS{alertname="BittensorNeuronInactive",alertstate="firing",severity="critical",subject="neuron",netuid="11",uid="0"} 1',
  `ALERTS_FOR_STATE{alertname="BittensorNeuronInactive",severity="critical",subject="neuron",netuid="11",uid="0"} ${END - 60}`,
]

test('what no golden exposition has is shown when it happens', async () => {
  const inGolden = await goldenNames()
  const specs = [300, 475]
  const texts = await Promise.all(specs.map(eventful))
  const own = texts.map((text, index) => {
    const fresh = text.replace(/^(bittensor_chain_block_timestamp_seconds\S*) .*$/m, `$1 ${END - 30}`)
    return scraped([fresh, ...ALERTS], `spec-${specs[index]!}`, END)
  })
  const prometheus = await prometheusWith(`${own.join('\n')}\n# EOF\n`)
  onTestFinished(() => prometheus.close())
  const queries = allQueries(DASHBOARDS).filter(
    ({ expr, panel }) => !inGolden(expr) && !panel.startsWith('annotation: '),
  )
  const missing: string[] = []
  for (const { dashboard, panel, refId, expr } of queries) {
    const answers = await Promise.all(
      specs.map((spec) => {
        const values = {
          job: `spec-${spec}`,
          ...{
            node: '.*',
            name: '(miner|treasury)',
            watched: '.*',
            hotkey: `(${MINER})`,
            hotkey_of_name: `(${MINER})`,
          },
          ...{ netuid: '11', uid: '0', __rate_interval: '1m' },
        }
        return prometheus.query(filled(expr, values), END)
      }),
    )
    if (answers.every((answer) => dataIn(answer) === 0))
      missing.push(`${dashboard} / ${panel} / ${refId}: ${expr}`)
  }
  expect(missing).toEqual([])
  expect(queries.length).toBeGreaterThan(15)
})
