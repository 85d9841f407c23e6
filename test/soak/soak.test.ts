import { expect, test } from 'vitest'
import { FAULTS } from './faults.ts'
import { soak } from './soak.ts'
import { startSubject } from './subject.ts'

/** The short version of `npm run soak`: always the same faults. */
test('whatever Sidecars answer nothing false is published, and once they are well all of it is there', async () => {
  const report = await soak({
    seed: 6,
    polls: 200,
    // Until the source is elected by chain.
    otherChain: false,
    intervalMs: 40,
    storm: 20,
    chapterMs: 3000,
    start: startSubject,
  })
  expect(report.faults).toEqual([])
  expect(report.compared).toBeGreaterThan(100_000)
  expect(report.recoveries).toBeGreaterThan(5)
  for (const fault of [...Object.keys(FAULTS), 'refused', 'hash vanished', 'another block'])
    expect(report.injected.get(fault), fault).toBeGreaterThan(0)
}, 300_000)
