import { readdir, readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { ALERTS } from '../../../src/web/problems/alerts.ts'
import { CONDITIONS } from '../../../src/web/problems/conditions.ts'
import { outagesOf } from '../../../src/web/problems/outages.ts'
import { problemsNow } from '../../../src/web/problems/problems.ts'
import { problemsSection } from '../../../src/web/page/problems.ts'
import type { CollectorStatus } from '../../../src/metrics/status.ts'
import { readAlerts } from '../../alertmanager/rules.ts'
import { literalComparisons } from '../../support/literals.ts'
import { webStateOf } from '../../support/web-state.ts'

test('every shipped alert is judged, or has a reason why it is not', async () => {
  const shipped = (await readAlerts()).map(({ alert }) => alert).toSorted()
  expect(Object.keys(CONDITIONS).toSorted()).toEqual(shipped)
  expect(Object.keys(ALERTS).toSorted()).toEqual(shipped)
})

test('the summaries of alerts use labels alone, which the page can fill in', async () => {
  const others = (await readAlerts()).filter(({ annotations: { summary = '' } }) =>
    summary.replace(/\{\{ \$labels\.\w+ \}\}/g, '').includes('{{'),
  )
  expect(others).toEqual([])
})

test('neither page nor API has a limit of its own', async () => {
  const own: string[] = []
  for (const folder of ['src/web/page', 'src/web/api', 'src/web/problems'])
    for (const name of await readdir(folder))
      own.push(
        ...literalComparisons(await readFile(`${folder}/${name}`, 'utf8')).map((text) => `${name}: ${text}`),
      )
  expect(own).toEqual([
    // The range of HTTP status codes.
    'plugin.ts: statusCode >= 400',
    'plugin.ts: statusCode < 500',
  ])
})

test('a limit is found by its number, and by its name', () => {
  expect(
    literalComparisons('const A = 120, B = 0\nconst f = (x: number) => x > A || 3 <= x || x > B'),
  ).toEqual(['x > A', '3 <= x'])
})

const NOW = 1_700_000_000

const status = (collector: string, change: Partial<CollectorStatus> = {}): CollectorStatus => ({
  collector,
  node: undefined,
  success: false,
  lastSuccess: undefined,
  error: 'finney-a: POST /: connection refused',
  failingSince: (NOW - 120) * 1000,
  causes: [{ node: 'finney-a', reason: 'connection refused' }],
  warnings: [],
  published: false,
  ...change,
})

const textOf = (html: string): string => html.replace(/<[^>]*>/g, '').replace(/\s+/g, ' ')

test('collectors that wait for one thing are one outage, since the first of them began to fail', () => {
  const outages = outagesOf([
    status('chain'),
    status('accounts', { failingSince: (NOW - 300) * 1000 }),
    status('node', { node: 'finney-a' }),
    status('swaps', { causes: [{ node: 'finney-a', reason: 'answered 500' }] }),
    status('value', { success: true, failingSince: undefined, causes: [] }),
  ])
  expect(outages).toEqual([
    {
      node: 'finney-a',
      reason: 'connection refused',
      since: NOW - 300,
      collectors: [
        { collector: 'chain', node: undefined },
        { collector: 'accounts', node: undefined },
        { collector: 'node', node: 'finney-a' },
      ],
    },
    {
      node: 'finney-a',
      reason: 'answered 500',
      since: NOW - 120,
      collectors: [{ collector: 'swaps', node: undefined }],
    },
  ])
})

test('a collector that waits for several nodes is part of the outage of each', () => {
  const both = ['finney-a', 'finney-b'].map((node) => ({ node, reason: 'timed out' }))
  expect(outagesOf([status('chain', { causes: both })]).map(({ node }) => node)).toEqual([
    'finney-a',
    'finney-b',
  ])
})

test('an outage is one item with its reason, its age and what it causes', () => {
  const state = webStateOf({
    status: [status('chain'), status('accounts'), status('node', { node: 'finney-a' })],
  })
  const problems = problemsNow(state, NOW * 1000)
  const section = problemsSection(problems, NOW * 1000)
  expect(section.match(/<ul class="plain problems">\s*<li>/g)).toHaveLength(1)
  expect(section).toContain('<section class="wrong" aria-labelledby="wrong">')
  const text = textOf(section)
  expect(text).toContain(
    'finney-a: connection refused, since 2 min; 3 collectors wait for it: chain, accounts, node of finney-a',
  )
  expect(text).toContain(ALERTS.BittensorAllNodesDown.summary)
  expect(text).toContain(`${ALERTS.BittensorNodeDown.summary} Runbook BittensorNodeDown finney-a`)
  expect(text).toContain(
    `${ALERTS.BittensorExporterDataStale.summary} Runbook BittensorExporterDataStale chain, accounts`,
  )
  // Each problem belongs to the outage, so nothing else is in the list.
  expect(problems.problems.map(({ outage }) => outage)).toEqual(problems.problems.map(() => 0))
})

test('without problems, the page says how much it judges, and what it does not know', () => {
  const recent = status('chain', {
    success: true,
    error: undefined,
    failingSince: undefined,
    causes: [],
    lastSuccess: NOW * 1000,
  })
  const text = textOf(problemsSection(problemsNow(webStateOf({ status: [recent] }), NOW * 1000), NOW * 1000))
  const judged = Object.values(CONDITIONS).filter((condition) => typeof condition === 'function').length
  expect(text).toContain(`None of the ${judged} conditions that are judged here is true.`)
  expect(text).toContain(
    `Not known here: ${Object.keys(CONDITIONS).length - judged} alerts that only Prometheus can judge`,
  )
  expect(text).toMatch(/needs earlier values, which only Prometheus keeps: .*BittensorNeuronDeregistered/)
})
