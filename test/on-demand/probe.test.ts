import { expect, onTestFinished, test, vi } from 'vitest'
import { node } from '../../src/collectors/node.ts'
import { NodeProbe } from '../../src/on-demand/probe.ts'
import { sidecarClient } from '../../src/upstream/sidecar/client.ts'
import { openSidecarHttp } from '../../src/upstream/sidecar/http.ts'
import { started } from '../support/collectors.ts'
import { simulate } from '../support/simulation.ts'

test('a probe that a change of the configuration interrupts says nothing about the node', async () => {
  const { urls, sidecars } = await simulate()
  const http = openSidecarHttp({ name: 'a', url: urls[0]!, headers: {}, timeoutMs: 60_000, concurrency: 16 })
  onTestFinished(() => http.close())
  const clients = [sidecarClient(http)]
  const abort = new AbortController()
  const scope = { hotkeys: [], coldkeys: [], subnets: 'watched', maxSeries: 1000 } as const
  const plan = { clients, sources: () => clients, collectors: [started(node)], scope, signal: abort.signal }
  const probe = new NodeProbe(() => plan)
  sidecars[0]!.fault('/node/version', { delayMs: 600_000 })
  const probed = probe.probe('a', 60_000)
  await vi.waitFor(() => {
    expect(sidecars[0]!.inFlight.now).toBe(1)
  }, 10_000)
  abort.abort(new Error('the configuration changed'))
  expect(await probed).toBe('interrupted')
})

test('before the first configuration no node is known', async () => {
  expect(await new NodeProbe(() => undefined).probe('a', 1000)).toBe('unknown')
})
