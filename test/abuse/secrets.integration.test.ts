import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { inventedAddress } from '../../src/demo/names.ts'
import { RpcError } from '../../src/demo/rpc/error.ts'
import { coldkey, hotkey, testExporter } from '../support/exporter.ts'
import { useProgram } from '../support/program.ts'
import { simulate, type Simulation } from '../support/simulation.ts'

const start = useProgram()

const HOT = inventedAddress('secrets/hot')
const COLD = inventedAddress('secrets/cold')
const placed = [{ hotkey: HOT, coldkey: COLD, netuids: [1], stake: 5 }]

/** A password with characters that each encoding spells differently, and a token. */
const PASSWORD = 'Hunter2&"/%é x'
const TOKEN = 'tok-9f8e7d6c5b4a'

/** Their forms. The words of the password are secret too. */
const FORMS: Readonly<Record<string, string>> = {
  plain: PASSWORD,
  base64: 'SHVudGVyMiYiLyXDqSB4',
  'the header': 'bWU6SHVudGVyMiYiLyXDqSB4',
  'percent-encoded': 'Hunter2%26%22%2F%25%C3%A9%20x',
  'form-encoded': 'Hunter2%26%22%2F%25%C3%A9+x',
  'in JSON': 'Hunter2&\\"/%é x',
  'in lower case': PASSWORD.toLowerCase(),
  token: TOKEN,
}

/** What shows that a form leaked, in the escaping of any surface. */
const LEAK = /hunter2|SHVudGVyMiY|bWU6SHVudGVy|tok-9f8e7d/i

const APIS = ['sidecar', 'rpc'] as const
type Api = (typeof APIS)[number]

const HEADERS = {
  authorization: `Basic ${Buffer.from(`me:${PASSWORD}`).toString('base64')}`,
  'x-token': `Bearer ${TOKEN}`,
}

/** A node that repeats a form of a secret in names, in values of the wrong type, which errors quote, and in errors. */
async function hostileNode(api: Api, form: string) {
  const simulation = await simulate({ placed, startTime: Date.now() }, { rpc: api === 'rpc' } as const)
  const { chain, sidecars, rpcNodes } = simulation
  const padded = `${'n'.repeat(115)}${form}`
  chain.setSubnet(1, { name: form, symbol: form })
  chain.setSubnet(3, { name: padded })
  chain.setIdentity(COLD, `I am ${form}`)
  chain.advance(3)
  const names = { clientVersion: form, clientName: padded, chainName: form }
  for (const sidecar of sidecars) {
    Object.assign(sidecar.node, names)
    const at = { hash: chain.hashAt(chain.finalizedHeight), height: String(chain.finalizedHeight) }
    sidecar.fault('Account?', { body: JSON.stringify({ at, value: { [form]: form } }) })
    sidecar.fault('/node/transaction-pool', { status: 500, body: JSON.stringify({ message: form }) })
  }
  for (const node of rpcNodes) {
    Object.assign(node.node, names)
    node.fault('author_pendingExtrinsics', {
      result: () => {
        throw new RpcError(-32000, form)
      },
    })
  }
  return simulation
}

/** The error page of a proxy in front of the node. */
function breakNode({ sidecars, rpcNodes }: Simulation, form: string): void {
  const page = `<h1>${form}</h1>`
  const contentType = form.replace(/[^ -~]/g, '')
  for (const sidecar of sidecars) sidecar.fault('/node/network', { status: 502, body: page, contentType })
  for (const node of rpcNodes) node.fault('system_health', { status: 502, body: () => page, contentType })
}

/** Fails when a text has a secret. */
function expectNoLeak(surfaces: readonly (readonly [name: string, text: string])[]): void {
  for (const [name, text] of surfaces) expect([name, LEAK.exec(text)?.[0]]).toEqual([name, undefined])
}

describe.each(APIS)('a node read through %s that repeats a secret in everything it says gets it', (api) => {
  test.each(Object.entries(FORMS))('neither to log, page, API nor /metrics: %s', async (_, form) => {
    const simulation = await hostileNode(api, form)
    const { urls } = simulation
    const exporter = await testExporter({
      urls,
      nodes: [{ name: 'node-a', api, url: urls[0] ?? '', headers: HEADERS }],
      subnets: 'all',
      keys: [hotkey('mine', HOT), coldkey('cold', COLD)],
    })
    await exporter.until(
      (metrics) =>
        ['bittensor_subnet_info', 'bittensor_coldkey_identity_info', 'bittensor_node_info'].every((name) =>
          metrics.includes(`${name}{`),
        ) && metrics.includes('collector_success{collector="transaction_pool",node="node-a"} 0'),
    )
    breakNode(simulation, form)
    await exporter.until((metrics) => metrics.includes('collector_success{collector="node",node="node-a"} 0'))
    const paths = ['/', '/subnets', '/subnets/1', '/subnets/3', '/metrics', '/probe?target=node-a']
    const routes = ['nodes', 'keys', 'subnets', 'collectors', 'status', 'problems', 'subnets/1/neurons']
    const surfaces = await Promise.all(
      [...paths, ...routes.map((path) => `/api/v1/${path}`)].map(
        async (path) => [path, await (await fetch(exporter.url + path)).text()] as const,
      ),
    )
    const log = JSON.stringify(exporter.log)
    expectNoLeak([...surfaces, ['log', log]])
    // The texts arrived: the test would find nothing if they had not.
    expect(surfaces.find(([path]) => path === '/subnets')?.[1]).toContain('***')
    expect(log).toContain('***')
  })

  test('in no form to `check`, `storage` and `--config.check`', async () => {
    const forms = Object.values(FORMS)
    const folder = await mkdtemp(join(tmpdir(), 'bittensor-exporter-secrets-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    await writeFile(join(folder, 'headers.json'), JSON.stringify(HEADERS), { mode: 0o600 })
    const nodes = await Promise.all(
      forms.map(async (form, index) => {
        const simulation = await hostileNode(api, form)
        // Half of the nodes answer, and half send a proxy's page.
        if (index % 2 === 1) breakNode(simulation, form)
        const key = api === 'rpc' ? 'rpc' : 'url'
        return { name: `n${index}`, [key]: simulation.urls[0], headers_file: 'headers.json' }
      }),
    )
    const file = join(folder, 'exporter.yml')
    // JSON is YAML.
    const keys = [
      { name: 'mine', hotkey: HOT },
      { name: 'cold', coldkey: COLD },
    ]
    await writeFile(file, JSON.stringify({ nodes, keys, subnets: 'all' }))
    const outputs = await Promise.all(
      [['check'], ['check', '--json'], ['storage', 'System.Account', COLD], ['--config.check']].map(
        async (args) => {
          const run = start([...args, `--config.file=${file}`])
          await run.ended
          return [args.join(' '), run.stdout() + run.stderr()] as const
        },
      ),
    )
    expectNoLeak(outputs)
    // By JSON-RPC an account has no text of the node.
    expect(outputs.map(([, text]) => text.includes('***'))).toEqual([true, true, api === 'sidecar', false])
  })
})
