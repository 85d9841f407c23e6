// Reading a node by JSON-RPC: beside the least that its requests take, beside a Sidecar before the same chain, and with a tenth
// of the subnets.
import { Agent, request } from 'node:http'
import { MAX_IN_FLIGHT, MAX_KEYS } from '../../dist/upstream/rpc/batch.js'
import { interleaved, median, NEURONS, sleep, startProcess, SUBNETS } from './lib.mjs'
import { poller, WATCHED } from './polls.mjs'

const FIRST_ROUNDS = 3
const STEADY_POLLS = 10
const BLOCKS = 8

/** Longer than an exporter waits between two polls. */
const BLOCK_MS = 12_000

const chainOf = (options) =>
  startProcess('./sidecar.mjs', { subnets: SUBNETS, neurons: NEURONS, placed: WATCHED, ...options })

/** The first poll of a new exporter, in milliseconds; `look` gets the exporter afterwards. */
async function first(by, servers, options, look = () => undefined) {
  const exporter = await poller(by, servers, options)
  try {
    const start = performance.now()
    await exporter.poll()
    const milliseconds = performance.now() - start
    await look(exporter)
    return milliseconds
  } finally {
    await exporter.stop()
  }
}

const agent = new Agent({ keepAlive: true, maxSockets: MAX_IN_FLIGHT })

/** POSTs a body and throws the answer away. */
const post = (url, body) =>
  new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' }
    request(url, { method: 'POST', agent, headers }, (response) => {
      response.on('end', resolve).on('error', reject).resume()
    })
      .on('error', reject)
      .end(body)
  })

/** Fetches storage values in full batches, as many at once as the exporter does, and throws them away. */
async function fetchAll(url, bodies) {
  const left = bodies.values()
  const worker = async () => {
    for (const body of left) await post(url, body)
  }
  await Promise.all(Array.from({ length: MAX_IN_FLIGHT }, worker))
}

/** Requests of the same keys, each key once, in full batches. */
function batchesOf(sent) {
  const reads = sent.flat().filter(({ method }) => method === 'state_queryStorageAt')
  const block = reads.at(-1).params[1]
  const keys = [
    ...new Set(reads.filter(({ params }) => params[1] === block).flatMap(({ params }) => params[0])),
  ]
  const bodies = []
  for (let from = 0; from < keys.length; from += MAX_KEYS)
    bodies.push(
      JSON.stringify({
        jsonrpc: '2.0',
        id: from,
        method: 'state_queryStorageAt',
        params: [keys.slice(from, from + MAX_KEYS), block],
      }),
    )
  return { keys: keys.length, bodies }
}

/** Runs something; notes the CPU time of this process and that of the process with the simulated node, in milliseconds. */
async function noting(own, ofNode, servers, run) {
  const [before, nodeBefore] = [process.cpuUsage(), (await servers.ask('cpu')).cpuMs]
  const result = await run()
  const { user, system } = process.cpuUsage(before)
  own.push((user + system) / 1000)
  ofNode.push((await servers.ask('cpu')).cpuMs - nodeBefore)
  return result
}

/** The first full reading: how many requests, and how long beside fetching its keys. */
export async function rpcFull() {
  const servers = await chainOf({ still: true })
  try {
    let sent = []
    const takeSent = (exporter) => (sent = exporter.sent)
    const before = (await servers.ask('requests')).rpcRequests
    await first('rpc', servers, { records: true }, takeSent)
    const requests = (await servers.ask('requests')).rpcRequests - before
    const { keys, bodies } = batchesOf(sent)
    const cpu = { full: [], floor: [], node: [] }
    const times = await interleaved(FIRST_ROUNDS, {
      full: () => noting(cpu.full, [], servers, () => first('rpc', servers)),
      floor: () => noting(cpu.floor, cpu.node, servers, () => fetchAll(servers.rpcUrl, bodies)),
    })
    return {
      rpc_full_requests: requests,
      rpc_full_vs_floor: times.full / times.floor,
      rpc_full_ms: times.full,
      rpc_floor_ms: times.floor,
      rpc_full_cpu_ms: median(cpu.full.slice(1)),
      rpc_floor_cpu_ms: median(cpu.floor.slice(1)),
      rpc_floor_node_cpu_ms: median(cpu.node.slice(1)),
      rpc_full_keys: keys,
    }
  } finally {
    await servers.stop()
  }
}

/** The first full reading through a Sidecar, beside one by JSON-RPC; 1 ms latency each. */
export async function sidecarVsRpc() {
  const servers = await chainOf({ still: true, latencyMs: 1 })
  try {
    const times = await interleaved(FIRST_ROUNDS, {
      sidecar: () => first('sidecar', servers),
      rpc: () => first('rpc', servers),
    })
    return {
      sidecar_vs_rpc_full: times.sidecar / times.rpc,
      sidecar_full_1ms_ms: times.sidecar,
      rpc_full_1ms_ms: times.rpc,
    }
  } finally {
    await servers.stop()
  }
}

