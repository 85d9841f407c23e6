import { setTimeout as sleep } from 'node:timers/promises'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import type { Block } from '../../src/chain/block.ts'
import { chain as chainCollector } from '../../src/collectors/chain.ts'
import { Exposition } from '../../src/metrics/exposition.ts'
import { SelfMetrics } from '../../src/metrics/self.ts'
import { HeadLook } from '../../src/poll/head-look.ts'
import { runLoop, type Look } from '../../src/poll/loop.ts'
import { Polling } from '../../src/poll/polling.ts'
import { CollectorResults } from '../../src/poll/results.ts'
import type { UpstreamClient } from '../../src/upstream/client.ts'
import { UpstreamError } from '../../src/upstream/errors.ts'
import { rpcClient } from '../../src/upstream/rpc/client.ts'
import { sidecarClient } from '../../src/upstream/sidecar/client.ts'
import { simulate } from '../support/simulation.ts'
import { blockAt, chainMethods, fakeNode, hashOf, rpcHttp } from '../upstream/rpc/node.ts'
import { client as sidecarHttp } from '../upstream/sidecar/server.ts'

const INTERVAL_MS = 12_000

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
})

afterEach(() => {
  vi.useRealTimers()
})

/** A source whose head is `height()`, and polls that publish it. */
function watched(height: () => number, peekHead?: UpstreamClient['peekHead']) {
  const start = performance.now()
  let published: Block | undefined
  let peeks = 0
  const peek = (signal: AbortSignal): Promise<Block> => {
    peeks += 1
    return peekHead?.(signal) ?? Promise.resolve(blockAt(height()))
  }
  const chain = {
    get published() {
      return published
    },
    sources: [{ ...rpcClient(rpcHttp('http://127.0.0.1:9')), peekHead: peek }],
  }
  const look = new HeadLook(chain, INTERVAL_MS)
  const polls: [seconds: number, height: number][] = []
  const poll = () =>
    look.during(() => {
      published = blockAt(height())
      polls.push([(performance.now() - start) / 1000, published.height])
      return Promise.resolve()
    })
  return { chain, look, poll, polls, peeks: () => peeks }
}

const { signal } = new AbortController()

test('a block is read within two seconds once the polls have moved to the time of the blocks', async () => {
  // Blocks at 0.5 s, 12.5 s, 24.5 s and so on.
  const start = performance.now()
  const height = () => 100 + Math.floor((performance.now() - start + 11_500) / 12_000)
  const { look, poll, polls } = watched(height)
  const abort = new AbortController()
  const ended = runLoop(INTERVAL_MS, abort.signal, poll, () => look.hasNewBlock(abort.signal))
  await vi.advanceTimersByTimeAsync(300_000)
  abort.abort()
  await ended
  // The height when each block was read first, and the seconds since it came.
  const delays = polls
    .filter(([, height], index) => polls[index - 1]?.[1] !== height)
    .map(([seconds, height]) => seconds - ((height - 101) * 12 + 0.5))
  expect(delays.length).toBeGreaterThan(20)
  expect(Math.max(...delays.slice(8))).toBeLessThanOrEqual(2)
  // Not more than one poll per three quarters of the interval publishes a block, and each block is read.
  expect(polls.map(([, height]) => height)).toEqual(expect.arrayContaining([100, 101, 102, 103, 124]))
})

test('blocks that come faster than the interval do not make polls more frequent than three quarters of it', async () => {
  const { look, poll, polls } = watched(() => 100 + Math.floor(performance.now()))
  const abort = new AbortController()
  const ended = runLoop(INTERVAL_MS, abort.signal, poll, () => look.hasNewBlock(abort.signal))
  await vi.advanceTimersByTimeAsync(120_000)
  abort.abort()
  await ended
  // The first look after 9 s is at 10 s.
  expect(polls.map(([seconds]) => seconds)).toEqual(Array.from({ length: 13 }, (_, index) => index * 10))
})

test('a poll that publishes nothing does not pause the looks, one that fails after a look does', async () => {
  let height = 100
  const { look, poll, peeks } = watched(() => height)
  await poll()
  await vi.advanceTimersByTimeAsync(9000)
  await poll()
  expect(await look.hasNewBlock(signal)).toBe(false)
  height = 101
  expect(await look.hasNewBlock(signal)).toBe(true)
  expect(await look.hasNewBlock(signal)).toBe(false)
  expect(peeks()).toBe(2)
  await vi.advanceTimersByTimeAsync(9000)
  expect(await look.hasNewBlock(signal)).toBe(true)
})

