import { hashSync } from 'bcryptjs'
import fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { matchesHash } from '../../../src/web/security/bcrypt.ts'
import { credentialsOf } from '../../../src/web/security/authentication.ts'
import { SECRET_METRIC, testWeb, type TestWeb } from '../../support/web.ts'
import { until } from '../../support/until.ts'

vi.mock('../../../src/web/security/bcrypt.ts', { spy: true })

const compare = vi.mocked(matchesHash)

const COST = 4
const users = new Map([
  ['prometheus', hashSync('hunter2', COST)],
  ['admin', hashSync('pass:wörd', COST)],
])

const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`

const ask = (web: TestWeb, authorization?: string, path = '/metrics', method = 'GET') =>
  fetch(web.url + path, { method, headers: authorization === undefined ? {} : { authorization } })

afterEach(() => {
  compare.mockReset()
})

test.each([
  ['no header', undefined],
  ['a wrong password', basic('prometheus', 'hunter3')],
  ['the password of another', basic('prometheus', 'pass:wörd')],
  ['no password', basic('prometheus', '')],
  ['an unknown user', basic('nobody', 'hunter2')],
  ['a user that objects have', basic('__proto__', 'hunter2')],
  ['the hash for the password', basic('prometheus', users.get('prometheus') ?? '')],
  ['another scheme', basic('prometheus', 'hunter2').replace('Basic', 'Bearer')],
  ['no base64', 'Basic prometheus:hunter2'],
  ['no colon', `Basic ${Buffer.from('prometheus').toString('base64')}`],
  ['nothing after the scheme', 'Basic '],
])('%s is answered 401 and nothing else', async (_, authorization) => {
  const answer = await ask(await testWeb({ security: { users } }), authorization)
  expect([answer.status, await answer.text()]).toEqual([401, 'A user name and password are required.\n'])
  expect(answer.headers.get('www-authenticate')).toBe('Basic realm="bittensor-exporter", charset="UTF-8"')
})

test.each([
  basic('prometheus', 'hunter2'),
  basic('admin', 'pass:wörd'),
  basic('prometheus', 'hunter2').replace('Basic', 'bAsIc '),
])('the right password is let in: %s', async (authorization) => {
  const answer = await ask(await testWeb({ security: { users } }), authorization)
  expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining(SECRET_METRIC)])
})

test('every path and method needs a password, including paths without a route', async () => {
  const web = await testWeb({ security: { users } })
  for (const path of [
    '/',
    '/metrics',
    '/-/healthy',
    '/-/ready',
    '/nothing',
    '/subnets/1',
    '/api/v1/status',
    '/api/v1/nothing',
  ])
    for (const method of ['GET', 'HEAD', 'POST', 'OPTIONS'])
      expect([path, method, (await ask(web, undefined, path, method)).status]).toEqual([path, method, 401])
  expect((await ask(web, basic('prometheus', 'hunter2'), '/nothing')).status).toBe(404)
})

test('a correct password is compared once, a wrong one each time', async () => {
  const web = await testWeb({ security: { users } })
  for (let times = 0; times < 3; times += 1)
    expect((await ask(web, basic('admin', 'pass:wörd'))).status).toBe(200)
  expect(compare).toHaveBeenCalledTimes(1)
  for (let times = 0; times < 3; times += 1) expect((await ask(web, basic('admin', 'x'))).status).toBe(401)
  expect(compare).toHaveBeenCalledTimes(4)
})

test('an unknown user costs a comparison of the same cost as a known one', async () => {
  const web = await testWeb({ security: { users } })
  expect((await ask(web, basic('nobody', 'x'))).status).toBe(401)
  expect(compare.mock.calls.map(([, hash]) => hash.slice(0, 7))).toEqual([
    users.get('prometheus')?.slice(0, 7),
  ])
  expect(compare.mock.calls.map(([, hash]) => hash.length)).toEqual([60])
})

test('a comparison does not delay requests that need none', async () => {
  const slow = new Map([...users, ['slow', hashSync('x', 12)]])
  const web = await testWeb({ security: { users: slow } })
  expect((await ask(web, basic('admin', 'pass:wörd'))).status).toBe(200)
  const order: string[] = []
  const guess = ask(web, basic('slow', 'y')).then(() => order.push('guess'))
  await until(() => compare.mock.calls.length > 0)
  await ask(web, basic('admin', 'pass:wörd')).then(() => order.push('scrape'))
  await guess
  expect(order).toEqual(['scrape', 'guess'])
})

test('a client that guesses on many connections is limited, and nobody else is', async () => {
  const web = await testWeb({ security: { users } })
  expect((await ask(web, basic('admin', 'pass:wörd'))).status).toBe(200)
  let release: () => void = () => undefined
  const held = new Promise<boolean>(
    (resolve) =>
      (release = () => {
        resolve(false)
      }),
  )
  compare.mockReturnValue(held)
  const guesses = Array.from({ length: 20 }, (_, index) => ask(web, basic('admin', `guess ${index}`)))
  const statuses: number[] = []
  for (const guess of guesses) void guess.then(({ status }) => statuses.push(status))
  await until(() => statuses.length === 16)
  expect(new Set(statuses)).toEqual(new Set([503]))
  expect((await ask(web, basic('admin', 'pass:wörd'))).status).toBe(200)
  release()
  await Promise.all(guesses)
  expect(statuses.filter((status) => status === 401)).toHaveLength(4)
})

test('the same password sent by many requests at once is compared once', async () => {
  const web = await testWeb({ security: { users } })
  const answers = await Promise.all(Array.from({ length: 10 }, () => ask(web, basic('admin', 'pass:wörd'))))
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
  expect(compare).toHaveBeenCalledTimes(1)
})

test('a comparison that fails lets nobody in and reveals nothing', async () => {
  const web = await testWeb({ security: { users } })
  compare.mockRejectedValueOnce(new Error('hunter2'))
  const answer = await ask(web, basic('prometheus', 'hunter2'))
  expect([answer.status, await answer.text()]).toEqual([500, 'Internal error; see the log.\n'])
  expect((await ask(web, basic('prometheus', 'hunter2'))).status).toBe(200)
})

test('an unknown user is refused whatever the comparison gives', async () => {
  const web = await testWeb({ security: { users } })
  compare.mockResolvedValue(true)
  expect((await ask(web, basic('nobody', 'x'))).status).toBe(401)
  expect((await ask(web, basic('nobody', 'x'))).status).toBe(401)
})

test('closing the server answers waiting passwords without comparing them', async () => {
  const { app } = await testWeb({ security: { users } })
  const send = (password: string) =>
    app.inject({ url: '/metrics', headers: { authorization: basic('admin', password) } })
  let finish: (matches: boolean) => void = () => undefined
  compare.mockReturnValueOnce(new Promise((resolve) => (finish = resolve)))
  const first = send('guess')
  await until(() => compare.mock.calls.length === 1)
  const second = send('pass:wörd')
  // Answered after the second request has begun to wait.
  await app.inject('/metrics')
  const closed = app.close()
  await app.inject('/metrics')
  finish(false)
  expect([(await first).statusCode, (await second).statusCode]).toEqual([401, 503])
  expect(compare).toHaveBeenCalledTimes(1)
  await closed
})

test('removed users and replaced passwords are refused at once', async () => {
  const web = await testWeb({ security: { users } })
  expect((await ask(web, basic('prometheus', 'hunter2'))).status).toBe(200)
  expect((await ask(web, basic('admin', 'pass:wörd'))).status).toBe(200)
  web.security.replace({ ...web.security.config, users: new Map([['admin', hashSync('other', COST)]]) })
  expect((await ask(web, basic('prometheus', 'hunter2'))).status).toBe(401)
  expect((await ask(web, basic('admin', 'pass:wörd'))).status).toBe(401)
  expect((await ask(web, basic('admin', 'other'))).status).toBe(200)
})

test('the log contains client addresses, no user names or passwords, and is rate-limited', async () => {
  const web = await testWeb({ security: { users } })
  for (const guess of ['s3cret-a', 's3cret-b', 's3cret-c']) await ask(web, basic('s3cret-user', guess))
  expect(web.log).toEqual([
    expect.objectContaining({ level: 'warn', msg: 'wrong password', client: '127.0.0.1' }),
  ])
  expect(JSON.stringify(web.log)).not.toContain('s3cret')
})

describe('credentialsOf', () => {
  test('reads back what RFC 7617 writes', () => {
    const text = fc.string({ unit: 'grapheme' })
    fc.assert(
      fc.property(
        text.filter((user) => !user.includes(':')),
        text,
        (user, password) => {
          expect(credentialsOf(basic(user, password))).toEqual({ user, password })
        },
      ),
    )
  })

  test('takes any header', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (header) => {
        const { user = '' } = credentialsOf(header) ?? {}
        expect(user).not.toContain(':')
      }),
    )
  })
})
