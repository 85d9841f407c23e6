import { gunzipSync } from 'node:zlib'
import type { FastifyInstance } from 'fastify'
import { pino } from 'pino'
import { describe, expect, onTestFinished, test } from 'vitest'
import { gauge, once } from '../../src/metrics/define.ts'
import { contentsOf, Exposition } from '../../src/metrics/exposition.ts'
import { SelfMetrics } from '../../src/metrics/self.ts'
import type { CollectorStatus } from '../../src/metrics/status.ts'
import { buildWeb } from '../../src/web/server.ts'
import { webStateOf } from '../support/web-state.ts'

const FAMILIES = once(
  (height: number) => height,
  [gauge('bittensor_chain_block_height', 'Height.', (height) => height)],
)
const BUILD = { version: '1.2.3', revision: 'abc', nodeVersion: 'v20' }

interface Options {
  readonly ready?: boolean
  readonly demo?: boolean
  readonly status?: readonly CollectorStatus[]
}

async function build({ ready = true, demo = false, status = [] }: Options = {}): Promise<FastifyInstance> {
  const exposition = new Exposition(FAMILIES)
  const contents = contentsOf(FAMILIES, 158_795, { node: '', decimals: 9 })
  exposition.publish([{ families: FAMILIES, part: '', contents }])
  const self = new SelfMetrics(BUILD, demo, ['finney-a'])
  const app = buildWeb(
    {
      exposition,
      self,
      isReady: () => ready,
      state: () => webStateOf({ version: BUILD.version, demo, ready, status }),
    },
    pino({ level: 'silent' }),
  )
  onTestFinished(() => app.close())
  await app.ready()
  return app
}

describe('GET /metrics', () => {
  const OPENMETRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8'
  const TEXT = 'text/plain; version=0.0.4; charset=utf-8'
  // What Prometheus 2.42 and 3.5 send.
  const PROMETHEUS_2 =
    'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1'
  const PROMETHEUS_3 =
    'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1'

  test.each([
    [undefined, TEXT],
    ['*/*', TEXT],
    ['text/html', TEXT],
    ['text/plain', TEXT],
    ['application/openmetrics-text', OPENMETRICS],
    ['application/openmetrics-text;q=0.1, text/plain;q=0.9', TEXT],
    ['application/openmetrics-text;q=0', TEXT],
    [PROMETHEUS_2, OPENMETRICS],
    [PROMETHEUS_3, OPENMETRICS],
    [',,;;q=', TEXT],
  ])('Accept: %s', async (accept, contentType) => {
    const app = await build()
    const { headers, body, statusCode } = await app.inject({
      url: '/metrics',
      headers: accept === undefined ? {} : { accept },
    })
    expect([statusCode, headers['content-type']]).toEqual([200, contentType])
    const counter = 'bittensor_exporter_refused_views'
    if (contentType === OPENMETRICS) {
      expect(body.endsWith('bittensor_chain_block_height 158795\n# EOF\n')).toBe(true)
      expect(body).toContain(`# TYPE ${counter} counter\n${counter}_total{`)
      expect(body).not.toContain('\n\n')
    } else {
      expect(body.endsWith('bittensor_chain_block_height 158795\n')).toBe(true)
      expect(body).toContain(`# TYPE ${counter}_total counter\n${counter}_total{`)
      expect(body).not.toContain('# EOF')
    }
  })

  test.each([
    ['gzip', true],
    ['gzip, deflate', true],
    ['br;q=1, gzip;q=0.5', true],
    ['identity', false],
    ['gzip;q=0', false],
    ['br', false],
  ])('Accept-Encoding: %s', async (encoding, compressed) => {
    const app = await build()
    for (const accept of ['text/plain', 'application/openmetrics-text']) {
      const { headers, rawPayload } = await app.inject({
        url: '/metrics',
        headers: { accept, 'accept-encoding': encoding },
      })
      expect(headers['content-encoding']).toBe(compressed ? 'gzip' : undefined)
      expect(headers['content-length']).toBe(String(rawPayload.length))
      const text = (compressed ? gunzipSync(rawPayload) : rawPayload).toString()
      expect(text).toContain(
        'bittensor_exporter_build_info{version="1.2.3",revision="abc",node_version="v20"} 1\n',
      )
      expect(text.endsWith(accept === 'text/plain' ? '158795\n' : '158795\n# EOF\n')).toBe(true)
    }
  })

  test('every family has its HELP and TYPE, once', async () => {
    const { body } = await (await build()).inject('/metrics')
    const named = (keyword: string) =>
      [...body.matchAll(new RegExp(`^# ${keyword} (\\S+)`, 'gm'))].map(([, name]) => name)
    expect(named('HELP')).toEqual(named('TYPE'))
    expect(new Set(named('TYPE')).size).toBe(named('TYPE').length)
    const typed = new Set(named('TYPE'))
    for (const [, name = ''] of body.matchAll(/^(\w+)[{ ]/gm))
      expect(typed.has(name) || typed.has(name.replace(/_(bucket|sum|count)$/, '')), name).toBe(true)
  })

  test('a gauge that was never set is absent, and the demonstration says that it is one', async () => {
    const { body } = await (await build()).inject('/metrics')
    expect(body).not.toContain('bittensor_exporter_render_duration_seconds')
    expect(body).toContain('bittensor_exporter_demo 0\n')
    expect((await (await build({ demo: true })).inject('/metrics')).body).toContain(
      'bittensor_exporter_demo 1\n',
    )
  })
})

test('health is the process, readiness is fresh data', async () => {
  expect((await (await build({ ready: false })).inject('/-/healthy')).statusCode).toBe(200)
  expect((await (await build({ ready: true })).inject('/-/ready')).statusCode).toBe(200)
  const { statusCode, body } = await (await build({ ready: false })).inject('/-/ready')
  expect([statusCode, body]).toEqual([503, 'Not ready: there is no fresh data from any node.\n'])
})

describe('GET /', () => {
  const status = (): CollectorStatus => ({
    collector: 'subnets',
    node: undefined,
    success: false,
    lastSuccess: Date.now() - 5000,
    error: 'finney-a: GET /x: answered <b>"500"</b>',
    failingSince: Date.now() - 3000,
    causes: [{ node: 'finney-a', reason: 'answered <b>"500"</b>' }],
    warnings: ['subnet 99 is not there'],
    published: true,
  })

  test('shows version, nodes and collectors with what is wrong, as text', async () => {
    const { body, headers } = await (await build({ status: [status()] })).inject('/')
    expect(headers['content-type']).toBe('text/html; charset=utf-8')
    expect(body).toContain('bittensor-exporter 1.2.3')
    expect(body).toContain('<bdi>finney-a</bdi>')
    expect(body).toContain('answered &#60;b&#62;&#34;500&#34;&#60;/b&#62;')
    expect(body).toContain('subnet 99 is not there')
    expect(body).toMatch(/[567] s ago/)
    expect(body).not.toContain('demonstration')
    for (const link of ['/metrics', '/-/healthy', '/-/ready']) expect(body).toContain(`href="${link}"`)
  })

  test('says that it is a demonstration', async () => {
    expect((await (await build({ demo: true })).inject('/')).body).toContain('all data is simulated')
  })
})

test.each([
  ['GET', '/nothing', 404],
  ['POST', '/metrics', 404],
  ['GET', '/%ff', 400],
] as const)('%s %s is %d, without inner details', async (method, url, code) => {
  const { statusCode, body } = await (await build()).inject({ method, url })
  expect(statusCode).toBe(code)
  expect(body).not.toMatch(/at .*\.ts|node_modules|stack/)
})
