import { connect } from 'node:net'
import fc from 'fast-check'
import { afterEach, expect, test } from 'vitest'
import { testExporter } from '../support/exporter.ts'
import { simulate } from '../support/simulation.ts'
import { bounded, expectNoPollution } from './hostile.ts'

afterEach(expectNoPollution)

const ROUTES = [
  '/',
  '/metrics',
  '/-/healthy',
  '/-/ready',
  '/-/reload',
  '/sd/neurons',
  '/probe',
  '/api/v1',
  '/api/v1/subnets/1/neurons',
  '/subnets/1',
  '/nothing',
]
const NAMES = [
  'netuid',
  'target',
  'sort',
  'limit',
  '__proto__',
  'constructor',
  'toString',
  'netuid[]',
  'a[__proto__][polluted]',
]
const VALUES = [
  '1',
  '99',
  '-1',
  '4096',
  '1e3',
  'node-a',
  'http://169.254.169.254/',
  '../../etc/passwd',
  '%00',
  '%ff',
  '%0d%0aset-cookie:x',
  '<script>',
  '\'"',
  '[object Object]',
  'x'.repeat(3000),
]

const piece = fc.oneof(
  fc.constantFrom(...VALUES),
  fc.string({ maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 6 }),
)
const query = fc
  .array(fc.tuple(fc.oneof(fc.constantFrom(...NAMES), piece), fc.option(piece, { nil: undefined })), {
    maxLength: 4,
  })
  .map((pairs) => pairs.map(([name, value]) => (value === undefined ? name : `${name}=${value}`)).join('&'))
const path = fc.tuple(
  fc.constantFrom(...ROUTES),
  fc.constantFrom('', '', '', '/', '//', '/..', '/__proto__', '%2f', ';x'),
  fc.oneof(query, query, fc.constant('')),
)
const target = fc.oneof(
  {
    weight: 4,
    arbitrary: path.map(([route, more, query]) => `${route}${more}${query === '' ? '' : `?${query}`}`),
  },
  { weight: 1, arbitrary: piece.map((text) => `/${text}`) },
)
const method = fc.constantFrom(
  'GET',
  'GET',
  'GET',
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'DELETE',
  'OPTIONS',
  'TRACE',
)
const header = fc.record({
  name: fc.constantFrom(
    'accept',
    'accept-encoding',
    'accept-language',
    'x-prometheus-scrape-timeout-seconds',
    'authorization',
    'content-type',
    'if-none-match',
    'range',
    'x-forwarded-for',
  ),
  value: fc.oneof(
    fc.constantFrom('*/*;q=', 'gzip;q=2', ',,;', '1', '0.001', 'NaN', 'Basic !!!', 'bytes=0-'),
    piece,
  ),
})

interface Answer {
  readonly status: number
  readonly headers: string
  readonly body: string
}

/** Sends bytes as they are, which no HTTP client would, and reads to the end of the connection. */
function send(url: string, head: string): Promise<Answer> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(head, 'utf8'))
    const chunks: Buffer[] = []
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.on('error', reject)
    socket.on('close', () => {
      const text = Buffer.concat(chunks).toString('latin1')
      const end = text.indexOf('\r\n\r\n')
      const headers = text.slice(0, end)
      resolve({
        status: Number(/^HTTP\/1\.1 (\d{3})/.exec(headers)?.[1]),
        headers,
        body: text.slice(end + 4),
      })
    })
  })
}

/** Line breaks and spaces would end the request line: other requests, which the header's property has. */
const onOneLine = (text: string): string => text.replaceAll(/[\r\n ]/g, '+')

test('whatever is asked for, and however, the answer is one of ours and the exporter goes on', async () => {
  const { urls } = await simulate({ subnets: [0, 1], neurons: 2 })
  const exporter = await testExporter({ urls })
  await exporter.until((metrics) => metrics.includes('bittensor_chain_block_height '))
  await fc.assert(
    fc.asyncProperty(method, target, fc.array(header, { maxLength: 3 }), async (method, target, headers) => {
      const lines = headers
        .map(({ name, value }) => `${name}: ${value.replaceAll(/[\r\n]/g, '')}\r\n`)
        .join('')
      const head = `${method} ${onOneLine(target)} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${lines}\r\n`
      const answer = await send(exporter.url, head)
      expect(answer.status).toBeGreaterThanOrEqual(200)
      if (answer.status !== 503) expect(answer.status).toBeLessThan(500)
      expect(answer.headers.toLowerCase()).not.toContain('set-cookie')
      if (answer.status < 400) return
      // Nothing that was sent comes back as markup, and nothing from inside comes out.
      expect(answer.body).not.toMatch(/node_modules|\.ts:\d|\n\s+at /)
      if (answer.headers.toLowerCase().includes('text/html')) {
        expect(answer.headers).toContain("default-src 'none'")
        expect(answer.body).not.toMatch(/<script|<[^a-z/!]/)
        return
      }
      expect(answer.body.trim().split('\n').length).toBe(1)
    }),
    {
      ...bounded(400),
      examples: [
        ['GET', '/sd/neurons?netuid=99', []],
        ['GET', '/probe?target=node-a', []],
      ],
    },
  )
  expect((await fetch(`${exporter.url}/-/healthy`)).status).toBe(200)
  expect(exporter.log.filter(({ level }) => level === 'error')).toEqual([])
})
