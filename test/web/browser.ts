import { access } from 'node:fs/promises'
import { chromium, type Browser } from 'playwright-core'
import { pino } from 'pino'
import { startExporter } from '../../src/app.ts'
import { DEMO_KEYS, demoChain } from '../../src/demo/demo.ts'
import { startSimulatedSidecar } from '../../src/demo/sidecar.ts'

const CHROMIUM = '/usr/bin/chromium'

/** Debian's Chromium, which speaks to nobody but the pages it is sent to. */
export async function startChromium(): Promise<Browser> {
  await access(CHROMIUM).catch((cause: unknown) => {
    throw new Error(`${CHROMIUM} does not exist: apt-get install chromium`, { cause })
  })
  const quiet = [
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--no-first-run',
  ]
  return chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu', ...quiet] })
}

/** The exporter on the demo's chain, stalled. */
export async function startDemonstration() {
  const chain = demoChain({ still: true })
  const sidecars = await Promise.all([
    startSimulatedSidecar({ chain }),
    startSimulatedSidecar({ chain, health: { peers: 0, lag: 1 } }),
  ])
  const exporter = await startExporter(
    {
      nodes: sidecars.map(({ url }, index) => ({
        name: `demo-${'ab'[index] ?? ''}`,
        api: 'sidecar' as const,
        url,
        headers: {},
      })),
      keys: Object.values(DEMO_KEYS),
      subnets: 'all',
      limits: { maxSeries: 2_000_000 },
      discovery: { allowNetworks: [] },
      poll: { intervalMs: 1000, timeoutMs: 5000, concurrency: 16, staleAfterMs: 60_000 },
      collectors: {},
    },
    {
      listen: { host: '127.0.0.1', port: 0 },
      build: { version: '0.0.0-test', revision: 'test', nodeVersion: 'test' },
      log: pino({ level: 'silent' }),
    },
    true,
  )
  return {
    url: exporter.url,
    async stop() {
      await exporter.stop(1000)
      await Promise.all(sidecars.map((sidecar) => sidecar.close()))
    },
  }
}
