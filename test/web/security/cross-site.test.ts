import { expect, test } from 'vitest'
import { valueOf } from '../../support/parse-exposition.ts'
import { testWeb } from '../../support/web.ts'

const PATHS = ['/metrics', '/', '/subnets', '/api/v1/status', '/-/healthy', '/nothing'] as const

async function statusesOf(host: string, allowedHosts?: readonly string[]) {
  const { app } = await testWeb({ allowedHosts })
  const answers = await Promise.all(PATHS.map((url) => app.inject({ url, headers: { host } })))
  return answers.map(({ statusCode }) => statusCode)
}

const SERVED = [200, 200, 200, 200, 200, 404]

test.each([
  'exporter.example',
  'exporter.example:9645',
  'exporter.example.:9645',
  'EXPORTER.Example:9645',
  'exporter_1',
  'localhost',
  'localhost:9645',
  'LOCALHOST.',
  'exporter.localhost:80',
  '127.0.0.1:9645',
  '10.1.2.3',
  '[::1]:9645',
  '[2001:db8::1]',
])('every path is served for Host: %s, which is listed, an IP address or localhost', async (host) => {
  expect(await statusesOf(host, ['exporter.example', 'exporter_1'])).toEqual(SERVED)
})

test.each([
  'evil.example',
  'evil.example:9645',
  'www.exporter.example',
  'exporter.example.evil.example',
  'localhost.evil.example',
  'evillocalhost',
  '127.0.0.1.evil.example',
  '1.2.3.4.5',
  '0x7f.1.evil',
  'localhost@evil.example',
  'evil.example@localhost',
  'localhost#.evil.example',
  'localhost/',
  'localhost:99999',
  'localhost:9645:1',
  '[::1',
  '[evil.example]',
])('every path is refused for Host: %s, which is not listed', async (host) => {
  expect(await statusesOf(host, ['exporter.example'])).toEqual(PATHS.map(() => 403))
})

test('without a list, names of every kind are served', async () => {
  expect(await statusesOf('evil.example:9645')).toEqual(SERVED)
})

test('a refusal names the setting, is counted and logged, and comes before the password', async () => {
  const web = await testWeb({
    allowedHosts: ['exporter.example'],
    security: { users: new Map([['a', `$2b$04$${'a'.repeat(53)}`]]) },
  })
  const ask = (host: string) => web.app.inject({ url: '/metrics', headers: { host } })
  const refused = await ask('evil.example')
  expect([refused.statusCode, refused.body]).toEqual([
    403,
    'This host name is not allowed: add it to --web.allowed-hosts, or use the IP address or localhost.\n',
  ])
  expect((await ask('exporter.example')).statusCode).toBe(401)
  expect(web.log).toEqual([
    expect.objectContaining({
      level: 'warn',
      msg: 'refused a request: its Host is not allowed',
      client: '127.0.0.1',
      host: 'evil.example',
    }),
  ])
  web.security.replace({ ...web.security.config, users: new Map() })
  const { body } = await ask('localhost')
  expect(valueOf(body, 'bittensor_exporter_web_refused_total{reason="host"}')).toBe(1)
})

/** DNS rebinding: the name of an attacker's site points at the exporter, so browsers take its pages for the exporter's own. */
test.each([
  ['a page of a listed name', 'exporter.example:9645', ['exporter.example'], 200],
  ['a page of an IP address', '127.0.0.1:9645', undefined, 200],
  ['a page of localhost', 'localhost:9645', undefined, 200],
  ['a page of a name that points at the exporter', 'evil.example:9645', undefined, 403],
  ['a page of a name that points at the exporter', 'evil.example:9645', ['exporter.example'], 403],
] as const)('%s (%s) reloads, with the list %j: %d', async (_, host, allowedHosts, status) => {
  let reloads = 0
  const { app } = await testWeb({
    allowedHosts,
    reload: () => Promise.resolve({ result: 'done', message: String(++reloads) }),
  })
  const headers = { host, origin: `http://${host}` }
  const { statusCode } = await app.inject({ method: 'POST', url: '/-/reload', headers })
  expect([statusCode, reloads]).toEqual([status, status === 200 ? 1 : 0])
})
