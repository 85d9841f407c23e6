import { pino } from 'pino'
import { expect, test } from 'vitest'
import { SelfMetrics } from '../../src/metrics/self.ts'
import { Sources } from '../../src/source/source.ts'

const GENESIS = `0x${'1'.repeat(64)}`
const OTHER = `0x${'2'.repeat(64)}`

const assessment = (genesis: string) => ({ chain: { genesis, name: 'X' }, syncing: false, height: 9 })

function sources() {
  const self = new SelfMetrics({ version: '0', revision: '0', nodeVersion: '0' }, false, ['a', 'b'])
  return new Sources({ self, log: pino({ level: 'silent' }) })
}

/** Two nodes of one chain, read from the first. */
function readFromA() {
  const [a, b] = [{ node: 'a' }, { node: 'b' }]
  const all = sources()
  all.replace([a, b], undefined)
  for (const node of ['a', 'b']) all.assessed(node, assessment(GENESIS))
  all.elect()
  all.choose('a', true)
  return { all, a, b }
}

test('another configuration leaves the source, and what is known of the nodes that stay', () => {
  const { all, a, b } = readFromA()
  all.replace([{ node: 'c' }, b, a], GENESIS)
  expect([all.current, all.elect()]).toEqual(['a', ['a', 'b', 'c']])
})

test('a node that is reached in another way is another node: it is not the source before it was asked', async () => {
  const { all, b } = readFromA()
  all.replace([{ node: 'a' }, b], undefined)
  expect(all.current).toBe(undefined)
  let isKnown = false
  const known = all.known(new AbortController().signal).then(() => (isKnown = true))
  await Promise.resolve()
  expect(isKnown).toBe(false)
  all.assessed('a', assessment(OTHER))
  await known
  expect(all.elect()).toEqual(['b'])
})

test('a genesis that is configured for a chain other than the published one is read by nobody', () => {
  const { all, a, b } = readFromA()
  all.replace([a, b], OTHER)
  all.assessed('b', assessment(OTHER))
  expect(all.elect()).toEqual([])
  expect(all.refusals).toMatch(/^a is not read from: .* restart the exporter to read another chain; b is/)
  all.replace([a, b], GENESIS)
  expect(all.elect()).toEqual(['a'])
})

test('waiting for the nodes ends with the signal', async () => {
  const all = sources()
  all.replace([{ node: 'a' }], undefined)
  const stop = new AbortController()
  const known = all.known(stop.signal)
  stop.abort()
  await known
})
