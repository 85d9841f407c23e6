import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, expect, onTestFinished, test, vi } from 'vitest'
import type { Problems } from '../../../src/web/api/schema.ts'
import { CONDITIONS } from '../../../src/web/problems/conditions.ts'
import { inventedAddress } from '../../../src/demo/names.ts'
import type { SimulatedChain } from '../../../src/demo/chain.ts'
import { ConfigError } from '../../../src/config/error.ts'
import { Latest } from '../../../src/collectors/lib/latest.ts'
import type { Decimals } from '../../../src/chain/money.ts'
import { problemsNow } from '../../../src/web/problems/problems.ts'
import type { WebState } from '../../../src/web/web-state.ts'
import { webStateOf } from '../../support/web-state.ts'
import { build, type Built, type BuildOptions } from '../../support/build.ts'
import { coldkey, hotkey, type TestExporter } from '../../support/exporter.ts'
import { until } from '../../support/until.ts'
import { firing } from './evaluate.ts'

const HOT = inventedAddress('truth/hot')
const COLD = inventedAddress('truth/cold')
const placed = [{ hotkey: HOT, coldkey: COLD, netuids: [0, 1, 3], stake: 1234.5 }]
/** UID of the watched hotkey on its subnets. */
const UID = 0

const BLOCK_MS = 12_000

const KEYS = [hotkey('mine', HOT), coldkey('treasury', COLD)]

/** A state of the chain, the nodes and the exporter, and the alerts that it makes true; what others they make true is compared too. */
interface State extends Omit<BuildOptions, 'chain'> {
  readonly name: string
  readonly chain?: BuildOptions['chain']
  readonly act?: (built: Built) => void | Promise<void>
  /** By alert name, in any order; each at least once. */
  readonly alerts: readonly string[]
}

const lastUpdates = (chain: SimulatedChain, netuid: number, age: number) =>
  chain
    .truth(chain.height)
    .subnets.get(netuid)!
    .lastUpdate.map((heights) =>
      heights.map((height, uid) => (uid === UID ? chain.height + 1 - age : height)),
    )

const failing = (exporter: TestExporter) =>
  exporter.until((metrics) => /collector_success\{.*\} 0/.test(metrics))

/** Lets time pass. What succeeds does so again afterwards; the samples of what fails stay published. */
const pass = async (seconds: number): Promise<void> => {
  vi.setSystemTime(Date.now() + seconds * 1000)
  await sleep(400)
}

