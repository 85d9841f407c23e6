import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { inventedAddress } from '../../src/demo/names.ts'
import { html } from '../../src/demo/rpc/fault.ts'
import { startRpcNode } from '../../src/demo/rpc/server.ts'
import { parseExposition, samplesOf, valueOf } from '../support/parse-exposition.ts'
import { useProgram } from '../support/program.ts'
import { freePort, httpServer } from '../support/servers.ts'
import { simulate } from '../support/simulation.ts'

const start = useProgram()

const HOT = inventedAddress('check/hotkey')
const COLD = inventedAddress('check/coldkey')

/** The fields of the JSON report that the tests look at. */
interface Report {
  readonly nodes: readonly {
    readonly name: string
    readonly server: string
    readonly facts: Readonly<Record<string, unknown>> | null
    readonly requests: number
  }[]
  readonly keys: readonly Readonly<Record<string, unknown>>[]
  readonly subnets: readonly number[] | null
  readonly series: number
  readonly problems: readonly {
    readonly level: string
    readonly subject: string
    readonly message: string
    readonly remedy: string
  }[]
}

/** A chain whose newest finalized block was made just now, with one watched hotkey on subnets 1 and 3. */
const liveChain = (...sidecars: readonly Parameters<typeof simulate>[1][]) =>
  simulate(
    {
      startTime: Date.now(),
      subnets: [0, 1, 3],
      placed: [{ hotkey: HOT, coldkey: COLD, netuids: [1, 3], stake: 100 }],
    },
    ...sidecars,
  )

async function check(environment: Readonly<Record<string, string>>, args: readonly string[] = []) {
  const run = start(['check', '--json', ...args], environment)
  const code = await run.ended
  expect(run.stderr()).toBe('')
  const report = JSON.parse(run.stdout()) as Report
  const problems = report.problems.map(({ level, subject, message }) => `${level} ${subject}: ${message}`)
  return { code, report, problems }
}

async function configFile(text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'bittensor-exporter-check-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = join(folder, 'exporter.yml')
  await writeFile(file, text)
  return file
}

/** What is said of a node `s` that syncs, `lonely` without peers, and `other` on another chain, however they are read. */
const FAULTS_OF_NODES: readonly unknown[] = [
  expect.stringMatching(/^error other: is on another chain \(genesis 0x[0-9a-f]{64}\) than that of s /),
  'warning s: is syncing',
  'warning lonely: has 0 peers',
]

