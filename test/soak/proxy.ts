import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { SimulatedNode } from '../../src/demo/node.ts'
import type { Random } from '../../src/demo/random.ts'
import { answerTo } from '../../src/demo/sidecar.ts'
import { FAULTS, send, type Exchange, type FaultName } from './faults.ts'

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
  /** The node whose Sidecar it stands for. */
  readonly node: SimulatedNode
  /** A node on another chain. */
  readonly elsewhere: SimulatedNode
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

/** A proxy with the simulated Sidecar of one node behind it: it passes on the right answers, or does to them what its weather says. */
export async function startFaultProxy(options: ProxyOptions): Promise<FaultProxy> {
  const { node, elsewhere, random, timeoutMs } = options
  const requests = new Map<string, number>()
  const injected = new Map<string, number>()
  const readsLeft = new Map<string, number>()
  const underWay = new Set<AbortController>()
  let closed = false
  let weather = FAIR
  let endless = 0

  const count = (kind: string) => injected.set(kind, (injected.get(kind) ?? 0) + 1)

  /** The path to ask the Sidecar for, which is that of another block now and then. */
  function pathFor(path: string): string {
    const hash = hashIn(path)
    if (hash === undefined || !random.chance(weather.otherBlock)) return path
    const height = node.chain.heightOf(hash)
    if (height === undefined) return path
    count('another block')
    return path.replace(hash, node.chain.hashAt(height - 1))
  }

  function isGone(path: string): boolean {
    const hash = hashIn(path)
    if (!weather.vanishing || hash === undefined) return false
    const left = readsLeft.get(hash) ?? random.below(VANISHES_WITHIN)
    readsLeft.set(hash, left - 1)
    return left <= 0
  }

  function rightAnswer(path: string) {
    const strange = random.chance(weather.otherChain)
    if (strange) count('another chain')
    const answer = answerTo(strange ? elsewhere : node, 'GET', pathFor(path), requests)
    return { ...answer, body: Buffer.from(answer.body) }
  }

  async function respond(path: string, response: ServerResponse): Promise<void> {
    const fault = faultFor(path)
    const right = rightAnswer(path)
    if (isGone(path)) {
      count('hash vanished')
      const message = `-32000: UnknownBlock: State already discarded for ${hashIn(path) ?? ''}`
      const body = Buffer.from(JSON.stringify({ code: 500, message }))
      send(response, { status: 500, contentType: right.contentType, body })
    } else if (fault === undefined) send(response, right)
    else await inject(fault, { path, right, response, random, timeoutMs })
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

  function faultFor(path: string): FaultName | undefined {
    const hit = weather.faults.find(({ rate, only }) => (only?.test(path) ?? true) && random.chance(rate))
    // One stream is enough to fill any memory; more would only keep the processor from the rest of the soak.
    return hit?.fault === 'endless body' && endless > 0 ? 'gigabytes announced' : hit?.fault
  }

  const server = createServer((request, response) => {
    respond(request.url ?? '/', response).catch((error: unknown) => {
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

const hashIn = (path: string): string | undefined => /[?&]at=(0x[0-9a-f]{64})/.exec(path)?.[1]
