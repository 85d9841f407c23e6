import { pino } from 'pino'
import { expect, test } from 'vitest'
import { collector } from '../../src/collectors/define.ts'
import { gauge, once } from '../../src/metrics/define.ts'
import { Exposition } from '../../src/metrics/exposition.ts'
import { SelfMetrics } from '../../src/metrics/self.ts'
import { CollectorResults } from '../../src/poll/results.ts'
import { ChainPoll } from '../../src/poll/chain.ts'
import { SourceSelector } from '../../src/source/selector.ts'
import { sidecarClient } from '../../src/upstream/sidecar/client.ts'
import { started } from '../support/collectors.ts'
import { client } from '../upstream/sidecar/server.ts'
import { simulate } from '../support/simulation.ts'

test('a collector that did not finish is read again at the same block, until it has', async () => {
  const { urls } = await simulate()
  let left = 3
  const slow = collector('slow', {
    description: 'Something that takes several rounds.',
    scope: 'chain',
    shard: 'first',
    create: () => ({ read: () => Promise.resolve(--left), isUnfinished: (left) => left > 0 }),
    families: [once((left: number) => left, [gauge('bittensor_left', 'What is left.', (left) => left)])],
  })
  const self = new SelfMetrics({ version: '0', revision: '0', nodeVersion: '0' }, false, ['a'])
  const exposition = new Exposition(slow.families)
  const results = new CollectorResults(60_000, { exposition, self, log: pino({ level: 'silent' }) })
  const selector = new SourceSelector({ self, log: pino({ level: 'silent' }) })
  const clients = [sidecarClient(client(urls[0] ?? ''))]
  const nodes = clients.map((client) => ({ node: client.node, client }))
  selector.handle({ kind: 'nodes-replaced', nodes, genesis: undefined })
  selector.handle({ kind: 'node-unreachable', node: 'a', reason: 'not asked' })
  const poll = new ChainPoll({ results, self, selector })
  poll.configure({
    clients,
    collectors: [started(slow)],
    scope: { hotkeys: [], coldkeys: [], subnets: 'all', maxSeries: 1 },
    deadlineMs: 5000,
  })
  for (let round = 0; round < 5; round++) await poll.poll(new AbortController().signal)
  results.stop()
  expect(left).toBe(0)
})
