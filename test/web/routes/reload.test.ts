import fastify from 'fastify'
import { expect, onTestFinished, test } from 'vitest'
import { reloadPlugin, type ReloadOptions } from '../../../src/web/routes/reload.ts'

function build(reload: ReloadOptions['reload']) {
  const app = fastify({ bodyLimit: 1024 })
  app.register(reloadPlugin, { reload })
  onTestFinished(() => app.close())
  return app
}

test('POST /-/reload is refused unless it was enabled', async () => {
  const { statusCode, body } = await build(undefined).inject({ method: 'POST', url: '/-/reload' })
  expect([statusCode, body]).toEqual([
    403,
    'Lifecycle API is not enabled: start with --web.enable-lifecycle, or send SIGHUP.\n',
  ])
})

test.each([
  ['done', 200],
  ['refused', 422],
  ['failed', 500],
] as const)('the result %s is answered %d, with the message', async (result, status) => {
  const app = build(() => Promise.resolve({ result, message: 'exporter.yml:1:1: nodes: …' }))
  const { statusCode, body, headers } = await app.inject({ method: 'POST', url: '/-/reload' })
  expect([statusCode, body]).toEqual([status, 'exporter.yml:1:1: nodes: …\n'])
  expect(headers['content-type']).toMatch(/^text\/plain/)
})

test.each(['GET', 'HEAD', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'] as const)(
  '%s is not allowed, enabled or not, and does nothing',
  async (method) => {
    let reloads = 0
    const reload = () => Promise.resolve({ result: 'done', message: String(++reloads) } as const)
    for (const app of [build(reload), build(undefined)]) {
      const { statusCode, headers } = await app.inject({ method, url: '/-/reload' })
      expect([statusCode, headers['allow']]).toEqual([405, 'POST'])
    }
    expect(reloads).toBe(0)
  },
)

test.each([
  ['application/x-www-form-urlencoded', '', 200],
  ['application/json', '{', 200],
  ['text/plain', 'x'.repeat(2000), 413],
])('a body of %s does not matter, within the limit', async (type, payload, status) => {
  const app = build(() => Promise.resolve({ result: 'done', message: '' }))
  const headers = { 'content-type': type }
  expect((await app.inject({ method: 'POST', url: '/-/reload', headers, payload })).statusCode).toBe(status)
})
