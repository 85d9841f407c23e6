import { once } from 'node:events'
import { connect as connectTcp } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { connectionsOf } from '../../src/web/connections.ts'
import { TlsLab } from '../support/tls.ts'

const lab = TlsLab.forThisFile()

test('finishes responses over TLS, and closes idle connections', async () => {
  const web = await lab.serve([], { bytes: 5_000_000 })
  const keepAlive = await lab.handshake(web, { ALPNProtocols: ['http/1.1'] })
  keepAlive.write('GET /-/healthy HTTP/1.1\r\nHost: a\r\n\r\n')
  await once(keepAlive, 'data')
  const response = await lab.unreadResponse(web)
  const [body] = await Promise.all([text(response), web.app.close(), once(keepAlive, 'close')])
  expect(body.length).toBeGreaterThan(5_000_000)
  expect(body.endsWith('"} 1\n')).toBe(true)
})

test('who does not read, or does not even end its handshake, is cut off', async () => {
  const web = await lab.serve([], { bytes: 50_000_000 })
  const connections = connectionsOf(web.app.server)
  const silent = connectTcp(web.port, '127.0.0.1')
  silent.on('error', () => undefined)
  await once(silent, 'connect')
  const response = await lab.unreadResponse(web)
  response.on('error', () => undefined)
  const closed = web.app.close()
  connections.destroy()
  await closed
})
