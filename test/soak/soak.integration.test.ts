import { expect, test } from 'vitest'
import { FAULTS } from './faults.ts'
import { soak } from './soak.ts'
import { startSubject } from './subject.ts'

/** The short version of `npm run soak`: always the same faults. */
test('nothing false is published while a Sidecar and two nodes fail; everything is back once they recover', async () => {
  const report = await soak({
    seed: 6,
    polls: 200,
    otherChain: true,
    intervalMs: 40,
    storm: 20,
    chapterMs: 3000,
    start: startSubject,
  })
  expect(report.faults).toEqual([])
  expect(report.compared).toBeGreaterThan(100_000)
  expect(report.recoveries).toBeGreaterThan(5)
  expect([...report.sources.keys()].toSorted()).toEqual(['rpc', 'sidecar'])
  // Which come to pass in so short a run depends on the circuit breakers' timing too; most of them do.
  const kinds = [...Object.keys(FAULTS), 'refused', 'hash vanished', 'another block', 'another chain']
  expect(kinds.filter((kind) => report.injected.has(kind)).length).toBeGreaterThan(kinds.length / 2)
}, 300_000)