/** Polls of a chain that moves by a block between them: requests, CPU time of this process, and time. */
export async function rpcSteady() {
  const servers = await chainOf({ still: false })
  const exporters = {}
  try {
    for (const by of ['rpc', 'sidecar']) exporters[by] = await poller(by, servers)
    const watched = await poller('rpc', servers, { subnets: 'watched' })
    exporters.watched = watched
    const cpu = { rpc: [], sidecar: [], watched: [] }
    const times = { rpc: [], sidecar: [], watched: [] }
    const requests = []
    // The first polls read everything; the next compile what a steady poll runs.
    for (let round = -3; round < STEADY_POLLS; round++) {
      await servers.ask('advance')
      for (const [by, exporter] of Object.entries(exporters)) {
        globalThis.gc?.()
        const before = (await servers.ask('requests')).rpcRequests
        const [start, cpuBefore] = [performance.now(), process.cpuUsage()]
        await exporter.poll()
        const { user, system } = process.cpuUsage(cpuBefore)
        if (round < 0) continue
        times[by].push(performance.now() - start)
        cpu[by].push((user + system) / 1000)
        if (by === 'rpc') requests.push((await servers.ask('requests')).rpcRequests - before)
      }
    }
    return {
      rpc_steady_requests: requests.reduce((sum, count) => sum + count, 0) / requests.length,
      rpc_steady_cpu_vs_sidecar: median(cpu.rpc) / median(cpu.sidecar),
      rpc_steady_cpu_ms: median(cpu.rpc),
      sidecar_steady_cpu_ms: median(cpu.sidecar),
      rpc_steady_ms: median(times.rpc),
      rpc_steady_max_ms: Math.max(...times.rpc),
      rpc_watched_steady_ms: median(times.watched),
      sidecar_steady_ms: median(times.sidecar),
    }
  } finally {
    await Promise.all(Object.values(exporters).map((exporter) => exporter.stop()))
    await servers.stop()
  }
}

/** Whether the watched keys, or the whole neuron table, are published. */
const has = ({ exposition }, family) =>
  exposition.snapshot.chunks('text').some(({ bytes }) => bytes.subarray(0, 200).includes(`# HELP ${family} `))

/** Milliseconds of a first poll until the balance of a watched key is published, beside those until the neuron table is. */
export async function rpcFirstWatched() {
  const servers = await chainOf({ still: true, latencyMs: 1 })
  const measured = []
  try {
    for (let round = 0; round <= FIRST_ROUNDS; round++) {
      const exporter = await poller('rpc', servers)
      const start = performance.now()
      let done = false
      const polled = exporter.poll().finally(() => (done = true))
      const at = {}
      const look = () => {
        const now = performance.now() - start
        if (at.watched === undefined && has(exporter, 'bittensor_account_free_tao')) at.watched = now
        if (at.table === undefined && has(exporter, 'bittensor_neuron_stake_tao')) at.table = now
      }
      while (!done) {
        await sleep(5)
        look()
      }
      await polled
      look()
      await exporter.stop()
      if (round > 0) measured.push(at)
    }
    const watched = median(measured.map((at) => at.watched))
    const table = median(measured.map((at) => at.table))
    return {
      rpc_first_watched_vs_full: watched / table,
      rpc_first_watched_ms: watched,
      rpc_first_table_ms: table,
    }
  } finally {
    await servers.stop()
  }
}

/** First full readings of 128 subnets and of 13, without latency. */
export async function rpcGrowth() {
  const large = await chainOf({ still: true })
  const small = await chainOf({ still: true, subnets: 13 })
  try {
    const times = await interleaved(FIRST_ROUNDS, {
      large: () => first('rpc', large),
      small: () => first('rpc', small),
    })
    return { rpc_growth_10x: times.large / times.small }
  } finally {
    await large.stop()
    await small.stop()
  }
}

/** The height on a daemon's /metrics; undefined before there is one. Reads no further than to that line. */
const publishedHeight = (url) =>
  new Promise((resolve, reject) => {
    request(`${url}/metrics`, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (part) => {
        text = text.slice(-200) + part
        const height = /^bittensor_chain_block_height (\d+)$/m.exec(text)?.[1]
        if (height === undefined) return
        resolve(Number(height))
        response.destroy()
      })
      response.on('end', () => resolve(undefined)).on('error', reject)
    })
      .on('error', reject)
      .end()
  })

/** Waits until a daemon publishes a height or a later one; gives the milliseconds that took. */
async function untilHeight(url, height) {
  const start = performance.now()
  for (; performance.now() - start < 120_000; await sleep(20))
    if ((await publishedHeight(url)) >= height) return performance.now() - start
  throw new Error(`height ${height} was not published within two minutes`)
}

/** From a finalized block at the node until /metrics shows its height: a daemon with watched keys, and one with all subnets. */
export async function rpcBlock() {
  const servers = await chainOf({ still: false })
  const daemons = {}
  try {
    for (const subnets of ['watched', 'all'])
      daemons[subnets] = await startProcess('./daemon.mjs', {
        url: servers.rpcUrl,
        api: 'rpc',
        intervalMs: BLOCK_MS,
        keys: true,
        subnets,
      })
    const { height } = await servers.ask('height')
    await Promise.all(Object.values(daemons).map(({ url }) => untilHeight(url, height)))
    const times = { watched: [], all: [] }
    for (let block = 0; block < BLOCKS; block++) {
      // Blocks do not come in step with the looks at the head.
      await sleep(BLOCK_MS + Math.random() * 2000)
      const { height: next } = await servers.ask('advance')
      await Promise.all(
        Object.entries(daemons).map(async ([subnets, { url }]) => {
          times[subnets].push(await untilHeight(url, next))
        }),
      )
    }
    return {
      rpc_block_to_metrics_watched_ms: median(times.watched),
      rpc_block_to_metrics_watched_max_ms: Math.max(...times.watched),
      rpc_block_to_metrics_all_ms: median(times.all),
      rpc_block_to_metrics_all_max_ms: Math.max(...times.all),
    }
  } finally {
    await Promise.all(Object.values(daemons).map((daemon) => daemon.stop()))
    await servers.stop()
  }
}