describe('check', () => {
  test('that the keys cannot be looked up is a problem with its reason', async () => {
    const { sidecars, urls } = await liveChain()
    sidecars[0]!.fault('OwnedHotkeys', { body: 'no JSON' })
    const { code, problems } = await check({ SIDECAR_URL: `a=${urls[0]}`, HOTKEYS: `v=${HOT}` })
    expect(code).toBe(1)
    expect(problems).toEqual([
      expect.stringMatching(/^error keys and subnets: could not be looked up: a: GET .*OwnedHotkeys.*JSON/),
    ])
  })

  test('a good node and a good key: the facts, no problem, exit code 0', async () => {
    const { chain, sidecars, urls } = await liveChain()
    const { code, report, problems } = await check({ SIDECAR_URL: `a=${urls[0]}`, HOTKEYS: `v=${HOT}` })
    expect([code, problems]).toEqual([0, []])
    const height = chain.finalizedHeight
    expect(report.nodes).toMatchObject([
      {
        name: 'a',
        server: 'sidecar',
        facts: {
          chain: 'Bittensor',
          genesis: chain.hashAt(0),
          spec_version: 475,
          spec_known: true,
          syncing: false,
          peers: 387,
          finalized_height: height,
        },
      },
    ])
    expect(report.keys).toEqual([
      {
        name: 'v',
        role: 'hotkey',
        address: HOT,
        found: 'hotkey',
        coldkey: COLD,
        registrations: [1, 3].map((netuid) => ({
          netuid,
          uid: chain.truth(height).subnets.get(netuid)!.keys.indexOf(HOT),
        })),
        expectations: [],
      },
    ])
    expect(report.subnets).toEqual([1, 3])
    expect(report.nodes[0]?.requests).toBeGreaterThan(20)
    expect(sidecars[0]?.inFlight.now).toBe(0)
  })

  test('the report for people ends with the counts', async () => {
    const { urls } = await liveChain()
    const run = start(['check'], { SIDECAR_URL: `a=${urls[0]}`, COLDKEYS: `c=${HOT}` })
    expect(await run.ended).toBe(1)
    expect(run.stdout()).toContain('Nodes\n  a: sidecar, node-subtensor ')
    expect(run.stdout()).toContain(
      `  ERROR c: ${HOT} is a hotkey of ${COLD}, and configured as a coldkey\n    → configure it as a hotkey, or use the address of its coldkey\n`,
    )
    expect(run.stdout()).toMatch(/\n\n1 error, 0 warnings\n$/)
  })

  test('each kind of wrong server is named, with its remedy', async () => {
    const { chain, urls } = await liveChain()
    const rpc = await startRpcNode(chain)
    onTestFinished(() => rpc.close())
    const web = await httpServer((_, response) => response.end('<html>welcome</html>'))
    const restApi = await httpServer((request, response) => {
      const body: Readonly<Record<string, string>> = {
        '/v1/node/version': '{"clientVersion":"1","clientImplName":"n","chain":"Bittensor"}',
        '/v1/version': '{"version":"0.1.2"}',
      }
      const found = body[request.url ?? '']
      response.writeHead(found === undefined ? 404 : 200, { 'content-type': 'application/json' })
      response.end(found ?? '{"error":"Not found"}')
    })
    const closed = await freePort()
    const { code, report, problems } = await check({
      SIDECAR_URL: [
        `good=${urls[0]}`,
        `node=${rpc.url}`,
        `web=${web.url}`,
        `rest=${restApi.url}`,
        `rest-v1=${restApi.url}/v1`,
        `closed=http://127.0.0.1:${closed}`,
      ].join(','),
    })
    expect(code).toBe(1)
    expect(report.nodes.map(({ name, server }) => [name, server])).toEqual([
      ['good', 'sidecar'],
      ['node', 'json-rpc'],
      ['web', 'web-server'],
      ['rest', 'polkadot-rest-api'],
      ['rest-v1', 'polkadot-rest-api'],
      ['closed', 'nothing'],
    ])
    const restProblem = 'is polkadot-rest-api, which encodes storage keys differently from Sidecar'
    expect(problems).toEqual([
      'error node: is the JSON-RPC of a node, not a Sidecar',
      'error web: is a web server, but neither a Sidecar nor the JSON-RPC of a node',
      `error rest: ${restProblem}`,
      `error rest-v1: ${restProblem}`,
      expect.stringMatching(/^error closed: .*connection refused/),
    ])
  })

  test('a node that syncs, has no peers, or is on another chain', async () => {
    const { urls } = await liveChain({ health: { syncing: true } }, { health: { peers: 0 } }, {})
    const other = await simulate({ seed: 99, startTime: Date.now() })
    const { code, problems } = await check({
      SIDECAR_URL: `s=${urls[0]},lonely=${urls[1]},good=${urls[2]},other=${other.urls[0]}`,
    })
    expect(code).toBe(1)
    expect(problems).toEqual(FAULTS_OF_NODES)
  })

  test('a Sidecar without the types bundle, and old state that is kept', async () => {
    const signer = inventedAddress('check/signer')
    const { chain, urls } = await simulate(
      { startTime: Date.now() - 30_000, blockTimeMs: 12, keepBlocks: 3000 },
      { health: { typesBundle: false } },
      {},
    )
    chain.advance(2000)
    chain.sign(signer)
    chain.advance(chain.finalityLag + 1)
    const { code, report, problems } = await check({ SIDECAR_URL: `misreads=${urls[0]},good=${urls[1]}` })
    expect(code).toBe(1)
    expect(problems).toEqual([
      'error misreads: signed extrinsics are not decoded, so operations of keys are not counted',
    ])
    expect(report.nodes.map(({ facts }) => facts)).toMatchObject([
      { decodes_extrinsics: false, has_old_state: true },
      { decodes_extrinsics: true, has_old_state: true },
    ])
  })

  test('a head that is too old, and a spec that is too new', async () => {
    const old = await simulate({ startTime: Date.now() - 3_600_000, spec: 480 })
    const { code, problems } = await check({ SIDECAR_URL: `n=${old.urls[0]}` })
    expect(code).toBe(0)
    expect(problems).toEqual([
      expect.stringMatching(/^warning n: its finalized block is 36\d\d s old$/),
      'warning n: runs spec 480, newer than 475, the newest that this release was checked against',
    ])
  })

  test('keys and subnets that do not exist, roles that are swapped, expectations that are not met', async () => {
    const { urls } = await liveChain()
    const unknown = inventedAddress('check/nobody')
    const file = await configFile(`
nodes: [{ name: a, url: ${urls[0]} }]
subnets: [1, 9]
keys:
  - { name: nobody, hotkey: ${unknown} }
  - { name: empty, coldkey: ${unknown} }
  - { name: swapped, hotkey: ${COLD} }
  - { name: v, hotkey: ${HOT}, expect: { coldkey: ${unknown}, netuids: [1, 3] } }
`)
    const { code, report, problems } = await check({}, [`--config.file=${file}`])
    expect(code).toBe(1)
    expect(problems).toEqual([
      `error nobody: the chain does not know the hotkey ${unknown}`,
      `error swapped: ${COLD} is a coldkey, and configured as a hotkey`,
      `error v: coldkey: wanted "${unknown}", is ${COLD}`,
      'error subnets: subnet 9 does not exist',
      `warning empty: the coldkey ${unknown} has no balance, no transaction and no stake on this chain`,
    ])
    expect(report.keys.map(({ found }) => found)).toEqual(['unknown', 'coldkey', 'hotkey', 'unknown'])
  })

  test('without any node it says so, and nothing that it cannot know', async () => {
    const port = await freePort()
    const { code, report, problems } = await check({
      SIDECAR_URL: `a=http://127.0.0.1:${port}`,
      HOTKEYS: `v=${HOT}`,
      SUBNETS: '1',
    })
    expect(code).toBe(1)
    expect(problems).toEqual([expect.stringMatching(/^error a: .*connection refused/)])
    expect(report.keys).toEqual([
      {
        name: 'v',
        role: 'hotkey',
        address: HOT,
        found: null,
        coldkey: null,
        registrations: null,
        expectations: [],
      },
    ])
    expect(report.subnets).toBeNull()
  })

  test('keys that cannot be looked up: why, and another node is asked', async () => {
    const { urls } = await liveChain({}, {})
    // Serves everything but which hotkeys a coldkey owns.
    const partial = await httpServer((request, response) => {
      const path = request.url ?? ''
      if (path.includes('/OwnedHotkeys')) response.writeHead(403).end('no')
      else
        void fetch(`${urls[0]}${path}`).then(async (answer) => {
          const type = answer.headers.get('content-type') ?? ''
          response.writeHead(answer.status, { 'content-type': type }).end(await answer.text())
        })
    })
    const alone = await check({ SIDECAR_URL: `partial=${partial.url}`, HOTKEYS: `v=${HOT}` })
    expect(alone.code).toBe(1)
    expect(alone.report.keys.map(({ found }) => found)).toEqual([null])
    expect(alone.problems).toContainEqual(
      expect.stringMatching(
        /^error keys and subnets: could not be looked up: partial: GET \/pallets\/SubtensorModule\/storage\/OwnedHotkeys\S*: .*403/,
      ),
    )
    const both = await check({ SIDECAR_URL: `partial=${partial.url},good=${urls[1]}`, HOTKEYS: `v=${HOT}` })
    expect(both.report.keys.map(({ found }) => found)).toEqual(['hotkey'])
    expect(both.problems.filter((problem) => problem.includes('looked up'))).toEqual([])
  })

  test('the JSON-RPC of a good node: the facts, no problem, exit code 0', async () => {
    const { chain } = await liveChain()
    const rpc = await startRpcNode(chain)
    onTestFinished(() => rpc.close())
    const { code, report, problems } = await check({ NODE_URL: `a=${rpc.url}`, HOTKEYS: `v=${HOT}` })
    expect([code, problems]).toEqual([0, []])
    expect(report.nodes).toMatchObject([
      { server: 'json-rpc', facts: { genesis: chain.hashAt(0), finalized_height: chain.finalizedHeight } },
    ])
    expect(report.keys).toMatchObject([{ found: 'hotkey', coldkey: COLD }])
  })

  test('by JSON-RPC: a node that syncs, one without peers, one on another chain', async () => {
    const { chain } = await liveChain()
    const other = await simulate({ seed: 99, startTime: Date.now() })
    const nodes = await Promise.all([
      startRpcNode(chain, { health: { syncing: true } }),
      startRpcNode(chain, { health: { peers: 0 } }),
      startRpcNode(chain),
      startRpcNode(other.chain),
    ])
    onTestFinished(async () => {
      await Promise.all(nodes.map((node) => node.close()))
    })
    const [syncing, lonely, good, elsewhere] = nodes.map(({ url }) => url)
    const { code, problems } = await check({
      NODE_URL: `s=${syncing},lonely=${lonely},good=${good},other=${elsewhere}`,
    })
    expect(code).toBe(1)
    expect(problems).toEqual(FAULTS_OF_NODES)
  })

  test('by JSON-RPC: a node that limits requests, and one that serves no storage', async () => {
    const { chain } = await liveChain()
    const limited = await startRpcNode(chain, { limits: { perSecond: 5 } })
    const blind = await startRpcNode(chain)
    onTestFinished(async () => {
      await Promise.all([limited.close(), blind.close()])
    })
    blind.fault('state_queryStorageAt', html(502))
    const slow = await check({ NODE_URL: `limited=${limited.url}`, HOTKEYS: `v=${HOT}` })
    expect(slow.problems).toContainEqual(
      expect.stringMatching(
        /^warning limited: the rate limit delayed requests by \d+ s in all; a poll needs \d+ requests at first$/,
      ),
    )
    const { code, problems } = await check({ NODE_URL: `blind=${blind.url}`, HOTKEYS: `v=${HOT}` })
    expect(code).toBe(1)
    expect(problems).toContainEqual(expect.stringMatching(/^error .*502/))
  })

  test('a Sidecar given as a node, and a node that is given twice in the other spelling', async () => {
    const { urls } = await liveChain()
    const { code, report, problems } = await check({ NODE_URL: `a=${urls[0]}` })
    expect([code, report.nodes.map(({ server }) => server)]).toEqual([1, ['sidecar']])
    expect(problems).toEqual(['error a: is a Sidecar, not the JSON-RPC of a node'])
    const run = start(['check'], { NODE_URL: 'a=ws://127.0.0.1:1,b=http://127.0.0.1:1/' })
    expect([await run.ended, run.stderr()]).toEqual([
      1,
      'environment: NODE_URL[1]: the same URL as NODE_URL[0]\n',
    ])
  })

  test('a configuration with errors is reported like at startup', async () => {
    const run = start(['check'], { SIDECAR_URL: 'gopher://x' })
    expect([await run.ended, run.stdout(), run.stderr()]).toEqual([
      1,
      '',
      expect.stringMatching(/^environment: SIDECAR_URL\[0\]: /),
    ])
  })
})

