import { once } from 'node:events'
import { connect as connectTcp } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { connectionsOf } from '../../src/web/connections.ts'
import { TlsLab } from '../support/tls.ts'
import { until } from '../support/until.ts'

const lab = TlsLab.forThisFile()

test('finishes answers over HTTP/2, and closes idle connections of both kinds', async () => {
  const web = await lab.serve([], { bytes: 5_000_000 })
  const idle = await lab.openSession(web)
  const keepAlive = await lab.handshake(web, { ALPNProtocols: ['http/1.1'] })
  keepAlive.write('GET /-/healthy HTTP/1.1\r\nHost: a\r\n\r\n')
  await once(keepAlive, 'data')
  const busy = await lab.openSession(web)
  const stream = busy.request({ ':path': '/metrics' })
  await once(stream, 'response')
  const [body] = await Promise.all([
    text(stream),
    web.app.close(),
    once(idle, 'close'),
    once(keepAlive, 'close'),
  ])
  expect(body.length).toBeGreaterThan(5_000_000)
  expect(body.endsWith('"} 1\n')).toBe(true)
})

test('who does not read, or does not even end its handshake, is cut off', async () => {
  const web = await lab.serve([], { bytes: 50_000_000 })
  const connections = connectionsOf(web.app.server)
  const silent = connectTcp(web.port, '127.0.0.1')
  silent.on('error', () => undefined)
  await once(silent, 'connect')
  const session = await lab.openSession(web)
  session.on('error', () => undefined)
  const stream = session.request({ ':path': '/metrics' })
  stream.on('error', () => undefined)
  await once(stream, 'response')
  const closed = web.app.close()
  connections.destroy()
  await closed
})

test('who reads too slowly over HTTP/2 loses that answer', async () => {
  const web = await lab.serve([], { bytes: 50_000_000, limits: { responseTimeoutMs: 300 } })
  const session = await lab.openSession(web)
  const stream = session.request({ ':path': '/metrics' })
  stream.on('error', () => undefined)
  await once(stream, 'response')
  await until(() => stream.closed || stream.destroyed || stream.aborted)
  const answer = session.request({ ':path': '/-/healthy' })
  expect(await text(answer)).toBe('Healthy.\n')
})
