// Polls of the chain as the daemon makes them, one at a time: all collectors, and the text they publish.
import { pino } from 'pino'
import { COLLECTORS } from '../../dist/collectors/index.js'
import { DEMO_KEYS } from '../../dist/demo/demo.js'
import { Exposition } from '../../dist/metrics/exposition.js'
import { SelfMetrics } from '../../dist/metrics/self.js'
import { ChainPoll } from '../../dist/poll/chain.js'
import { pollNode } from '../../dist/poll/node.js'
import { CollectorResults } from '../../dist/poll/results.js'
import { SourceSelector } from '../../dist/source/selector.js'
import { rpcClient } from '../../dist/upstream/rpc/client.js'
import { openRpcHttp } from '../../dist/upstream/rpc/http.js'
import { sidecarClient } from '../../dist/upstream/sidecar/client.js'
import { openSidecarHttp } from '../../dist/upstream/sidecar/http.js'

const HOUR_MS = 3_600_000

/** Places the watched keys on the chain: two hotkeys on five subnets, and their coldkey. */
export const WATCHED = [
  { hotkey: DEMO_KEYS.validator.address, netuids: [0, 1, 3, 8], stake: 25_000 },
  { hotkey: DEMO_KEYS.miner.address, netuids: [1, 5], stake: 1 },
].map((placed) => ({ ...placed, coldkey: DEMO_KEYS.treasury.address }))

const keysOf = (wanted) => Object.values(DEMO_KEYS).filter(({ role }) => role === wanted)

/** Notes the bodies of the requests that a client sends, as arrays of calls: they stay in memory, which costs time. */
const recording = (http, sent) => ({
  ...http,
  post(calls, signal) {
    sent.push(calls)
    return http.post(calls, signal)
  },
})

/**
 * A new exporter without web server and timers. `by` is 'rpc' or 'sidecar', `subnets` the scope, `records` whether requests are kept. `poll` makes one poll, and fails
 * when a collector did.
 */
export async function poller(
  by,
  { url, rpcUrl },
  { subnets = 'all', concurrency = 32, records = false } = {},
) {
  const log = pino({ level: 'silent' })
  const options = { name: 'a', headers: {}, timeoutMs: 120_000, concurrency }
  const sent = []
  const http = by === 'rpc' ? openRpcHttp({ ...options, url: rpcUrl }) : openSidecarHttp({ ...options, url })
  const client = by === 'rpc' ? rpcClient(records ? recording(http, sent) : http) : sidecarClient(http)
  const exposition = new Exposition(COLLECTORS.flatMap(({ families }) => families))
  const self = new SelfMetrics({ version: '0', revision: '0', nodeVersion: process.version }, false, [])
  const results = new CollectorResults(HOUR_MS, { exposition, self, log })
  const selector = new SourceSelector({ self, log })
  const chain = new ChainPoll({ results, self, selector })
  const instances = COLLECTORS.map((each) => each.create({ log, table: exposition.table }))
  const scope = {
    hotkeys: keysOf('hotkey'),
    coldkeys: keysOf('coldkey'),
    subnets,
    shard: undefined,
    maxSeries: 2_000_000,
  }
  const { signal } = new AbortController()
  selector.handle({ kind: 'nodes-replaced', nodes: [{ node: 'a', client }], genesis: undefined })
  const ofNode = { collectors: [], scope, results, self, selector, deadlineMs: HOUR_MS }
  const collectors = instances.filter((each) => each.scope === 'chain')
  chain.configure({ clients: [client], collectors, scope, deadlineMs: HOUR_MS })
  // The selection waits for the health of the node. It is read before the measurement, as its requests are the same in all variants.
  await pollNode(client, ofNode, signal)
  return {
    exposition,
    /** Calls of each HTTP request so far; only of 'rpc' that records. */
    sent,
    async poll() {
      await chain.poll(signal)
      const failed = results.status().filter(({ success }) => !success)
      if (failed.length > 0)
        throw new Error(failed.map(({ collector, error }) => `${collector}: ${error}`).join('; '))
    },
    async stop() {
      results.stop()
      await http.close()
    },
  }
}
