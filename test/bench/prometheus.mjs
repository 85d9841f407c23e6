// A real Prometheus (Debian's package) that scrapes the daemon at mainnet's size and, in turn with it, a server that sends
// the very same bytes: whether every sample is taken in, and what a scrape of the daemon takes over one of plain bytes.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { median, NEURONS, sleep, startProcess, SUBNETS } from './lib.mjs'

const INTERVAL_SECONDS = 10
/** One more is scraped before them and not counted: it creates the series. */
const SCRAPES = 7

/** What Prometheus 2.42 asks for. */
const HEADERS = {
  accept:
    'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
  'accept-encoding': 'gzip',
}

export async function prometheusScrape({ subnets = SUBNETS, neurons = NEURONS, scrapes = SCRAPES } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'bench-prometheus-'))
  const sidecar = await startProcess('./sidecar.mjs', { subnets, neurons, still: true })
  // The head stands still: polls find nothing new, and both servers have the same to send.
  const daemon = await startProcess('./daemon.mjs', { url: sidecar.url, intervalMs: 5000 })
  const ends = [() => rm(folder, { recursive: true, force: true }), sidecar.stop, daemon.stop]
  try {
    const answer = await untilWhole(daemon.url)
    const fixed = createServer((_request, response) => {
      const { 'content-type': type, 'content-encoding': encoding } = answer.headers
      response.writeHead(200, {
        'content-type': type,
        'content-encoding': encoding,
        'content-length': answer.body.length,
      })
      response.end(answer.body)
    }).listen(0, '127.0.0.1')
    await once(fixed, 'listening')
    ends.push(() => fixed.close())
    const targets = { daemon: new URL(daemon.url).host, static: `127.0.0.1:${fixed.address().port}` }
    const prometheus = await startPrometheus(folder, targets)
    ends.push(prometheus.stop)
    const durations = await untilScraped(prometheus, scrapes + 1)
    const expected = samplesIn(answer)
    for (const job of ['daemon', 'static']) await checkIngested(prometheus, job, expected)
    const own = await prometheus.own()
    const [ours, theirs] = ['daemon', 'static'].map((job) => median(durations[job].slice(1)))
    return {
      prometheus_scrape_vs_static: ours / theirs,
      prometheus_scrape_ms: ours * 1000,
      prometheus_static_ms: theirs * 1000,
      prometheus_samples: expected,
      prometheus_memory_mb: own('process_resident_memory_bytes') / 2 ** 20,
      prometheus_bytes_per_series: own('process_resident_memory_bytes') / own('prometheus_tsdb_head_series'),
    }
  } finally {
    for (const end of ends.reverse()) await end()
  }
}

const get = (url, headers) =>
  new Promise((resolve, reject) => {
    request(url, { headers, agent: false }, (response) => {
      const chunks = []
      response.on('data', (chunk) => chunks.push(chunk))
      response.on('end', () => resolve({ headers: response.headers, body: Buffer.concat(chunks) }))
      response.on('error', reject)
    })
      .on('error', reject)
      .end()
  })

/** How many samples an answer has: each is a line, and comments begin with #. */
const samplesIn = ({ body }) => {
  const text = gunzipSync(body)
  let samples = 0
  for (let start = 0; start < text.length; start = text.indexOf(10, start) + 1)
    if (text[start] !== 35 && text[start] !== 10) samples++
  return samples
}

/** The answer once all is published and the exporter has no new series of its own. */
async function untilWhole(url) {
  let before
  for (const deadline = Date.now() + 300_000; Date.now() < deadline; await sleep(6000)) {
    const answer = await get(`${url}/metrics`, HEADERS)
    const samples = samplesIn(answer)
    if (gunzipSync(answer.body).includes('\nbittensor_neuron_info{') && samples === before) return answer
    before = samples
  }
  throw new Error('the first full reading was not published within 5 minutes')
}

async function startPrometheus(folder, targets) {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address()
  probe.close()
  await once(probe, 'close')
  const jobs = Object.entries(targets).map(
    ([job, target]) => `  - { job_name: ${job}, static_configs: [{ targets: ['${target}'] }] }`,
  )
  const every = `${INTERVAL_SECONDS}s`
  const global = `global: { scrape_interval: ${every}, scrape_timeout: ${every} }`
  await writeFile(join(folder, 'prometheus.yml'), `${global}\nscrape_configs:\n${jobs.join('\n')}\n`)
  const child = spawn(
    'prometheus',
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--query.max-samples=100000000',
      '--log.level=error',
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  )
  const ended = once(child, 'close').catch((error) => {
    throw new Error('prometheus is not installed: apt-get install prometheus', { cause: error })
  })
  const url = `http://127.0.0.1:${port}`
  await untilReady(url, ended)
  return {
    query: async (query) => {
      const body = new URLSearchParams({ query })
      const response = await Promise.race([ended, fetch(`${url}/api/v1/query`, { method: 'POST', body })])
      const { status, error, data } = await response.json()
      if (status !== 'success') throw new Error(`${query}: ${error}`)
      return data.result
    },
    /** What it says of itself, by the name of a metric without labels. */
    own: async () => {
      const text = await (await fetch(`${url}/metrics`)).text()
      return (name) => Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)[1])
    },
    stop: async () => {
      child.kill('SIGTERM')
      await ended.catch(() => undefined)
    },
  }
}

/** @param ended settles when there is, or will be, no Prometheus. */
async function untilReady(url, ended) {
  for (const deadline = Date.now() + 30_000; Date.now() < deadline; await sleep(100)) {
    const answer = fetch(`${url}/-/ready`).catch(() => undefined)
    const response = await Promise.race([
      ended.then(() => Promise.reject(new Error('prometheus ended'))),
      answer,
    ])
    if (response?.ok) return
  }
  throw new Error('Prometheus was not ready within 30 s')
}

/** Seconds of each scrape so far, by job, once there are so many of both. */
async function untilScraped({ query }, scrapes) {
  for (const deadline = Date.now() + (scrapes + 12) * INTERVAL_SECONDS * 1000; Date.now() < deadline;) {
    await sleep(1000)
    const found = await query('scrape_duration_seconds[1h]')
    const durations = Object.fromEntries(
      found.map(({ metric, values }) => [metric.job, values.map(([, value]) => Number(value))]),
    )
    if (durations.daemon?.length >= scrapes && durations.static?.length >= scrapes) return durations
  }
  throw new Error(`Prometheus did not scrape both ${scrapes} times`)
}

/** Throws unless every scrape succeeded and each sample of the body is a series in Prometheus. */
async function checkIngested({ query }, job, expected) {
  const value = async (expr) => Number((await query(expr))[0]?.value[1])
  const found = {
    up: await value(`min_over_time(up{job="${job}"}[1h])`),
    scraped: await value(`scrape_samples_scraped{job="${job}"}`),
    kept: await value(`scrape_samples_post_metric_relabeling{job="${job}"}`),
    // Prometheus adds five of its own to each target.
    stored: (await value(`count({job="${job}"})`)) - 5,
  }
  const wanted = { up: 1, scraped: expected, kept: expected, stored: expected }
  if (JSON.stringify(found) !== JSON.stringify(wanted))
    throw new Error(`${job}: ${JSON.stringify(found)}, not ${JSON.stringify(wanted)}`)
}
