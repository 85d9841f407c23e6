import { pino } from 'pino'
import { expect, test } from 'vitest'
import { SelfMetrics } from '../../src/metrics/self.ts'
import { SourceSelector } from '../../src/source/selector.ts'
import { valueOf } from '../support/parse-exposition.ts'
import type { LogLine } from '../support/exporter.ts'

const GENESIS = `0x${'1'.repeat(64)}`
const OTHER = `0x${'2'.repeat(64)}`

const health = (genesis: string) => ({ chain: { genesis, name: 'X' }, syncing: false, height: 9 })

const client = (node: string) => ({ node, client: {} })

function selectorOf(nodes: readonly { readonly node: string; readonly client: object }[], genesis?: string) {
  const log: LogLine[] = []
  const sink = { write: (line: string) => void log.push(JSON.parse(line) as LogLine) }
  const self = new SelfMetrics({ version: '0', revision: '0', nodeVersion: '0' }, false, ['a', 'b'])
  const selector = new SourceSelector({ self, log: pino({ base: null }, sink) })
  selector.handle({ kind: 'nodes-replaced', nodes, genesis })
  return { selector, self, log }
}

/** Whether a promise has resolved, after everything that does not wait for input has run. */
const isResolved = (promise: Promise<void>): Promise<boolean> =>
  Promise.race([promise.then(() => true), new Promise<boolean>((resolve) => setImmediate(resolve, false))])

test('is ready when more than half of the nodes agree on a chain', async () => {
  const { selector } = selectorOf([client('a'), client('b'), client('c')])
  const ready = selector.ready(new AbortController().signal)
  selector.handle({ kind: 'node-assessed', node: 'a', health: health(GENESIS) })
  expect(await isResolved(ready)).toBe(false)
  selector.handle({ kind: 'node-assessed', node: 'b', health: health(GENESIS) })
  expect(await isResolved(ready)).toBe(true)
  expect(await isResolved(selector.ready(new AbortController().signal))).toBe(true)
})

test('is ready when all nodes were asked, even without an answer', async () => {
  const { selector } = selectorOf([client('a'), client('b')])
  const ready = selector.ready(new AbortController().signal)
  selector.handle({ kind: 'node-unreachable', node: 'a', reason: 'timeout' })
  expect(await isResolved(ready)).toBe(false)
  selector.handle({ kind: 'node-assessed', node: 'b', health: health(GENESIS) })
  expect(await isResolved(ready)).toBe(true)
})

test('waiting ends when the signal is aborted, before or during the wait', async () => {
  const { selector } = selectorOf([client('a')])
  const stop = new AbortController()
  const ready = selector.ready(stop.signal)
  stop.abort()
  expect(await isResolved(ready)).toBe(true)
  expect(await isResolved(selector.ready(stop.signal))).toBe(true)
})

test('writes the log entries and counts the refusals of each event', async () => {
  const { selector, self, log } = selectorOf([client('a'), client('b')], GENESIS)
  selector.handle({ kind: 'node-assessed', node: 'a', health: health(OTHER) })
  selector.handle({ kind: 'node-assessed', node: 'b', health: health(GENESIS) })
  for (let poll = 0; poll < 3; poll++) expect(selector.handle({ kind: 'poll-started' })).toEqual(['b'])
  const counted = `bittensor_exporter_refused_views_total{node="a",reason="chain"}`
  expect(valueOf(await self.text('text'), counted)).toBe(3)
  expect(log).toMatchObject([
    {
      level: 40,
      msg: 'node refused',
      node: 'a',
      reason: 'it is on another chain',
      chain: { genesis: OTHER, name: 'X' },
      expected: { genesis: GENESIS },
    },
  ])
})
