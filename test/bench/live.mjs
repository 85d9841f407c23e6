// The daemon as it runs: polling every 3 s while blocks come, under three scrapers.
import { download, NEURONS, sleep, startProcess, SUBNETS } from './lib.mjs'

const POLL_MS = 3000
const POLLS = 10

export async function live() {
  const sidecar = await startProcess('./sidecar.mjs', { subnets: SUBNETS, neurons: NEURONS, still: false })
  const daemon = await startProcess('./daemon.mjs', { url: sidecar.url, intervalMs: POLL_MS })
  const idle = await startProcess('./daemon.mjs', { idle: true })
  try {
    const full = await untilPublished(daemon.url, sidecar)
    let scraping = true
    const scrapers = [
      {},
      { 'accept-encoding': 'gzip' },
      { 'accept-encoding': 'gzip', accept: 'application/openmetrics-text' },
    ].map(async (headers) => {
      while (scraping) {
        await download(`${daemon.url}/metrics`, headers)
        await sleep(POLL_MS)
      }
    })
    await sleep(2 * POLL_MS)
    await daemon.ask('reset')
    await idle.ask('reset')
    const { requests: before } = await sidecar.ask('requests')
    for (let poll = 0; poll < POLLS; poll++) {
      await sidecar.ask('advance')
      await sleep(POLL_MS)
    }
    const { requests: after } = await sidecar.ask('requests')
    const [busy, resting] = [await daemon.ask('read'), await idle.ask('read')]
    scraping = false
    await Promise.all(scrapers)
    return {
      requests_steady_vs_full: (after - before) / POLLS / full,
      loop_delay_p99_ms: Math.max(0, busy.p99 - resting.p99),
      peak_rss_mb: busy.rssMb,
      loop_delay_max_ms: busy.max,
      requests_steady: (after - before) / POLLS,
      requests_full: full,
    }
  } finally {
    await Promise.all([daemon.stop(), idle.stop(), sidecar.stop()])
  }
}

/** Waits for the first full reading; gives how many requests it took. */
async function untilPublished(url, sidecar) {
  for (const deadline = Date.now() + 300_000; Date.now() < deadline; await sleep(500)) {
    const { bytes } = await download(`${url}/metrics`)
    if (bytes > 10_000_000) return (await sidecar.ask('requests')).requests
  }
  throw new Error('the first full reading was not published within 5 minutes')
}
