// The exporter in a process of its own, which tells how its event loop and its memory are.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { pino } from 'pino'
import { startExporter } from '../../dist/app.js'
import { DEMO_KEYS } from '../../dist/demo/demo.js'

const {
  url,
  api = 'sidecar',
  keys = false,
  subnets = 'all',
  idle = false,
  intervalMs = 3000,
  concurrency = 32,
  collectors = {},
} = JSON.parse(process.argv[2])
const delay = monitorEventLoopDelay({ resolution: 1 })
delay.enable()
const exporter = idle
  ? undefined
  : await startExporter(
      {
        nodes: [{ name: 'a', api, url, headers: {} }],
        keys: keys ? Object.values(DEMO_KEYS) : [],
        subnets,
        limits: { maxSeries: 2_000_000 },
        poll: { intervalMs, timeoutMs: 30_000, concurrency, staleAfterMs: 600_000 },
        collectors,
      },
      {
        listen: { host: '127.0.0.1', port: 0 },
        build: { version: '0', revision: '0', nodeVersion: process.version },
        log: pino({ level: 'warn' }),
      },
    )
process.on('message', ({ id, what }) => {
  const answer = {
    p99: delay.percentile(99) / 1e6,
    max: delay.max / 1e6,
    rssMb: process.resourceUsage().maxRSS / 1024,
  }
  if (what === 'reset') delay.reset()
  process.send({ id, answer })
})
process.send({ url: exporter?.url })
