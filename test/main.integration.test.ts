import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { createServer } from 'node:net'
import { writeFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hashSync } from 'bcryptjs'
import { describe, expect, onTestFinished, test } from 'vitest'
import { useProgram } from './support/program.ts'
import { simulate } from './support/simulation.ts'
import { valueOf } from './support/parse-exposition.ts'
import { close, listen } from './support/servers.ts'
import { until, untilText } from './support/until.ts'

const start = useProgram()

const ADDRESS = '5F4tQyWrhfGVcNhoqeiNsR6KjD4wMZ2kfhLj4oHYuyHbZAc3'
const LISTEN = '--web.listen-address=127.0.0.1:0'

describe('what is printed and how it exits', () => {
  test('--version', async () => {
    const run = start(['--version'])
    expect([await run.ended, run.stdout()]).toEqual([
      0,
      expect.stringMatching(/^bittensor-exporter \d+\.\d+\.\d+ \(Node\.js v\d+/),
    ])
  })

  test('--help', async () => {
    const run = start(['--help'])
    expect(await run.ended).toBe(0)
    for (const word of ['--config.file', 'SIDECAR_URL', 'demo']) expect(run.stdout()).toContain(word)
  })

  test('nothing asked for: both ways, and the demonstration', async () => {
    const run = start([])
    expect(await run.ended).toBe(2)
    for (const word of ['SIDECAR_URL', '--config.file', 'npm run demo']) expect(run.stderr()).toContain(word)
  })

  test('an unknown flag', async () => {
    const run = start(['--config.fil=x'])
    expect([await run.ended, run.stderr()]).toEqual([2, expect.stringContaining('--config.file')])
  })

  test('a web configuration with faults is refused, at the start and by --config.check with all other faults', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'bittensor-exporter-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const web = join(folder, 'web.yml')
    await writeFile(web, 'basic_auth_users: { prometheus: hunter2 }\n')
    const run = start([LISTEN, `--web.config.file=${web}`], { SIDECAR_URL: 'http://127.0.0.1:1' })
    expect([await run.ended, run.stdout()]).toEqual([1, ''])
    expect(run.stderr()).toContain(`${web}:1:33: basic_auth_users.prometheus: not a bcrypt hash`)
    const check = start(['--config.check', `--web.config.file=${web}`], { SIDECAR_URL: 'gopher://x' })
    expect([await check.ended, check.stderr()]).toEqual([
      1,
      expect.stringMatching(/^environment: SIDECAR_URL[^\n]*\n.*web\.yml:1:33: /),
    ])
    await writeFile(web, 'http_server_config: {}\n')
    const good = start(['--config.check', `--web.config.file=${web}`], { SIDECAR_URL: 'http://127.0.0.1:1' })
    expect([await good.ended, good.stdout()]).toEqual([
      0,
      `environment: the configuration is good\n${web}: the web configuration is good\n`,
    ])
    await writeFile(web, 'basic_auth_users: { prometheus: hunter2 }\n')
    const demo = start(['demo', LISTEN, `--web.config.file=${web}`])
    expect([await demo.ended, demo.stdout()]).toEqual([1, ''])
  })

  test('a web configuration is in force from the first request', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'bittensor-exporter-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const web = join(folder, 'web.yml')
    await writeFile(web, `basic_auth_users: { prometheus: ${hashSync('hunter2', 4)} }\n`)
    const run = start([LISTEN, `--web.config.file=${web}`], { SIDECAR_URL: 'http://127.0.0.1:1' })
    const [, url = ''] = await run.until(/"url":"([^"]+)"/)
    expect((await fetch(`${url}/metrics`)).status).toBe(401)
    const authorization = `Basic ${Buffer.from('prometheus:hunter2').toString('base64')}`
    expect((await fetch(`${url}/metrics`, { headers: { authorization } })).status).toBe(200)
    run.process.kill('SIGTERM')
    expect(await run.ended).toBe(0)
  })

  test('--web.allowed-hosts is in force from the first request', async () => {
    const run = start([LISTEN, '--web.allowed-hosts=exporter.example'], { SIDECAR_URL: 'http://127.0.0.1:1' })
    const [, url = ''] = await run.until(/"url":"([^"]+)"/)
    const statusOf = async (host: string) => {
      const [response] = (await once(get(`${url}/metrics`, { headers: { host } }), 'response')) as [
        IncomingMessage,
      ]
      response.resume()
      return response.statusCode
    }
    expect(await statusOf('exporter.example:9645')).toBe(200)
    expect(await statusOf('evil.example:9645')).toBe(403)
    run.process.kill('SIGTERM')
    expect(await run.ended).toBe(0)
  })

  test('--config.check of a good and a bad file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'bittensor-exporter-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const file = join(folder, 'exporter.yml')
    await writeFile(file, 'nodes:\n  - { name: a, url: http://127.0.0.1:8080 }\n')
    const good = start([`--config.file=${file}`, '--config.check'])
    expect([await good.ended, good.stdout()]).toEqual([0, `${file}: the configuration is good\n`])
    await writeFile(file, 'nodes:\n  - { name: a, url: gopher://x }\n')
    const bad = start([`--config.file=${file}`, '--config.check'])
    expect([await bad.ended, bad.stderr()]).toEqual([
      1,
      expect.stringContaining(`${file}:2:21: nodes[0].url: `),
    ])
  })

  test.each(['127.0.0.1', '::1'])('a port in use on %s', async (host) => {
    const server = createServer()
    const port = await listen(server, 0, host)
    onTestFinished(() => close(server))
    const place = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
    const run = start([`--web.listen-address=${place}`], { SIDECAR_URL: 'http://127.0.0.1:1' })
    expect(await run.ended).toBe(1)
    expect(run.stderr()).toBe(
      `${place} is in use by another process: choose another address with --web.listen-address\n`,
    )
  })

  test.each([
    ['192.0.2.1:0', '192.0.2.1 is not an address of this machine'],
    ['no-such-host.invalid:0', 'there is no host named no-such-host.invalid'],
  ])('--web.listen-address=%s', async (place, words) => {
    const run = start([`--web.listen-address=${place}`], { SIDECAR_URL: 'http://127.0.0.1:1' })
    expect(await run.ended).toBe(1)
    expect(run.stderr()).toBe(`${words}: choose another address with --web.listen-address\n`)
  })
})

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s in the middle of a poll ends it with 0, soon',
  async (signal) => {
    const { sidecars, urls } = await simulate({}, { latencyMs: 1500 })
    const run = start([LISTEN], { SIDECAR_URL: urls.join(','), HOTKEYS: `validator=${ADDRESS}` })
    await run.until(/"listening"/)
    await until(() => (sidecars[0]?.inFlight.now ?? 0) > 0, { intervalMs: 10 })
    const signalled = Date.now()
    run.process.kill(signal)
    expect(await run.ended).toBe(0)
    expect(Date.now() - signalled).toBeLessThan(5000)
    const lines = run.log()
    expect(lines.at(-1)).toMatchObject({ level: 'info', msg: 'stopped' })
    expect(lines.filter(({ level }) => level === 'error')).toEqual([])
    expect(run.stderr()).toBe('')
  },
)

