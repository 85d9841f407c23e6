import { writeFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { pino } from 'pino'
import { describe, expect, onTestFinished, test } from 'vitest'
import { WebConfigReloader } from '../../../src/web/security/web-config-reloader.ts'
import { REQUEST, TlsLab } from '../../support/tls.ts'
import { SECRET_METRIC, type TestWeb } from '../../support/web.ts'
import { until } from '../../support/until.ts'

const lab = TlsLab.forThisFile()

describe('a renewed certificate', () => {
  const lines: Record<string, unknown>[] = []
  const log = pino(
    {},
    { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
  )
  const serial = async (web: TestWeb) => (await lab.handshake(web)).getPeerCertificate().serialNumber

  test('is used for new connections without a signal, and open connections stay', async () => {
    await lab.servers.issue('server')
    const web = await lab.serve()
    const reloader = new WebConfigReloader(web.security, web.load, log, 20)
    onTestFinished(() => {
      reloader.stop()
    })
    const open = await lab.handshake(web)
    const before = await serial(web)
    await lab.servers.issue('server')
    await until(async () => (await serial(web)) !== before)
    open.write(REQUEST)
    expect(await text(open)).toContain(SECRET_METRIC)
  })

  test('is logged once when it is invalid, and the previous one stays in force', async () => {
    await lab.servers.issue('server')
    const web = await lab.serve()
    const before = await serial(web)
    await writeFile(lab.file('server.crt'), 'half a cert')
    lines.length = 0
    const reloader = new WebConfigReloader(web.security, web.load, log, 20)
    onTestFinished(() => {
      reloader.stop()
    })
    await expect(reloader.reload()).rejects.toThrow('server.crt has no certificate in PEM')
    await until(() => lines.length > 0)
    expect(await serial(web)).toBe(before)
    expect(lines).toEqual([
      expect.objectContaining({ problem: expect.stringContaining('server.crt') as string }),
    ])
    await lab.servers.issue('server')
    await reloader.reload()
    expect(await serial(web)).not.toBe(before)
  })

  test('is logged when it has expired or expires soon', async () => {
    for (const [days, what] of [
      [-1, 'has expired'],
      [2, 'expires soon'],
    ] as const) {
      await lab.servers.issue('server', { days })
      const web = await lab.serve()
      lines.length = 0
      new WebConfigReloader(web.security, undefined, log).stop()
      expect(lines).toEqual([expect.objectContaining({ msg: `certificate of the web server ${what}` })])
    }
    await lab.servers.issue('server')
  })

  test('TLS and client_auth_type cannot be changed at run time', async () => {
    const web = await lab.serve([
      'client_ca_file: clients.crt',
      'client_auth_type: RequireAndVerifyClientCert',
    ])
    const config = await (await lab.serve()).load()
    expect(() => {
      web.security.replace(config)
    }).toThrow('restart')
    expect(await lab.overHttp1(web, {})).toBe('')
  })
})
