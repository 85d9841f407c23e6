import { writeFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { pino } from 'pino'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Renewal } from '../../src/web/renewal.ts'
import { TlsLab } from '../support/tls.ts'
import { SECRET_METRIC, until, type TestWeb } from '../support/web.ts'

const lab = TlsLab.forThisFile()

describe('a renewed certificate', () => {
  const lines: Record<string, unknown>[] = []
  const log = pino(
    {},
    { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
  )
  const serial = async (web: TestWeb) => (await lab.handshake(web)).getPeerCertificate().serialNumber

  test('is taken by new connections, without a word and without breaking those there are', async () => {
    await lab.servers.issue('server')
    const web = await lab.serve()
    const renewal = new Renewal(web.security, web.load, log, 20)
    onTestFinished(() => {
      renewal.stop()
    })
    const session = await lab.openSession(web)
    const before = await serial(web)
    await lab.servers.issue('server')
    for (let tries = 0; (await serial(web)) === before; tries += 1) {
      if (tries > 400) throw new Error('it did not come')
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    const stream = session.request({ ':path': '/metrics' })
    expect(await text(stream)).toContain(SECRET_METRIC)
  })

  test('with faults leaves the one before, and is said once', async () => {
    await lab.servers.issue('server')
    const web = await lab.serve()
    const before = await serial(web)
    await writeFile(lab.file('server.crt'), 'half a cert')
    lines.length = 0
    const renewal = new Renewal(web.security, web.load, log, 20)
    onTestFinished(() => {
      renewal.stop()
    })
    await expect(renewal.renew()).rejects.toThrow('server.crt has no certificate in PEM')
    await until(() => lines.length > 0)
    expect(await serial(web)).toBe(before)
    expect(lines).toEqual([
      expect.objectContaining({ fault: expect.stringContaining('server.crt') as string }),
    ])
    await lab.servers.issue('server')
    await renewal.renew()
    expect(await serial(web)).not.toBe(before)
  })

  test('that has expired or soon will is warned of', async () => {
    for (const [days, what] of [
      [-1, 'has expired'],
      [2, 'expires soon'],
    ] as const) {
      await lab.servers.issue('server', { days })
      const web = await lab.serve()
      lines.length = 0
      new Renewal(web.security, undefined, log).stop()
      expect(lines).toEqual([expect.objectContaining({ msg: `the certificate of the web server ${what}` })])
    }
    await lab.servers.issue('server')
  })

  test('TLS and client_auth_type are not changed while it runs', async () => {
    const web = await lab.serve([
      'client_ca_file: clients.crt',
      'client_auth_type: RequireAndVerifyClientCert',
    ])
    const settings = await (await lab.serve()).load()
    expect(() => {
      web.security.replace(settings)
    }).toThrow('restart')
    expect(await lab.overHttp1(web, {})).toBe('')
  })
})
