import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { get } from 'node:https'
import type { Readable } from 'node:stream'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls'
import { beforeAll, onTestFinished, vi } from 'vitest'
import { loadWebConfig } from '../../src/config/web/load-web-config.ts'
import { authority, type Authority } from './certificates.ts'
import { testWeb, type TestWeb, type TestWebOptions } from './web.ts'

export const REQUEST = 'GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'

/** A test server with TLS, and how its configuration is read again. */
export type TlsWeb = TestWeb & { readonly load: () => ReturnType<typeof loadWebConfig> }

/** Unlike once(), also when it ends with an error. */
const closed = (stream: Pick<TLSSocket, 'once'>): Promise<void> =>
  new Promise((resolve) => stream.once('close', resolve))

/** Servers with TLS and their clients, with certificates in a folder of their own, for the tests of one file. */
export class TlsLab {
  folder = ''
  #servers: Authority | undefined
  #clients: Authority | undefined

  /** Makes what there is for all tests of the file, and takes it away after them. */
  static forThisFile(): TlsLab {
    const lab = new TlsLab()
    vi.setConfig({ testTimeout: 30_000 })
    beforeAll(async () => {
      lab.folder = await mkdtemp(join(tmpdir(), 'web-tls-'))
      lab.#servers = await authority(lab.folder, 'servers')
      lab.#clients = await authority(lab.folder, 'clients')
      await lab.servers.issue('server')
      return () => rm(lab.folder, { recursive: true })
    })
    return lab
  }

  /** Signs what servers show. */
  get servers(): Authority {
    if (this.#servers === undefined) throw new Error('no test has begun')
    return this.#servers
  }

  /** Signs what clients show; a server trusts it as clients.crt. */
  get clients(): Authority {
    if (this.#clients === undefined) throw new Error('no test has begun')
    return this.#clients
  }

  file(name: string): string {
    return join(this.folder, name)
  }

  /** A web server with a web configuration that has the server's certificate and more lines of tls_server_config. */
  async serve(
    lines: readonly string[] = [],
    { after = '', ...options }: TestWebOptions & { readonly after?: string } = {},
  ): Promise<TlsWeb> {
    const own = ['tls_server_config:', 'cert_file: server.crt', 'key_file: server.key']
    await writeFile(this.file('web.yml'), `${[...own, ...lines].join('\n  ')}\n${after}`)
    const load = () => loadWebConfig(this.file('web.yml'), (name) => readFile(name, 'utf8'))
    return { ...(await testWeb({ ...options, security: await load() })), load }
  }

  /** Options of a client that trusts the servers. */
  async trust(options: ConnectionOptions = {}): Promise<ConnectionOptions> {
    return { host: '127.0.0.1', ca: await readFile(this.servers.cert), ...options }
  }

  /** A client's certificate by its name, or none. */
  async pairOf(name: string | undefined): Promise<ConnectionOptions> {
    if (name === undefined) return {}
    return { cert: await readFile(this.file(`${name}.crt`)), key: await readFile(this.file(`${name}.key`)) }
  }

  /** A handshake that succeeded as this client sees it; rejects with the error of one that failed. */
  async handshake({ port }: TestWeb, options: ConnectionOptions = {}): Promise<TLSSocket> {
    const socket = connect({ port, ...(await this.trust(options)) })
    onTestFinished(() => void socket.destroy())
    await once(socket, 'secureConnect')
    socket.on('error', () => undefined)
    return socket
  }

  /** A response to GET /metrics of which nothing was read yet. */
  async unreadResponse({ url }: TestWeb): Promise<Readable> {
    const request = get(`${url}/metrics`, { ...(await this.trust()), agent: false })
    const [response] = (await once(request, 'response')) as [Readable]
    return response
  }

  /** Everything that the server says to a client that asks for the metrics at once, until the end of the connection. */
  async overHttp1({ port }: TestWeb, options: ConnectionOptions = {}): Promise<string> {
    const socket = connect({ port, ...(await this.trust(options)), ALPNProtocols: ['http/1.1'] })
    let received = ''
    socket.on('data', (chunk: Buffer) => (received += chunk.toString()))
    socket.on('error', () => undefined)
    socket.on('secureConnect', () => socket.write(REQUEST))
    await closed(socket)
    return received
  }
}
