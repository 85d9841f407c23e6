import { COLLECTORS } from '../../src/collectors/index.ts'
import { SelfMetrics } from '../../src/metrics/self.ts'

/** The exporter's own metrics in the text format, with every family in use. */
export async function selfText(): Promise<string> {
  const self = new SelfMetrics({ version: '0.0.0', revision: 'test', nodeVersion: 'test' }, false, ['node-a'])
  for (const { name, scope } of COLLECTORS) {
    self.collected({ collector: name, ...(scope === 'node' ? { node: 'node-a' } : {}) }, 0.1, true)
    self.published(name, 1)
  }
  self.rendered(0.001)
  self.nodeUp('node-a', true)
  self.nodeDecodes('node-a', true)
  self.requested('node-a', '/blocks/head/header', 0.02, 'timeout')
  self.sidecarState({ node: 'node-a', circuitOpen: false })
  self.rateLimited('node-a', 1.5)
  self.refused('node-a', 'behind')
  self.configured(true)
  self.pollsEvery(12_000)
  return self.text('text')
}