const STATES: readonly State[] = [
  { name: 'all is well', alerts: [] },
  {
    name: 'the chain stands still',
    chain: { startTime: Date.now() - 3_600_000 },
    alerts: ['BittensorChainStateOld', 'BittensorNodeStalled'],
  },
  {
    name: 'a validator is late',
    act({ chain }) {
      chain.setPermit(1, UID, true)
      // 66 % of the cutoff of 5000 blocks.
      chain.setSubnet(1, {
        lastUpdate: lastUpdates(chain, 1, 3300),
        activityCutoff: 5000,
        activityCutoffFactorMilli: 50_000,
      })
    },
    alerts: ['BittensorNeuronUpdateOverdue', 'BittensorNeuronUpdateLate'],
  },
  {
    name: 'a validator is inactive, and another subnet has it without a permit',
    act({ chain }) {
      chain.setPermit(1, UID, true)
      chain.setActive(1, UID, false)
      chain.setPermit(3, UID, false)
      chain.setActive(3, UID, false)
    },
    alerts: ['BittensorNeuronInactive'],
  },
  {
    name: 'the configuration names what does not exist',
    keys: [...KEYS, hotkey('ghost', inventedAddress('truth/ghost'))],
    subnets: [1, 99],
    alerts: ['BittensorHotkeyUnknown', 'BittensorExporterSubnetMissing'],
  },
  {
    name: 'a reload fails',
    async act({ exporter }) {
      const error = new ConfigError([{ file: 'exporter.yml', path: 'x', message: 'bad' }])
      await exporter.reconfigure({ error })
    },
    alerts: ['BittensorExporterReloadFailed'],
  },
  {
    name: 'one of two nodes is down for long',
    sidecars: [{}, {}],
    async act({ sidecars, exporter }) {
      sidecars[1]!.fault(/./, { destroy: true })
      await failing(exporter)
      await pass(2)
    },
    alerts: ['BittensorNodeDown', 'BittensorExporterCollectorFailing'],
  },
  {
    name: 'all nodes are down for long',
    sidecars: [{}, {}],
    async act({ sidecars, exporter }) {
      for (const sidecar of sidecars) sidecar.fault(/./, { destroy: true })
      await failing(exporter)
      await exporter.until((metrics) => !/collector_success\{.*\} 1/.test(metrics))
      await pass(400)
    },
    alerts: [
      'BittensorAllNodesDown',
      'BittensorNodeDown',
      'BittensorExporterNotReady',
      'BittensorExporterDataStale',
      'BittensorExporterCollectorFailing',
    ],
  },
  {
    name: 'one collector cannot be read',
    async act({ chain, sidecars, exporter }) {
      sidecars[0]!.fault('ColdkeySwapAnnouncements', { status: 500 })
      chain.advance()
      await failing(exporter)
      await pass(2)
    },
    alerts: ['BittensorExporterCollectorFailing'],
  },
  {
    name: 'nodes differ',
    chain: { startTime: Date.now() - 40 * BLOCK_MS },
    act({ chain }) {
      chain.advance(40)
    },
    sidecars: [
      {},
      { health: { peers: 2, syncing: true, clientVersion: '4.0.1' } },
      { health: { peers: 149, lag: 30 } },
      { health: { chainName: 'Bittensor Testnet', peers: 0, shouldHavePeers: false } },
    ],
    alerts: [
      'BittensorNodeIsolated',
      'BittensorNodePeersLow',
      'BittensorNodeSyncing',
      'BittensorNodeBehind',
      'BittensorNodeStalled',
      'BittensorNodeChainsDiffer',
      'BittensorNodeVersionsDiffer',
    ],
  },
  {
    name: 'the chain was upgraded to a runtime that the exporter does not know, and a node has not seen it',
    sidecars: [{}, { health: { lag: 8 } }],
    act({ chain }) {
      chain.setSpec(999)
    },
    alerts: ['BittensorExporterOutdated', 'BittensorNodeSpecVersionsDiffer'],
  },
  {
    name: 'a runtime changed a type',
    chain: { changedTypes: { from: 0, types: { 'SubtensorModule.TotalStake': 'u8' } } },
    alerts: ['BittensorExporterUnknownLayout'],
  },
  {
    name: 'extrinsics are misread',
    sidecars: [{ health: { typesBundle: false } }],
    async act({ chain, exporter }) {
      chain.sign(COLD)
      chain.advance(3)
      await exporter.until((metrics) =>
        metrics.includes('bittensor_node_decodes_extrinsics{node="node-a"} 0'),
      )
    },
    alerts: ['BittensorNodeMisreadsExtrinsics'],
  },
  {
    name: 'swaps are announced and disputed, and child keys change',
    // Child keys are looked for every 50 blocks.
    chain: { startTime: Date.now() - 60 * BLOCK_MS },
    act({ chain }) {
      chain.advance(60)
      chain.setSwap(COLD, { announcedFor: chain.height + 100, disputedAt: chain.height })
      chain.setPendingChildren(1, HOT, {
        children: [[1n, inventedAddress('truth/child')]],
        from: chain.height + 7200,
      })
    },
    alerts: ['BittensorColdkeySwapAnnounced', 'BittensorColdkeySwapDisputed', 'BittensorChildKeysPending'],
  },
  {
    name: 'a swap is scheduled, by an older runtime',
    chain: { spec: 300 },
    act({ chain }) {
      chain.setSwap(COLD, { scheduledAt: chain.height + 100, to: inventedAddress('truth/new') })
    },
    alerts: ['BittensorColdkeySwapScheduled'],
  },
  {
    name: 'expectations are not met',
    keys: [
      { ...hotkey('mine', HOT), expect: { coldkey: inventedAddress('truth/other'), netuids: [1, 11] } },
      { ...coldkey('treasury', COLD), expect: { minFreeTao: '1000000' } },
    ],
    alerts: ['BittensorExpectationNotMet', 'BittensorFreeBalanceBelowMinimum'],
  },
  {
    name: 'a neuron on a full subnet is next, and its immunity ends',
    chain: { limit: () => 8 },
    act({ chain }) {
      const subnet = chain.truth(chain.height).subnets.get(1)!
      chain.setSubnet(1, { immunityPeriod: chain.height + 100 - subnet.registeredAt[UID]! })
    },
    alerts: ['BittensorNeuronPruningNear', 'BittensorNeuronImmunityEnding', 'BittensorNeuronPruningSoon'],
  },
  {
    name: 'there would be too many series',
    subnets: [1, 11],
    maxSeries: 20,
    alerts: ['BittensorExporterSubnetLeftOut'],
  },
]

