import { expect, test } from 'vitest'
import { SelfMetrics } from '../../src/metrics/self.ts'
import { valueOf } from '../support/parse-exposition.ts'

test('calls during a rendering share the next one, which shows everything that happened before them', async () => {
  const self = new SelfMetrics({ version: '0', revision: '0', nodeVersion: '0' }, false, [])
  const lost = (text: string) => valueOf(text, 'bittensor_exporter_log_lines_lost_total')
  const first = self.text('text')
  // Begins in another turn of the event loop.
  await Promise.resolve()
  self.logLost()
  const others = Array.from({ length: 100 }, () => self.text('text'))
  const openMetrics = self.text('openmetrics')
  const texts = await Promise.all(others)
  expect([...new Set(texts.map(lost))]).toEqual([1])
  expect(new Set(texts).size).toBe(1)
  expect(await first).not.toBe(texts[0])
  expect(await openMetrics).toContain('bittensor_exporter_log_lines_lost_total 1')
  self.logLost()
  expect(lost(await self.text('text'))).toBe(2)
})
