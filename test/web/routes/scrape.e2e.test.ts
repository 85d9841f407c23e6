import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { hashSync } from 'bcryptjs'
import { beforeAll, describe, expect, test } from 'vitest'
import { authority } from '../../support/certificates.ts'
import { runProgram } from '../../support/programs.ts'
import { freePort } from '../../support/servers.ts'
import { until } from '../../support/until.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

let folder: string
let url: string
let exporter: ReturnType<typeof spawn>
let printed = ''

const file = (name: string): string => join(folder, name)

const PATIENCE = { timeoutMs: 60_000, intervalMs: 100, seen: () => printed }

/** The exporter as its users start it, on simulated data, with TLS, client certificates and passwords. */
beforeAll(async () => {
  await promisify(execFile)('npx', ['tsc', '-p', 'tsconfig.build.json'], { cwd: ROOT })
  folder = await mkdtemp(join(tmpdir(), 'web-scrape-'))
  const ours = await authority(folder, 'ours')
  const strangers = await authority(folder, 'strangers')
  await ours.issue('server')
  const sans = 'DNS:prometheus.example'
  await ours.issue('client', { usage: 'clientAuth', sans })
  await ours.issue('expired', { usage: 'clientAuth', sans, days: -1 })
  await ours.issue('other', { usage: 'clientAuth', sans: 'DNS:other.example' })
  await strangers.issue('stranger', { usage: 'clientAuth', sans })
  await writeFile(
    file('web.yml'),
    `tls_server_config:
  cert_file: server.crt
  key_file: server.key
  client_auth_type: RequireAndVerifyClientCert
  client_ca_file: ours.crt
  client_allowed_sans: [prometheus.example]
basic_auth_users:
  prometheus: ${hashSync('hunter2', 6)}
`,
  )
  exporter = spawn(
    process.execPath,
    ['dist/main.js', 'demo', '--web.listen-address=127.0.0.1:0', `--web.config.file=${file('web.yml')}`],
    { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  exporter.stdout?.on('data', (chunk: Buffer) => (printed += chunk.toString()))
  exporter.stderr?.on('data', (chunk: Buffer) => (printed += chunk.toString()))
  url = await until(() => /Metrics: +(https:\S+)\/metrics/.exec(printed)?.[1], PATIENCE)
  return async () => {
    exporter.kill('SIGKILL')
    await rm(folder, { recursive: true })
  }
})

interface Client {
  readonly certificate?: string
  readonly password?: string
}

const GOOD: Client = { certificate: 'client', password: 'hunter2' }

const clients: readonly (readonly [name: string, client: Client, outcome: RegExp | number])[] = [
  ['all that is asked for', GOOD, 200],
  ['no password', { certificate: 'client' }, 401],
  ['a wrong password', { ...GOOD, password: 'hunter3' }, 401],
  ['no certificate', { password: 'hunter2' }, /alert|reset|eof/i],
  ['an expired certificate', { ...GOOD, certificate: 'expired' }, /alert|reset|eof/i],
  ['a certificate of another authority', { ...GOOD, certificate: 'stranger' }, /alert|reset|eof/i],
  ['a certificate of another name', { ...GOOD, certificate: 'other' }, /alert|reset|eof/i],
]

describe('curl', () => {
  const curl = (options: readonly string[], { certificate, password }: Client, path: string) =>
    runProgram('curl', [
      ...['--silent', '--show-error', '--max-time', '20', '--cacert', file('ours.crt')],
      ...(certificate === undefined
        ? []
        : ['--cert', file(`${certificate}.crt`), '--key', file(`${certificate}.key`)]),
      ...(password === undefined ? [] : ['--user', `prometheus:${password}`]),
      ...options,
      `${url}${path}`,
    ])

  const VERSIONS = [[], ['--http2'], ['--tls-max', '1.2']]

  test.each(clients)('%s', async (_, client, outcome) => {
    for (const version of VERSIONS) {
      for (const path of ['/metrics', '/nothing']) {
        const { code, output } = await curl([...version, '--include'], client, path)
        if (outcome === 200) {
          expect([code, output]).toEqual([0, expect.stringMatching(/^HTTP\/1\.1 (200|404) /)])
        } else if (outcome === 401) {
          // The sixth wrong password comes during the pause after the fifth.
          const refused = client.password === undefined ? /^HTTP\/1\.1 401 / : /^HTTP\/1\.1 (401|429) /
          expect([code, output]).toEqual([0, expect.stringMatching(refused)])
        } else {
          expect(code).not.toBe(0)
          expect(output).not.toMatch(/^HTTP\/\S+ \d/m)
        }
        if (outcome !== 200) expect(output).not.toMatch(/bittensor_|Healthy/)
      }
    }
  })

  test('promtool accepts the metrics', async () => {
    await until(async () => {
      const { output } = await curl([], GOOD, '/metrics')
      return output.includes('bittensor_chain_block_height ') ? true : undefined
    }, PATIENCE)
    for (const version of VERSIONS) {
      const { code, output } = await curl(version, GOOD, '/metrics')
      expect(code).toBe(0)
      expect(output).toContain('bittensor_chain_block_height ')
      const checked = await runProgram('promtool', ['check', 'metrics'], output)
      expect(checked.output).not.toMatch(/error while linting|text format parsing/)
    }
  })

  test('compressed it is all there, to its last line', async () => {
    const openMetrics = ['--header', 'accept: application/openmetrics-text']
    for (const version of VERSIONS) {
      const { code, output } = await curl([...version, ...openMetrics, '--compressed'], GOOD, '/metrics')
      expect(code).toBe(0)
      expect(output).toContain('bittensor_chain_block_height ')
      expect(output).toMatch(/\n# EOF\n$/)
    }
  })
})

test('Prometheus scrapes with all that is asked for, and gets nothing with less', async () => {
  const port = await freePort()
  const target = new URL(url).host
  const jobs = clients.map(([name, { certificate, password }]) => ({
    job_name: name,
    scheme: 'https',
    scrape_interval: '1s',
    static_configs: [{ targets: [target] }],
    tls_config: {
      ca_file: file('ours.crt'),
      ...(certificate === undefined
        ? {}
        : { cert_file: file(`${certificate}.crt`), key_file: file(`${certificate}.key`) }),
    },
    ...(password === undefined ? {} : { basic_auth: { username: 'prometheus', password } }),
  }))
  const over1 = { ...jobs[0], job_name: 'all that is asked for, over HTTP/1.1', enable_http2: false }
  await writeFile(file('prometheus.yml'), JSON.stringify({ scrape_configs: [...jobs, over1] }))
  const child = spawn(
    'prometheus',
    [
      `--config.file=${file('prometheus.yml')}`,
      `--storage.tsdb.path=${file('data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=error',
    ],
    { stdio: 'ignore' },
  )
  const ended = once(child, 'close')
  try {
    const targets = await until(async () => {
      // Prometheus may not listen yet.
      const response = await fetch(`http://127.0.0.1:${port}/api/v1/targets`).catch(() => undefined)
      if (response?.ok !== true) return undefined
      const answer = (await response.json()) as {
        data: { activeTargets: { labels: { job: string }; health: string; lastError: string }[] }
      }
      const { activeTargets } = answer.data
      return activeTargets.length === 8 && activeTargets.every(({ health }) => health !== 'unknown')
        ? activeTargets
        : undefined
    }, PATIENCE)
    const errors = new Map(targets.map(({ labels, lastError }) => [labels.job, lastError]))
    for (const [name, , outcome] of clients) {
      const error = errors.get(name) ?? 'none'
      if (outcome === 200) expect([name, error]).toEqual([name, ''])
      else if (outcome === 401) expect([name, error]).toEqual([name, expect.stringContaining('401')])
      else expect([name, error]).toEqual([name, expect.stringMatching(/tls: |EOF|reset|broken pipe|closed/)])
    }
    const query = 'count by (job) ({__name__=~"bittensor_exporter_.*"})'
    // A target is healthy a moment before its samples can be asked for.
    const counted = await until(async () => {
      const answer = (await (
        await fetch(`http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(query)}`)
      ).json()) as { data: { result: { metric: { job: string } }[] } }
      const found = answer.data.result.map(({ metric }) => metric.job).toSorted()
      return found.length >= 2 ? found : undefined
    }, PATIENCE)
    expect(counted).toEqual(['all that is asked for', 'all that is asked for, over HTTP/1.1'])
  } finally {
    child.kill('SIGTERM')
    await ended
  }
})

test('SIGTERM ends it with 0, and nothing it printed has a secret in it', async () => {
  const ended = once(exporter, 'close')
  exporter.kill('SIGTERM')
  expect((await ended)[0]).toBe(0)
  expect(printed).toContain('wrong password')
  expect(printed).not.toMatch(/hunter|\$2[aby]\$|PRIVATE KEY/)
  const key = await readFile(file('server.key'), 'utf8')
  expect(printed).not.toContain(key.split('\n')[1])
})