const seen = new Set<string>()

test.each(STATES)('page, API and alerts agree: $name', async ({ name: _, chain, act, alerts, ...config }) => {
  const built = await build({
    chain: { placed, startTime: Date.now(), ...chain },
    keys: KEYS,
    subnets: [1, 3],
    ...config,
  })
  const { exporter } = built
  onTestFinished(() => void vi.useRealTimers())
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
  await act?.(built)
  built.chain.advance(3)
  await sleep(400)
  const { metrics, problems, at } = await steady(exporter)
  const fired = (await firing(metrics, at)).filter(({ alert }) => isJudged(alert))
  const shown = problems.problems.flatMap(({ alert, summary, labels }) =>
    alert === null ? [] : [{ alert, summary, labels }],
  )
  expect(ordered(shown)).toEqual(ordered(fired))
  for (const alert of alerts) expect(shown.map((problem) => problem.alert)).toContain(alert)
  if (alerts.length === 0) expect(shown).toEqual([])
  for (const { alert } of shown) seen.add(alert)
  const page = textOf(await (await fetch(exporter.url)).text())
  for (const { summary } of shown) expect(page).toContain(summary)
})

/** States that the simulation does not reach, by what the exporter would show. */
const INVENTED: readonly {
  readonly name: string
  readonly alert: string
  readonly isTrue: boolean
  readonly exposition: string
  readonly state: WebState
}[] = [
  ...[973, 974].map((height) => ({
    name: `blocks up to ${height} of 1000 are followed`,
    alert: 'BittensorExporterFollowerBehind',
    // 25 blocks, and one of the poll interval, may be missing.
    isTrue: height === 973,
    exposition: `bittensor_chain_block_height 1000
bittensor_followed_block_height ${height}
bittensor_exporter_poll_interval_seconds 12
`,
    state: webStateOf({ latest: followedUpTo(height) }),
  })),
  {
    name: 'the demo runs',
    alert: 'BittensorExporterDemo',
    isTrue: true,
    exposition: 'bittensor_exporter_demo 1\n',
    state: webStateOf({ demo: true }),
  },
]

function followedUpTo(height: number): Latest {
  const origin = { node: 'node-a', block: { height: 1000, hash: '0x00' }, decimals: 9 as Decimals }
  const latest = new Latest()
  latest.set('chain', undefined, { data: { unknown: [] }, ...origin })
  latest.set('extrinsics', undefined, { data: { followed: { height } }, ...origin })
  return latest
}

test.each(INVENTED)('page, API and alerts agree: $name', async ({ alert, isTrue, exposition, state }) => {
  const fired = (await firing(exposition, 0)).filter((each) => each.alert === alert)
  const shown = problemsNow(state, 0).problems.filter((problem) => problem.alert === alert)
  expect(ordered(shown.map((problem) => ({ ...problem, alert })))).toEqual(ordered(fired))
  expect(shown).toHaveLength(isTrue ? 1 : 0)
  if (isTrue) seen.add(alert)
})

afterAll(() => {
  const judged = Object.keys(CONDITIONS).filter(isJudged)
  expect(judged.filter((alert) => !seen.has(alert))).toEqual([])
})

const isJudged = (alert: string): boolean =>
  typeof CONDITIONS[alert as keyof typeof CONDITIONS] === 'function'

/** Metrics and problems of the same moment: the problems before and after the scrape are the same. */
const steady = (exporter: TestExporter) =>
  until(async () => {
    const problemsNow = async () =>
      (await (await fetch(`${exporter.url}/api/v1/problems`)).json()) as Problems
    const before = await problemsNow()
    const at = Date.now() / 1000
    const metrics = await exporter.metrics()
    const after = await problemsNow()
    const names = ({ problems }: Problems) =>
      JSON.stringify(problems.map(({ alert, labels }) => [alert, labels]))
    return names(before) === names(after) && { metrics, problems: after, at }
  })

const ordered = (
  found: readonly { readonly alert: string; readonly labels: object; readonly summary: string }[],
) =>
  found
    .map(
      ({ alert, summary, labels }) =>
        `${alert} ${JSON.stringify(Object.entries(labels).toSorted())} ${summary}`,
    )
    .toSorted()

const textOf = (html: string): string =>
  html
    .replace(/<[^>]*>/g, '')
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))
    .replace(/\s+/g, ' ')