describe('--once', () => {
  test('prints the metrics of one poll, without those of the process, and ends with 0', async () => {
    const { chain, urls } = await liveChain()
    const run = start(['--once'], { SIDECAR_URL: `a=${urls[0]}`, HOTKEYS: `v=${HOT}` })
    expect(await run.ended).toBe(0)
    const text = run.stdout()
    expect(valueOf(text, 'bittensor_chain_block_height')).toBe(chain.finalizedHeight)
    expect(valueOf(text, 'bittensor_node_up{node="a"}')).toBe(1)
    expect(valueOf(text, 'bittensor_hotkey_registrations')).toBe(2)
    const names = Array.from(parseExposition(text).families.keys())
    expect(names.filter((name) => !name.startsWith('bittensor_'))).toEqual([])
  })

  test('by JSON-RPC: the same families and values of the chain as through the Sidecar of the node', async () => {
    const { chain, urls } = await liveChain()
    const rpc = await startRpcNode(chain)
    onTestFinished(() => rpc.close())
    const [direct, through] = [
      start(['--once'], { NODE_URL: `a=${rpc.url}`, HOTKEYS: `v=${HOT}` }),
      start(['--once'], { SIDECAR_URL: `a=${urls[0]}`, HOTKEYS: `v=${HOT}` }),
    ]
    expect([await direct.ended, await through.ended]).toEqual([0, 0])
    const published = (text: string) =>
      text
        .split('\n')
        .filter((line) => !line.includes('bittensor_exporter_') && !line.includes('age_seconds'))
    expect(published(direct.stdout())).toEqual(published(through.stdout()))
    expect(valueOf(direct.stdout(), 'bittensor_hotkey_registrations')).toBe(2)
  })

  test('without a node that answers it ends with 1, and the reason is in the log on standard error', async () => {
    const port = await freePort()
    const run = start(['--once'], { SIDECAR_URL: `a=http://127.0.0.1:${port}` })
    expect(await run.ended).toBe(1)
    expect(samplesOf(run.stdout(), 'bittensor_chain_block_height')).toEqual([])
    expect(valueOf(run.stdout(), 'bittensor_node_up{node="a"}')).toBe(0)
    expect(run.stderr()).toContain('connection refused')
  })
})