test('a head behind the published block, or another one at its height, is nothing new', async () => {
  let height = 100
  const { look, poll } = watched(
    () => height,
    () => Promise.resolve({ height, hash: hashOf(height, 7) }),
  )
  await poll()
  await vi.advanceTimersByTimeAsync(9000)
  expect(await look.hasNewBlock(signal)).toBe(false)
  height = 99
  expect(await look.hasNewBlock(signal)).toBe(false)
})

test('a node that does not answer is left to the next poll; other errors are faults', async () => {
  let error: Error = new UpstreamError({ node: 'a', path: '/', reason: 'connect', message: 'refused' })
  const { look, poll } = watched(
    () => 100,
    () => Promise.reject(error),
  )
  await poll()
  await vi.advanceTimersByTimeAsync(9000)
  expect(await look.hasNewBlock(signal)).toBe(false)
  error = new TypeError('a fault')
  await expect(look.hasNewBlock(signal)).rejects.toThrow('a fault')
})

test('nothing is asked before the first block is published', async () => {
  const { look, peeks } = watched(() => 100)
  expect(await look.hasNewBlock(signal)).toBe(false)
  expect(peeks()).toBe(0)
})

test('only a node that is read by JSON-RPC is asked, and not one with a low rate limit', () => {
  const peeks = (requestsPerSecond?: number) =>
    rpcClient(rpcHttp('http://127.0.0.1:9', { requestsPerSecond })).peekHead !== undefined
  expect([peeks(), peeks(100), peeks(5), peeks(4.9), peeks(1)]).toEqual([true, true, true, false, false])
  expect(sidecarClient(sidecarHttp('http://127.0.0.1:9')).peekHead).toBeUndefined()
})

test('a look is one call, and one more for the header of a block that is new', async () => {
  vi.useRealTimers()
  const node = await fakeNode(chainMethods({ metadata: () => '', specAt: () => 475, finalized: 100 }))
  const { peekHead } = rpcClient(rpcHttp(node.url))
  const calls = () => node.requests.flat().map(({ method }) => method)
  expect(await peekHead?.(signal)).toEqual(blockAt(100))
  expect(await peekHead?.(signal)).toEqual(blockAt(100))
  expect(calls()).toEqual(['chain_getFinalizedHead', 'chain_getHeader', 'chain_getFinalizedHead'])
  node.methods.set('chain_getFinalizedHead', () => hashOf(101))
  expect(await peekHead?.(signal)).toEqual(blockAt(101))
})

test('the polls of a plan look at the head of the source', async () => {
  vi.useRealTimers()
  const { chain, urls } = await simulate({}, { rpc: true })
  let poll: (() => Promise<void>) | undefined
  let look: Look | undefined
  const log = pino({ level: 'silent' })
  const self = new SelfMetrics({ version: '0', revision: '0', nodeVersion: '0' }, false, ['a'])
  const exposition = new Exposition(chainCollector.families)
  const results = new CollectorResults(60_000, { exposition, self, log })
  const polling = new Polling({
    results,
    self,
    log,
    table: exposition.table,
    schedule(_intervalMs, _signal, run, runEarly) {
      // Only the loop of the chain has a look.
      if (runEarly !== undefined) [poll, look] = [run, runEarly]
      return run()
    },
  })
  onTestFinished(async () => {
    results.stop()
    await polling.stop()
  })
  const gapMs = 15
  await polling.apply({
    nodes: [{ name: 'a', api: 'rpc', url: urls[0] ?? '', headers: {}, timeoutMs: 5000, concurrency: 4 }],
    scope: { hotkeys: [], coldkeys: [], subnets: [], maxSeries: 1000 },
    collects: ({ name }) => name === chainCollector.name,
    intervalMs: gapMs / 0.75,
    staleAfterMs: 60_000,
  })
  await polling.ended()
  const before = chain.finalizedHeight
  expect(results.latest.newest()?.block.height).toBe(before)
  await sleep(gapMs + 1)
  expect(await look?.()).toBe(false)
  chain.advance(1)
  expect(await look?.()).toBe(true)
  await poll?.()
  expect(results.latest.newest()?.block.height).toBe(before + 1)
})
