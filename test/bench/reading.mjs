// How long reading takes, beside what it must, what reading one by one does, and with a tenth of the subnets.
import { sidecarClient } from '../../dist/upstream/sidecar/client.js'
import { openSidecarHttp } from '../../dist/upstream/sidecar/http.js'
import { ITEMS } from '../../dist/storage/layout.js'
import { readNeuronTable } from '../../dist/storage/incremental/neuron-table.js'
import { openView } from '../../dist/storage/view.js'
import { interleaved, NEURONS, startProcess, SUBNETS } from './lib.mjs'
import { renderer } from './rendering.mjs'

const LATENCY_MS = 5
const CONCURRENCY = 32

async function reader(options, concurrency = CONCURRENCY) {
  const sidecar = await startProcess('./sidecar.mjs', options)
  const http = openSidecarHttp({ name: 'a', url: sidecar.url, headers: {}, timeoutMs: 60_000, concurrency })
  const client = sidecarClient(http)
  const layouts = new Map()
  const head = () => client.finalizedHead(new AbortController().signal)
  const view = async () => openView(client, await head(), layouts, new AbortController())
  const requests = async () => (await sidecar.ask('requests')).requests
  const stop = async () => {
    await http.close()
    await sidecar.stop()
  }
  return { view, head, requests, stop }
}

const all = (count) => new Map(Array.from({ length: count }, (_, netuid) => [netuid, 'all']))

/** A full reading of everything, beside the time its requests take at least. */
export async function readingAtLatency() {
  const { view, requests, stop } = await reader({ subnets: SUBNETS, neurons: NEURONS, latencyMs: LATENCY_MS })
  try {
    const opened = await view()
    const before = await requests()
    const start = performance.now()
    await readNeuronTable(opened, all(SUBNETS), undefined)
    const milliseconds = performance.now() - start
    const asked = (await requests()) - before
    return {
      poll_full_vs_floor: milliseconds / ((asked * LATENCY_MS) / CONCURRENCY),
      full_poll_ms: milliseconds,
      full_poll_requests: asked,
    }
  } finally {
    await stop()
  }
}

/**
 * The way the program of the Unit 410 article reads: hotkey by hotkey, item by item, one request after another, whatever the
 * families of a neuron are made from; beside ours, of the same subnet, by a daemon that knows its runtime.
 */
export async function sequential() {
  const { view, head, stop } = await reader({ subnets: [1], neurons: NEURONS, latencyMs: LATENCY_MS })
  const ofSubnet = [
    'consensus',
    'incentive',
    'dividends',
    'emission',
    'validatorTrust',
    'validatorPermit',
    'active',
    'lastUpdate',
    'immunityPeriod',
    // The price of its alpha.
    'subnetMechanism',
    'swapBalancer',
    'subnetTao',
    'subnetAlphaIn',
  ]
  const asIs = (value) => value
  try {
    const opened = await view()
    const [{ hotkeys }] = (await readNeuronTable(opened, new Map([[1, 'all']]), undefined)).subnets
    const ours = async () => readNeuronTable(await view(), new Map([[1, 'all']]), undefined)
    const oneByOne = async () => {
      for (const hotkey of hotkeys) {
        // What is now the height less the last update.
        await head()
        const uid = await opened.read(ITEMS.uids, [1, hotkey], asIs)
        await opened.read(ITEMS.owner, [hotkey], asIs)
        await opened.read(ITEMS.totalHotkeyAlpha, [hotkey, 1], asIs)
        await opened.read(ITEMS.blockAtRegistration, [1, uid], asIs)
        for (const name of ofSubnet) await opened.read(ITEMS[name], [1], asIs)
      }
    }
    const oursConnected = async () => {
      // Connections that were idle for long are closed: a daemon that polls has them.
      await ours()
      const start = performance.now()
      await ours()
      return performance.now() - start
    }
    const times = await interleaved(5, { oneByOne, ours: oursConnected }, { collect: false })
    return {
      poll_vs_sequential: times.oneByOne / times.ours,
      sequential_ms: times.oneByOne,
      subnet_poll_ms: times.ours,
      subnet_poll_16_at_once_ms: await subnetAt(16),
      subnet_poll_64_at_once_ms: await subnetAt(64),
    }
  } finally {
    await stop()
  }
}

/** The same with more or fewer requests at once. */
async function subnetAt(concurrency) {
  const { view, stop } = await reader({ subnets: [1], neurons: NEURONS, latencyMs: LATENCY_MS }, concurrency)
  try {
    const ours = async () => readNeuronTable(await view(), new Map([[1, 'all']]), undefined)
    return (await interleaved(5, { ours }, { collect: false })).ours
  } finally {
    await stop()
  }
}

/** A full poll and render of 128 subnets and of 13, without latency: what it costs, not what it waits. */
export async function growth() {
  const large = await reader({ subnets: SUBNETS, neurons: NEURONS })
  const small = await reader({ subnets: 13, neurons: NEURONS })
  const render = renderer()
  const poll =
    ({ view }, count) =>
    async () => {
      const table = await readNeuronTable(await view(), all(count), undefined)
      await render(table)
    }
  try {
    const times = await interleaved(5, { large: poll(large, SUBNETS), small: poll(small, 13) })
    return { growth_10x: times.large / times.small }
  } finally {
    await large.stop()
    await small.stop()
  }
}
