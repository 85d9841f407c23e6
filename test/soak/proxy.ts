import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import type { SimulatedChain } from '../../src/demo/chain.ts'
import type { Random } from '../../src/demo/random.ts'
import { FAULTS, send, type Exchange, type FaultName } from './faults.ts'
import type { Incoming, Upstream } from './upstreams.ts'

/** What a proxy does to the requests that come through it, until it is told otherwise. */
export interface Weather {
  /** True: connections are refused. */
  readonly refused: boolean
  /** Each request that is meant (all, when `only` is not given) meets the fault this often, in 0–1. */
  readonly faults: readonly { readonly fault: FaultName; readonly rate: number; readonly only?: RegExp }[]
  /** How often a request is answered by a node of the other chain, in 0–1. */
  readonly otherChain: number
  /** How often a read at a block is answered with what was there a block before, in 0–1. */
  readonly otherBlock: number
  /** True: each block is discarded after some reads of it. */
  readonly vanishing: boolean
}

export const FAIR: Weather = {
  refused: false,
  faults: [],
  otherChain: 0,
  otherBlock: 0,
  vanishing: false,
}

export interface ProxyOptions {
  /** The upstream it stands in front of. */
  readonly upstream: Upstream
  readonly chain: SimulatedChain
  /** The same kind of upstream, of a node on another chain. */
  readonly elsewhere: Upstream
  readonly random: Random
  /** What the exporter waits for an answer, in milliseconds. */
  readonly timeoutMs: number
}

export interface FaultProxy {
  readonly url: string
  /** How often each kind of fault was injected. */
  readonly injected: ReadonlyMap<string, number>
  setWeather(weather: Weather): Promise<void>
  close(): Promise<void>
}

/** Reads of one block that are answered before it vanishes, at most. */
const VANISHES_WITHIN = 150

/** A proxy in front of the simulated upstream of one node. It passes the right answers on, or injects the faults of its weather. */
export async function startFaultProxy(options: ProxyOptions): Promise<FaultProxy> {
  const { upstream, chain, elsewhere, random, timeoutMs } = options
  const injected = new Map<string, number>()
  const readsLeft = new Map<string, number>()
  const underWay = new Set<AbortController>()
  let closed = false
  let weather = FAIR
  let endless = 0

  const count = (kind: string) => injected.set(kind, (injected.get(kind) ?? 0) + 1)

  /** The request, now and then for the block before the requested one. */
  function redirected(incoming: Incoming): Incoming {
    const hash = upstream.hashIn(incoming)
    if (hash === undefined || !random.chance(weather.otherBlock)) return incoming
    const height = chain.heightOf(hash)
    const other = height === undefined ? undefined : chain.hashAt(height - 1)
    const changed = other === undefined ? undefined : upstream.atBlock(incoming, hash, other)
    if (changed === undefined) return incoming
    count('another block')
    return changed
  }

  function isGone(hash: string): boolean {
    const left = readsLeft.get(hash) ?? random.below(VANISHES_WITHIN)
    readsLeft.set(hash, left - 1)
    return left <= 0
  }

  function rightAnswer(incoming: Incoming) {
    const strange = random.chance(weather.otherChain)
    if (strange) count('another chain')
    return (strange ? elsewhere : upstream).answer(redirected(incoming))
  }

  async function respond(incoming: Incoming, response: ServerResponse): Promise<void> {
    const subject = upstream.subjectOf(incoming)
    const fault = faultFor(subject)
    const right = rightAnswer(incoming)
    const hash = weather.vanishing ? upstream.hashIn(incoming) : undefined
    if (hash !== undefined && isGone(hash)) {
      count('hash vanished')
      send(response, upstream.discarded(incoming, hash))
    } else if (fault === undefined) send(response, right)
    else await inject(fault, { subject, right, response, random, timeoutMs })
  }

  /** Until the exporter has gone. */
  async function inject(fault: FaultName, exchange: Omit<Exchange, 'signal'>): Promise<void> {
    count(fault)
    const gone = new AbortController()
    underWay.add(gone)
    exchange.response.once('close', () => {
      gone.abort()
    })
    if (fault === 'endless body') endless++
    try {
      await FAULTS[fault]({ ...exchange, signal: gone.signal })
    } finally {
      underWay.delete(gone)
      if (fault === 'endless body') endless--
    }
  }

  function faultFor(subject: string): FaultName | undefined {
    const hit = weather.faults.find(({ rate, only }) => (only?.test(subject) ?? true) && random.chance(rate))
    // One stream is enough to fill any memory; more would only keep the processor from the rest of the soak.
    return hit?.fault === 'endless body' && endless > 0 ? 'gigabytes announced' : hit?.fault
  }

  const server = createServer((request, response) => {
    const incoming = text(request).then((body) => ({ path: request.url ?? '/', body }))
    void incoming
      .then((each) => respond(each, response))
      .catch((error: unknown) => {
        // The exporter gave up, or the proxy is closed; anything else is a fault of the soak, to be seen.
        if (response.closed || closed || weather.refused) response.destroy()
        else if (!response.headersSent)
          send(response, {
            status: 500,
            contentType: 'text/plain',
            body: Buffer.from(`the proxy failed: ${String(error)}`),
          })
      })
  })
  const listen = (port: number) =>
    new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, '127.0.0.1', () => {
        server.off('error', reject)
        resolve()
      })
    })
  const stopListening = () =>
    new Promise<void>((resolve) => {
      server.close(() => {
        resolve()
      })
      server.closeAllConnections()
    })
  await listen(0)
  const { port } = server.address() as AddressInfo

  /** The port may be somebody's outgoing connection for a moment. */
  async function listenAgain(): Promise<void> {
    for (let tries = 100; ; tries--) {
      try {
        await listen(port)
        return
      } catch (error) {
        if (tries === 0) throw error
        await delay(100)
      }
    }
  }

  return {
    url: `http://127.0.0.1:${port}`,
    injected,
    async setWeather(next) {
      const before = weather
      weather = next
      readsLeft.clear()
      if (next.refused && !before.refused) {
        count('refused')
        await stopListening()
      } else if (!next.refused && before.refused) await listenAgain()
    },
    async close() {
      closed = true
      for (const each of underWay) each.abort()
      if (server.listening) await stopListening()
    },
  }
}