// All of the chain is read before it is shown, which takes longer than a test may, where others use the machine too.
test('npm run demo shows invented data, and says so', { timeout: 60_000 }, async () => {
  const run = start(['demo', LISTEN])
  const [, url] = await run.until(/Metrics: +(http:\S+)/)
  const metrics = await untilText(
    async () => (await fetch(url ?? '')).text(),
    (text) => valueOf(text, 'bittensor_chain_block_height') !== undefined,
    { timeoutMs: 40_000, intervalMs: 100 },
  )
  expect((await fetch(new URL('/-/ready', url))).status).toBe(200)
  expect(metrics).toContain('bittensor_exporter_demo 1\n')
  expect(metrics).toContain(
    '\nbittensor_expectation_met{name="demo-miner",expectation="netuids",netuid="7",wanted="registered"} 0\n',
  )
  expect(metrics).toContain('\nbittensor_followed_blocks_total{result="read"} ')
  expect(metrics).toMatch(
    /^bittensor_key_extrinsics_total\{.*name="demo-treasury",pallet="balances",method="transfer".* 0$/m,
  )
  expect(metrics).toMatch(/^bittensor_node_up\{node="demo-a"\} 1$/m)
  run.process.kill('SIGTERM')
  expect(await run.ended).toBe(0)
})

test.each([
  ['start', 'SIGTERM', /"url":"(http:[^"]+)"/],
  ['start', 'SIGINT', /"url":"(http:[^"]+)"/],
  ['demo', 'SIGTERM', /Metrics: +(http:\/\/[^/]+)/],
  ['demo', 'SIGINT', /Metrics: +(http:\/\/[^/]+)/],
] as const)('npm run %s leaves no process behind when npm gets %s', async (script, signal, pattern) => {
  const run = start.npm(script, [LISTEN], script === 'start' ? { NODE_URL: 'ws://127.0.0.1:1' } : {})
  const [, url = ''] = await run.until(pattern)
  expect((await fetch(`${url}/-/healthy`)).status).toBe(200)
  run.process.kill(signal)
  // npm has ended, and so has every process that has its standard output, as the exporter does.
  await run.ended
  await expect(fetch(`${url}/-/healthy`)).rejects.toThrow()
})
