import { flood, holdConnections, type Loot, type Victim } from './sockets.ts'

/** An attack by clients of the web server. */
export interface ClientAttack {
  readonly name: string
  /** Whether the exporter that is attacked requires passwords. */
  readonly passwords?: boolean
  /** Whether it serves HTTPS. */
  readonly tls?: boolean
  run(victim: Victim): Promise<Loot>
}

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: exporter\r\n\r\n`

/** Every page and every part of the API, expensive ones first. */
const RENDERED = [
  '/api/v1/subnets/1/neurons',
  '/subnets/1',
  '/api/v1/openapi.json',
  '/api/v1/keys',
  '/',
  '/subnets',
  '/api/v1/subnets',
  '/api/v1/status',
]

const SORTS = ['incentive', 'stake', 'uid', 'prune_rank', 'emission', 'dividends', 'consensus']

const at = <Item>(items: readonly Item[], index: number): Item => items[index % items.length] as Item

/** The preface of HTTP/2, settings with an initial window of 0, and requests for /metrics on 32 streams. */
function http2Requests(): Buffer {
  const frame = (type: number, flags: number, stream: number, payload: Buffer): Buffer => {
    const head = Buffer.alloc(9)
    head.writeUIntBE(payload.length, 0, 3)
    head.writeUInt8(type, 3)
    head.writeUInt8(flags, 4)
    head.writeUInt32BE(stream, 5)
    return Buffer.concat([head, payload])
  }
  const windowOfNothing = Buffer.from([0, 4, 0, 0, 0, 0])
  // HPACK: GET, http, and the literal path and authority.
  const literal = (index: number, text: string) =>
    Buffer.concat([Buffer.from([index, text.length]), Buffer.from(text)])
  const headers = Buffer.concat([Buffer.from([0x82, 0x86]), literal(0x04, '/metrics'), literal(0x01, 'a')])
  const streams = Array.from({ length: 32 }, (_, index) => frame(1, 5, 2 * index + 1, headers))
  const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
  return Buffer.concat([preface, frame(4, 0, 0, windowOfNothing), ...streams])
}

const basic = (user: string, password: string) => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
})

/** The start of a TLS record with a ClientHello of 508 bytes, which never comes. */
const HALF_HELLO = Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3])

/** Attacks that hold connections and read slowly or nothing. */
const HOLDING: readonly ClientAttack[] = [
  {
    name: 'idle connections of one address',
    run: (victim) => holdConnections(victim, 700, () => undefined),
  },
  {
    name: 'idle connections of 64 addresses',
    run: (victim) => holdConnections(victim, 700, () => undefined, 64),
  },
  {
    name: 'connections that send a header byte by byte',
    run: (victim) =>
      holdConnections(victim, 700, (socket) => {
        socket.write('GET /metrics HTTP/1.1\r\nHost: a\r\nX: ')
        const timer = setInterval(() => socket.write('x'), 500)
        socket.once('close', () => {
          clearInterval(timer)
        })
      }),
  },
  {
    name: 'requests for /metrics whose responses are not read',
    run: (victim) => holdConnections(victim, 500, (socket) => void socket.pause().write(get('/metrics'))),
  },
  {
    name: 'requests for /metrics from 64 addresses whose responses are not read',
    run: (victim) => holdConnections(victim, 700, (socket) => void socket.pause().write(get('/metrics')), 64),
  },
  {
    name: 'pipelined requests for neurons whose responses are not read',
    run: (victim) =>
      holdConnections(
        victim,
        500,
        (socket) => void socket.pause().write(get('/api/v1/subnets/1/neurons').repeat(32)),
      ),
  },
  {
    name: 'HTTP/2 streams with window 0',
    run: (victim) => {
      const bytes = http2Requests()
      return holdConnections(victim, 500, (socket) => void socket.pause().write(bytes))
    },
  },
]

export const CLIENT_ATTACKS: readonly ClientAttack[] = [
  // What the others are compared with.
  { name: 'no attack', run: (victim) => holdConnections(victim, 0, () => undefined) },
  ...HOLDING,
  ...HOLDING.map((attack): ClientAttack => ({ ...attack, name: `TLS: ${attack.name}`, tls: true })),
  {
    name: 'TLS: handshakes that stop after the first bytes',
    tls: true,
    run: (victim) =>
      holdConnections({ ...victim, tls: false }, 700, (socket) => {
        socket.write(HALF_HELLO)
        const timer = setInterval(() => socket.write('x'), 500)
        socket.once('close', () => {
          clearInterval(timer)
        })
      }),
  },
  {
    name: 'TLS: one handshake after another, 50 clients',
    tls: true,
    run: (victim) => holdConnections(victim, 50, (socket) => void socket.destroy()),
  },
  {
    name: 'requests that are abandoned',
    run: (victim) => flood(victim, 50, () => ({ path: '/metrics' }), { keepAlive: false, abandon: true }),
  },
  {
    name: 'pages and API, 50 clients',
    run: (victim) => flood(victim, 50, (index) => ({ path: at(RENDERED, index) })),
  },
  {
    name: 'pages and API, 50 clients, each query new',
    run: (victim) =>
      flood(victim, 50, (index) => {
        const query = `sort=${at(SORTS, index)}&offset=${index % 200}&limit=${100 + (index % 60_000)}`
        return { path: index % 2 === 0 ? `/subnets/1?${query}` : `/api/v1/subnets/1/neurons?${query}` }
      }),
  },
  {
    name: '/metrics, 50 clients',
    run: (victim) =>
      flood(victim, 50, (index) => ({
        path: '/metrics',
        headers: index % 2 === 0 ? { 'accept-encoding': 'gzip' } : {},
      })),
  },
  {
    name: '/probe, 50 clients',
    run: (victim) => flood(victim, 50, (index) => ({ path: `/probe?target=${at(victim.nodes, index)}` })),
  },
  {
    name: '/sd/neurons over 4,096 netuids, 50 clients',
    run: (victim) => flood(victim, 50, (index) => ({ path: `/sd/neurons?netuid=${index % 4096}` })),
  },
  {
    name: 'password guesses of one address',
    passwords: true,
    run: (victim) =>
      flood(victim, 50, (index) => ({ path: '/metrics', headers: basic('user-0', `guess ${index}`) })),
  },
  {
    name: 'password guesses of 64 addresses',
    passwords: true,
    run: (victim) =>
      flood(
        victim,
        128,
        (index) => ({ path: '/metrics', headers: basic(`user-${index % 3}`, `guess ${index}`) }),
        { addresses: 64 },
      ),
  },
  {
    name: 'headers of 16 KiB, long URLs, unknown paths',
    run: (victim) =>
      flood(victim, 50, (index) => {
        const long = 'x'.repeat(15_000)
        return index % 2 === 0 ? { path: '/metrics', headers: { 'x-long': long } } : { path: `/${long}` }
      }),
  },
  {
    name: 'reloads and other methods',
    run: (victim) =>
      flood(victim, 50, (index) => ({
        path: at(['/-/reload', '/metrics', '/'], index),
        method: at(['POST', 'PUT', 'DELETE'], index),
      })),
  },
]
