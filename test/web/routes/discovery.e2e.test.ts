import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { parse, stringify } from 'yaml'
import { ipv4, publish } from '../../support/endpoints.ts'
import { hotkey, testExporter } from '../../support/exporter.ts'
import { runProgram } from '../../support/programs.ts'
import { startPrometheus } from '../../support/prometheus.ts'
import { simulate } from '../../support/simulation.ts'
import { httpServer } from '../../support/servers.ts'

interface Scrapes {
  readonly scrape_configs: readonly Readonly<Record<string, unknown>>[]
}

/** The scrape configurations that docs/SERVICE-DISCOVERY.md shows. */
async function documented(): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const text = await readFile(new URL('../../../docs/SERVICE-DISCOVERY.md', import.meta.url), 'utf8')
  const blocks = Array.from(text.matchAll(/```yaml\n(.*?)```/gs), ([, yaml = '']) => parse(yaml) as Scrapes)
  return blocks.flatMap(({ scrape_configs }) => scrape_configs)
}

/** Somebody's neuron with its metrics, on a loopback address of its own. */
async function neuron(host: string, metrics: string): Promise<number> {
  const answer = (_: unknown, response: ServerResponse) => {
    response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(metrics)
  }
  return (await httpServer(answer, { host })).port
}

test('a real Prometheus finds and scrapes neurons, and probes nodes, with the configurations of the documentation', async () => {
  const { chain, urls } = await simulate({}, { health: { peers: 12 } }, { health: { peers: 41 } })
  const own = publish(chain, 1, 3, { ip: ipv4('127.0.0.2'), port: await neuron('127.0.0.2', 'loss 0.25\n') })
  publish(chain, 3, 4, { ip: ipv4('127.0.0.3'), port: await neuron('127.0.0.3', 'loss 0.5\n') })
  const exporter = await testExporter({
    urls,
    keys: [hotkey('validator', own.hotkey)],
    allowNetworks: ['127.0.0.0/8'],
  })
  const folder = await mkdtemp(join(tmpdir(), 'discovery-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const file = join(folder, 'prometheus.yml')
  const configured = stringify({ global: { scrape_interval: '1s' }, scrape_configs: await documented() })
    .replaceAll('127.0.0.1:9645', new URL(exporter.url).host)
    .replaceAll('finney-', 'node-')
    .replaceAll(/(_interval|_timeout): \d+s/g, '$1: 1s')
  await writeFile(file, configured)
  expect(await runProgram('promtool', ['check', 'config', file])).toMatchObject({ code: 0 })
  const prometheus = await startPrometheus(file, folder)
  onTestFinished(() => prometheus.close())
  const series = async (expr: string) => {
    const { data } = await prometheus.query(expr)
    return data!.result.map(({ metric, value }): Record<string, string> => ({ ...metric, value: value[1] }))
  }

  const found = { job: 'bittensor-neurons', name: 'validator', netuid: '1', uid: '3', hotkey: own.hotkey }
  await vi.waitFor(async () => {
    expect(await series('loss')).toEqual([
      {
        __name__: 'loss',
        instance: expect.stringMatching(/^127\.0\.0\.2:\d+$/) as string,
        ...found,
        value: '0.25',
      },
    ])
  }, 60_000)
  // The stranger on subnet 3 is discovered, and dropped by the rule that keeps watched hotkeys.
  const targets = (await (await fetch(`${prometheus.url}/api/v1/targets`)).json()) as {
    data: { droppedTargets: { discoveredLabels: Record<string, string> }[] }
  }
  expect(targets.data.droppedTargets.map(({ discoveredLabels }) => discoveredLabels)).toMatchObject([
    { __meta_bittensor_netuid: '3', __meta_bittensor_uid: '4' },
  ])

  await vi.waitFor(async () => {
    const peers = await series('bittensor_node_peers{job="bittensor-probe"}')
    expect(peers.toSorted((a, b) => (a['instance']! < b['instance']! ? -1 : 1))).toMatchObject([
      { instance: 'node-a', node: 'node-a', value: '12' },
      { instance: 'node-b', node: 'node-b', value: '41' },
    ])
  }, 60_000)
  expect(await series('probe_success == 1')).toHaveLength(2)
})

test('promtool has nothing to say of a probe', async () => {
  const { urls } = await simulate()
  const exporter = await testExporter({ urls })
  const text = await (await fetch(`${exporter.url}/probe?target=node-a`)).text()
  expect(text).toContain('probe_success 1\n')
  expect(await runProgram('promtool', ['check', 'metrics'], text)).toEqual({ code: 0, output: '' })
})
