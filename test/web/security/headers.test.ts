import { hashSync } from 'bcryptjs'
import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { testWeb } from '../../support/web.ts'

const POLICY = "default-src 'none';form-action 'self';base-uri 'none';frame-ancestors 'none'"

test('every answer has the security headers, and none promises TLS', async () => {
  const open = await testWeb()
  const guarded = await testWeb({ security: { users: new Map([['a', hashSync('b', 4)]]) } })
  const limited = await testWeb({ security: { rateLimit: { intervalMs: 3_600_000, burst: 1 } } })
  await limited.app.inject('/')
  const answers = [
    [200, await open.app.inject('/metrics')],
    [200, await open.app.inject('/-/healthy')],
    [404, await open.app.inject('/nothing')],
    [414, await open.app.inject(`/${'x'.repeat(3000)}`)],
    [401, await guarded.app.inject('/metrics')],
    [429, await limited.app.inject('/metrics')],
  ] as const
  for (const [status, { statusCode, headers }] of answers) {
    expect(statusCode).toBe(status)
    expect(headers).toMatchObject({
      'content-security-policy': POLICY,
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
    })
    expect(headers).not.toHaveProperty('strict-transport-security')
    expect(headers).not.toHaveProperty('x-powered-by')
    expect(headers).not.toHaveProperty('server')
  }
})

test('docs/SECURITY.md has the policies as they are served: of a page, of anything else, of a URL that cannot be decoded', async () => {
  const documented = await readFile(new URL('../../../docs/SECURITY.md', import.meta.url), 'utf8')
  const { app } = await testWeb()
  const answers = await Promise.all(['/', '/metrics', '/%ff'].map((url) => app.inject(url)))
  const policies = answers.map(({ headers }) =>
    String(headers['content-security-policy']).replace(/sha256-[^']+/, 'sha256-…'),
  )
  expect(new Set(policies).size).toBe(3)
  for (const policy of policies) expect(documented).toContain(`\`${policy}\``)
})

test('a URL that cannot be decoded is answered in few words, by no script', async () => {
  const { statusCode, headers, body } = await (await testWeb()).app.inject('/%ff<script>')
  expect([statusCode, body]).toEqual([400, 'Bad request.\n'])
  expect(headers).toMatchObject({
    'content-type': 'text/plain',
    'content-security-policy': "default-src 'none'",
    'x-content-type-options': 'nosniff',
  })
})

test('configured headers take the place of those, also of the page’s own, and empty ones are taken off', async () => {
  const { app, security } = await testWeb({
    security: {
      headers: {
        'Content-Security-Policy': "default-src 'self'",
        'X-Frame-Options': 'sameorigin',
        'X-Content-Type-Options': '',
        'Strict-Transport-Security': 'max-age=60',
      },
    },
  })
  for (const url of ['/', '/metrics', '/nothing']) {
    const { headers } = await app.inject(url)
    expect(headers).toMatchObject({
      'content-security-policy': "default-src 'self'",
      'x-frame-options': 'sameorigin',
      'strict-transport-security': 'max-age=60',
    })
    expect(headers).not.toHaveProperty('x-content-type-options')
  }
  security.replace({ ...security.config, headers: {} })
  expect((await app.inject('/metrics')).headers).toMatchObject({ 'x-frame-options': 'DENY' })
})
