import { expect, onTestFinished, test, vi } from 'vitest'
import { node } from '../../src/collectors/node.ts'
import { NodeProbe } from '../../src/on-demand/probe.ts'
import { sidecarClient } from '../../src/upstream/sidecar/client.ts'
import { openSidecarHttp } from '../../src/upstream/sidecar/http.ts'
import { started } from '../support/collectors.ts'
import { simulate } from '../support/simulation.ts'

async function probeOf() {
  const { urls, sidecars } = await simulate()
  const http = openSidecarHttp({ name: 'a', url: urls[0]!, headers: {}, timeoutMs: 60_000, concurrency: 16 })
  onTestFinished(() => http.close())
  const clients = [sidecarClient(http)]
  const abort = new AbortController()
  const scope = { hotkeys: [], coldkeys: [], subnets: 'watched', maxSeries: 1000 } as const
  const plan = { clients, sources: () => clients, collectors: [started(node)], scope, signal: abort.signal }
  return { probe: new NodeProbe(() => plan), sidecar: sidecars[0]!, abort }
}

test('a probe that a change of the configuration interrupts says nothing about the node', async () => {
  const { probe, sidecar, abort } = await probeOf()
  sidecar.fault('/node/version', { delayMs: 600_000 })
  const probed = probe.probe('a', 60_000)
  await vi.waitFor(() => {
    expect(sidecar.inFlight.now).toBe(1)
  }, 10_000)
  abort.abort(new Error('the configuration changed'))
  expect(await probed).toBe('interrupted')
})

test('a node is read at most once in five seconds, however often it is probed', async () => {
  const { probe, sidecar } = await probeOf()
  const readings = () => sidecar.requests.get('/node/version') ?? 0
  let milliseconds = 1_000_000
  vi.spyOn(performance, 'now').mockImplementation(() => milliseconds)
  onTestFinished(() => {
    vi.restoreAllMocks()
  })
  const probes = async () => {
    const all = await Promise.all(Array.from({ length: 100 }, () => probe.probe('a', 10_000)))
    for (const probed of all)
      expect(probed).toMatchObject({ node: 'a', collectors: [{ name: 'node', success: true }] })
  }
  await probes()
  milliseconds += 4999
  await probes()
  expect(readings()).toBe(1)
  milliseconds += 1
  await probes()
  expect(readings()).toBe(2)
})

test('before the first configuration no node is known', async () => {
  expect(await new NodeProbe(() => undefined).probe('a', 1000)).toBe('unknown')
})
