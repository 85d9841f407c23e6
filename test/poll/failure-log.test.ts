import { pino } from 'pino'
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { accounts } from '../../src/collectors/accounts.ts'
import { hotkeys } from '../../src/collectors/hotkeys.ts'
import { Exposition } from '../../src/metrics/exposition.ts'
import { SelfMetrics } from '../../src/metrics/self.ts'
import { CollectorResults } from '../../src/poll/results.ts'
import { PollError } from '../../src/poll/round.ts'
import { UpstreamError, type FailureReason } from '../../src/upstream/errors.ts'
import type { LogLine } from '../support/exporter.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: 1_700_000_000_000 }))
afterEach(() => void vi.useRealTimers())

function started() {
  const log: LogLine[] = []
  const sink = { write: (line: string) => void log.push(JSON.parse(line) as LogLine) }
  const logger = pino({ formatters: { level: (level) => ({ level }) } }, sink)
  const self = new SelfMetrics({ version: '0', revision: '0', nodeVersion: '0' }, false, [])
  const results = new CollectorResults(600_000, { exposition: new Exposition([]), self, log: logger })
  onTestFinished(() => {
    results.stop()
  })
  return {
    results,
    lines: () => log.splice(0).map(({ msg, collectors }) => `${msg}: ${String(collectors)}`),
    /** One round in which both collectors fail, some time after the one before. */
    fail: (error: unknown, afterSeconds = 0) => {
      vi.setSystemTime(Date.now() + afterSeconds * 1000)
      const failed = [accounts, hotkeys].map((collector) => ({
        collector,
        seconds: 0,
        warnings: [],
        result: { error },
      }))
      results.record(undefined, failed)
    },
  }
}

const upstream = (reason: FailureReason, message: string, outage = message) =>
  new UpstreamError({ node: 'finney-a', path: '/x', reason, message, outage })

const REFUSED = upstream('connect', 'connection refused')
const TIMED_OUT = upstream('timeout', 'timed out after 10 s')

test('a failure is one line when it begins, and one every 15 minutes', () => {
  const { fail, lines } = started()
  fail(REFUSED)
  expect(lines()).toEqual(['collectors failing: accounts,hotkeys'])
  for (let round = 1; round < 75; round++) fail(REFUSED, 12)
  expect(lines()).toEqual([])
  // The 75th round is 15 minutes after the first.
  fail(REFUSED, 12)
  expect(lines()).toEqual(['collectors still failing: accounts,hotkeys'])
})

test('another reason is a line, at most once a minute', () => {
  const { fail, lines } = started()
  fail(REFUSED)
  fail(TIMED_OUT, 30)
  expect(lines()).toEqual(['collectors failing: accounts,hotkeys'])
  fail(TIMED_OUT, 30)
  expect(lines()).toEqual(['collectors failing for another reason: accounts,hotkeys'])
  fail(TIMED_OUT, 120)
  expect(lines()).toEqual([])
})

test('the same reason in other words is not another: the circuit is open because of it, or a number differs', () => {
  const { fail, lines } = started()
  fail(REFUSED)
  lines()
  fail(upstream('circuit_open', 'not sent: the circuit breaker opened', 'connection refused'), 120)
  expect(lines()).toEqual([])
  fail(new PollError('head 100 is behind the published block 102'), 120)
  expect(lines()).toEqual(['collectors failing for another reason: accounts,hotkeys'])
  fail(new PollError('head 101 is behind the published block 103'), 120)
  expect(lines()).toEqual([])
})

test('the causes of a poll that failed on each node are those of the nodes', () => {
  const { fail, results } = started()
  fail(new PollError('no node can be read', [REFUSED, TIMED_OUT]))
  expect(results.status().map(({ causes, failingSince }) => [causes, failingSince])).toEqual(
    [0, 1].map(() => [
      [
        { node: 'finney-a', reason: 'connection refused' },
        { node: 'finney-a', reason: 'timed out after 10 s' },
      ],
      1_700_000_000_000,
    ]),
  )
})
