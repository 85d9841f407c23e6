// npm run bench [-- --json] [-- --only=NAME,…]: measures on the simulated chain. Whatever is compared is run in turn in
// one go, and judged by ratio: absolute times are of this machine at this moment.
import { parseArgs } from 'node:util'
import { growth, readingAtLatency, sequential } from './reading.mjs'
import { live } from './live.mjs'
import { prometheusScrape } from './prometheus.mjs'
import { rendering } from './rendering.mjs'
import { rpcBlock, rpcFirstWatched, rpcFull, rpcGrowth, rpcSteady, sidecarVsRpc } from './rpc.mjs'
import { scraping } from './scraping.mjs'
import { blockOnDisk } from './storage.mjs'

const { values } = parseArgs({ options: { json: { type: 'boolean' }, only: { type: 'string' } } })

/** What each measurement is, and what it is to reach. */
const TARGETS = {
  render_vs_prom_client: ['prom-client set + metrics() ÷ full render of the same samples', 'ratio', '≥', 25],
  rerender_8_of_128_ms_ratio: [
    'full render ÷ render at the next block with 8 subnets changed',
    'ratio',
    '≥',
    4,
  ],
  scrape_identity_vs_static: ['GET /metrics ÷ Fastify sending the same bytes', 'ratio', '≤', 1.25],
  scrape_gzip_vs_static: ['the same, gzip', 'ratio', '≤', 1.5],
  loop_delay_p99_ms: ['event loop delay polling every 3 s under 3 scrapers, less an idle one', 'ms', '≤', 5],
  peak_rss_mb: ['resident memory of the daemon in that run, at most', 'MB', '≤', 450],
  requests_steady_vs_full: ['requests per poll in steady state ÷ a full reading', 'ratio', '≤', 0.15],
  poll_full_vs_floor: ['first full reading at 5 ms, 32 at once ÷ (requests × 5 ms / 32)', 'ratio', '≤', 1.6],
  poll_vs_sequential: ['one hotkey and item after another, 256 neurons ÷ ours', 'ratio', '≥', 100],
  prometheus_scrape_vs_static: [
    'scrape by a real Prometheus ÷ of a server of the same bytes',
    'ratio',
    '≤',
    1.1,
  ],
  growth_10x: ['poll and render of 128 subnets ÷ of 13', 'ratio', '≤', 11],
  rpc_full_requests: ['HTTP requests of the first full poll by JSON-RPC', 'requests', '≤', 300],
  rpc_full_vs_floor: ['the same ÷ fetching its keys in batches without decoding', 'ratio', '≤', 2.5],
  sidecar_vs_rpc_full: ['first full poll by Sidecar ÷ by JSON-RPC, 1 ms latency each', 'ratio', '≥', 15],
  rpc_steady_requests: ['HTTP requests of a steady poll by JSON-RPC', 'requests', '≤', 15],
  rpc_steady_cpu_vs_sidecar: ['CPU time of a steady poll by JSON-RPC ÷ by Sidecar', 'ratio', '≤', 0.35],
  rpc_first_watched_vs_full: [
    'time to the watched keys on /metrics ÷ to the whole table',
    'ratio',
    '≤',
    0.25,
  ],
  rpc_growth_10x: ['first full poll of 128 subnets ÷ of 13, by JSON-RPC', 'ratio', '≤', 11],
}

const GROUPS = [
  [['render_vs_prom_client', 'rerender_8_of_128_ms_ratio'], rendering],
  [['scrape_identity_vs_static', 'scrape_gzip_vs_static'], scraping],
  [['poll_vs_sequential'], sequential],
  [['growth_10x'], growth],
  [['poll_full_vs_floor'], readingAtLatency],
  [['requests_steady_vs_full', 'loop_delay_p99_ms', 'peak_rss_mb'], live],
  [['prometheus_scrape_vs_static'], prometheusScrape],
  [['prometheus_bytes_per_sample'], blockOnDisk],
  [['rpc_full_requests', 'rpc_full_vs_floor'], rpcFull],
  [['sidecar_vs_rpc_full'], sidecarVsRpc],
  [['rpc_steady_requests', 'rpc_steady_cpu_vs_sidecar'], rpcSteady],
  [['rpc_first_watched_vs_full'], rpcFirstWatched],
  [['rpc_growth_10x'], rpcGrowth],
  [['rpc_block_to_metrics_all_ms'], rpcBlock],
]

/** Of what is said beside a measurement. */
const unitOf = (name) =>
  /_(ms|mb)$/.exec(name)?.[1].replace('mb', 'MB') ?? (/_bytes_/.test(name) ? 'bytes' : '')

const wanted = values.only?.split(',')
let missed = 0
for (const [names, measure] of GROUPS) {
  if (wanted !== undefined && !names.some((name) => wanted.includes(name))) continue
  const measured = await measure().catch((error) => {
    process.stderr.write(`${names.join(', ')}: not measured: ${error.message}\n`)
    missed++
    return {}
  })
  for (const [name, value] of Object.entries(measured)) {
    const target = TARGETS[name]
    const [what, unit, sign, bound] = target ?? ['', unitOf(name), '', undefined]
    const reached = bound === undefined || (sign === '≥' ? value >= bound : value <= bound)
    if (!reached) missed++
    const rounded = Number(value.toPrecision(4))
    if (values.json) process.stdout.write(`${JSON.stringify({ name, value: rounded, unit })}\n`)
    else
      process.stdout.write(
        `${name.padEnd(28)} ${String(rounded).padStart(10)} ${unit.padEnd(8)} ${bound === undefined ? '' : `${sign} ${bound} ${reached ? 'ok  ' : 'MISS'}`} ${what}\n`,
      )
  }
}
process.exit(missed === 0 ? 0 : 1)
