import { Agent, request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

/** Where an attack is directed, and for how long. */
export interface Victim {
  readonly port: number
  /** A time of performance.now(). */
  readonly until: number
  /** Whether the exporter serves HTTPS. */
  readonly tls: boolean
  /** Names of the configured nodes. */
  readonly nodes: readonly string[]
}

/** What the attacker got. */
export interface Loot {
  /** Requests sent, or connections opened. */
  attempts: number
  /** Responses with status 200. */
  served: number
}

const isOver = ({ until }: Victim): boolean => performance.now() >= until

const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

/** An address of the loopback other than that of the well-behaved client. */
const attackerAddress = (index: number): string =>
  `127.66.${Math.floor(index / 250) % 250}.${(index % 250) + 1}`

/**
 * Keeps a number of connections open and reads nothing from them. Each is opened again when the exporter closes it, at most
 * twenty times a second.
 * @param begin writes what the connection begins with.
 * @param addresses is the number of addresses that the connections come from.
 */
export async function holdConnections(
  victim: Victim,
  count: number,
  begin: (socket: Socket) => void,
  addresses = 1,
): Promise<Loot> {
  const loot: Loot = { attempts: 0, served: 0 }
  const holders = Array.from({ length: count }, async (_, index) => {
    while (!isOver(victim)) {
      loot.attempts += 1
      await holdConnection(victim, begin, attackerAddress(index % addresses))
      await sleep(50)
    }
  })
  await Promise.all([...holders, sleep(victim.until - performance.now())])
  return loot
}

/** Connects, with a TLS handshake if the exporter serves HTTPS. The attacker offers HTTP/2 as well. */
function connectTo({ port, tls }: Victim, localAddress: string): Socket {
  const options = { port, host: '127.0.0.1', localAddress }
  return tls
    ? connectTls({ ...options, rejectUnauthorized: false, ALPNProtocols: ['h2', 'http/1.1'] })
    : connect(options)
}

/** Resolves when the connection is closed, or the attack is over. */
function holdConnection(
  victim: Victim,
  begin: (socket: Socket) => void,
  localAddress: string,
): Promise<void> {
  return new Promise((resolve) => {
    const socket = connectTo(victim, localAddress)
    // Only what the kernel buffers is read, but that shows that the other end has closed.
    socket.on('error', () => undefined)
    const timer = setTimeout(() => socket.destroy(), victim.until - performance.now())
    socket.once(victim.tls ? 'secureConnect' : 'connect', () => {
      begin(socket)
    })
    socket.once('close', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}

/** Sends requests as fast as they are answered, from a number of clients at once. */
export async function flood(
  victim: Victim,
  clients: number,
  requestOf: (index: number) => {
    readonly path: string
    readonly method?: string
    readonly headers?: Readonly<Record<string, string>>
  },
  { addresses = 1, keepAlive = true, abandon = false } = {},
): Promise<Loot> {
  const loot: Loot = { attempts: 0, served: 0 }
  const workers = Array.from({ length: clients }, async (_, client) => {
    const agent = new Agent({ keepAlive, maxSockets: 1 })
    while (!isOver(victim)) {
      const index = loot.attempts++
      const options = { agent, localAddress: attackerAddress(client % addresses), ...requestOf(index) }
      const status = await send(victim, options, abandon)
      if (status === 200) loot.served += 1
      if (status === undefined) await sleep(20)
    }
    agent.destroy()
  })
  await Promise.all(workers)
  return loot
}

/** The status of the response; undefined when there is none. */
function send(
  { port, until }: Victim,
  options: {
    readonly agent: Agent
    readonly localAddress: string
    readonly path: string
    readonly method?: string
    readonly headers?: Readonly<Record<string, string>>
  },
  abandon: boolean,
): Promise<number | undefined> {
  return new Promise((resolve) => {
    let status: number | undefined
    const sent = request({ host: '127.0.0.1', port, ...options }, (response) => {
      status = response.statusCode
      if (abandon) sent.destroy()
      response.on('error', () => undefined)
      response.resume()
    })
    const timer = setTimeout(() => sent.destroy(), Math.max(1, until - performance.now()))
    sent.on('error', () => undefined)
    sent.once('close', () => {
      clearTimeout(timer)
      resolve(status)
    })
    sent.end()
  })
}
