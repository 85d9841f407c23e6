import { readFile, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { authority, type Certificate } from '../support/certificates.ts'
import { useProgram } from '../support/program.ts'
import { close, freePort, httpServer, listen, tcpServer } from '../support/servers.ts'

const start = useProgram()

let folder = ''
let ca = ''
const certificates: Record<'leaf' | 'other' | 'expired' | 'self', Certificate> = {
  leaf: { cert: '', key: '' },
  other: { cert: '', key: '' },
  expired: { cert: '', key: '' },
  self: { cert: '', key: '' },
}
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bittensor-exporter-unreachable-'))
  const issuer = await authority(folder, 'ca')
  ca = issuer.cert
  certificates.self = { cert: issuer.cert, key: issuer.key }
  certificates.leaf = await issuer.issue('leaf')
  certificates.other = await issuer.issue('other', { sans: 'DNS:other.example' })
  certificates.expired = await issuer.issue('expired', { days: -1 })
})
afterAll(() => rm(folder, { recursive: true }))

/** An HTTPS server; the result is its port. */
async function tlsPort(name: keyof typeof certificates): Promise<number> {
  const { cert, key } = certificates[name]
  const server = createServer({ cert: await readFile(cert), key: await readFile(key) }, (_, response) =>
    response.end('x'),
  )
  const port = await listen(server)
  onTestFinished(() => close(server))
  return port
}

const answering = async (status: number, body: string, headers: Readonly<Record<string, string>> = {}) =>
  (await httpServer((_, response) => response.writeHead(status, headers).end(body))).url

/** Each kind of server that is no node and no Sidecar: its URL, what `check` reports, and its remedy. */
async function kinds(
  api: 'rpc' | 'sidecar',
): Promise<readonly (readonly [url: string, message: string, remedy: string])[]> {
  const instead = api === 'rpc' ? 'JSON-RPC' : 'the API of a Sidecar'
  const at = (url: string) => url.replace(/^https?:\/\//, '')
  const [leaf, other, expired] = await Promise.all((['leaf', 'other', 'expired'] as const).map(tlsPort))
  const plain = await answering(200, 'x')
  const closed = await freePort()
  const closing = await tcpServer((socket) => socket.destroy())
  const ssh = await tcpServer((socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n'))
  const credentials = 'give it credentials (headers_file or basic_auth)'
  const wrong = 'check host, port and path of the URL'
  const tls = 'check the port; if it speaks TLS, write https:// or wss://'
  return [
    [
      `http://127.0.0.1:${closed}`,
      `POST /: connection refused (127.0.0.1:${closed})`,
      'check that it runs, and that it listens on this address and not only on its own loopback',
    ],
    [
      'http://no-such-host.invalid:9944',
      'POST /: host name not found (no-such-host.invalid:9944)',
      'check the spelling of the host, and the DNS of this machine',
    ],
    [
      plain.replace('http:', 'https:'),
      `POST /: the port does not speak TLS: write http://, or use the port for HTTPS (${at(plain)})`,
      'write http:// or ws://',
    ],
    [`http://127.0.0.1:${leaf}`, `POST /: connection closed (127.0.0.1:${leaf})`, tls],
    [
      `https://127.0.0.1:${other}`,
      `POST /: the certificate is for another host name (127.0.0.1:${other})`,
      'use a host name that the certificate contains',
    ],
    [
      `https://127.0.0.1:${expired}`,
      `POST /: the certificate has expired (127.0.0.1:${expired})`,
      'renew the certificate, or correct the clock of this machine',
    ],
    [`https://localhost:${leaf}`, 'is a web server, but neither a Sidecar nor the JSON-RPC of a node', wrong],
    [closing, `POST /: connection closed (${at(closing)})`, tls],
    [ssh, `POST /: the answer is not HTTP (${at(ssh)})`, tls],
    [
      await answering(200, '<html>welcome</html>'),
      'is a web server, but neither a Sidecar nor the JSON-RPC of a node',
      wrong,
    ],
    [await answering(404, '404 page not found'), `answers HTTP 404 instead of ${instead}`, wrong],
    [
      await answering(403, 'Provided Host header is not whitelisted.\n'),
      `answers HTTP 403 instead of ${instead}`,
      api === 'rpc'
        ? `start the node with --rpc-cors=all, which accepts any Host header, or ${credentials}`
        : credentials,
    ],
    [await answering(401, 'no'), `answers HTTP 401 instead of ${instead}`, credentials],
    [
      await answering(302, '', { location: 'https://node.example/' }),
      `answers HTTP 302 instead of ${instead}`,
      'write the URL that it redirects to',
    ],
    [
      await answering(502, '<html>bad gateway</html>'),
      `answers HTTP 502 instead of ${instead}`,
      'the proxy does not reach its server: check that this runs',
    ],
  ]
}

/** The problems of nodes with these URLs, as [message, remedy] by the index of the URL. */
async function problemsOf(
  variable: string,
  urls: readonly string[],
  environment: Readonly<Record<string, string>>,
) {
  const list = urls.map((url, index) => `n${index}=${url}`).join(',')
  const run = start(['check', '--json'], { ...environment, [variable]: list })
  expect(await run.ended).toBe(1)
  // More than ten nodes are no reason for a warning of Node.js.
  expect(run.stderr()).toBe('')
  const { problems } = JSON.parse(run.stdout()) as {
    problems: readonly { subject: string; message: string; remedy: string }[]
  }
  return urls.map((_, index) => {
    const own = problems.filter(({ subject }) => subject === `n${index}`)
    return own.map(({ message, remedy }) => [message, remedy])
  })
}

test.each([
  ['NODE_URL', 'rpc'],
  ['SIDECAR_URL', 'sidecar'],
] as const)(
  'check with %s reports each kind of wrong server in words, with a remedy',
  async (variable, api) => {
    const rows = await kinds(api)
    const found = await problemsOf(
      variable,
      rows.map(([url]) => url),
      { NODE_EXTRA_CA_CERTS: ca },
    )
    expect(found).toEqual(rows.map(([, message, remedy]) => [[message, remedy]]))
  },
)

test('without NODE_EXTRA_CA_CERTS, certificates of an unknown authority and self-signed ones', async () => {
  const [leaf, self] = [await tlsPort('leaf'), await tlsPort('self')]
  const remedy =
    'start the exporter with NODE_EXTRA_CA_CERTS=FILE, which has the certificate of that CA in PEM'
  expect(await problemsOf('NODE_URL', [`wss://127.0.0.1:${leaf}`, `https://127.0.0.1:${self}`], {})).toEqual([
    [
      [
        `POST /: the certificate is signed by an unknown CA: set NODE_EXTRA_CA_CERTS (127.0.0.1:${leaf})`,
        remedy,
      ],
    ],
    [[`POST /: the certificate is self-signed: set NODE_EXTRA_CA_CERTS (127.0.0.1:${self})`, remedy]],
  ])
})
