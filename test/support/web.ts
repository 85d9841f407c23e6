import type { FastifyInstance } from 'fastify'
import { pino } from 'pino'
import { onTestFinished } from 'vitest'
import type { WebConfig } from '../../src/config/web/web-config.ts'
import { info, once } from '../../src/metrics/define.ts'
import { contentsOf, Exposition } from '../../src/metrics/exposition.ts'
import { SelfMetrics } from '../../src/metrics/self.ts'
import type { WebLimits } from '../../src/web/security/limits.ts'
import type { ReloadOptions } from '../../src/web/routes/reload.ts'
import type { Runbooks } from '../../src/web/routes/runbooks.ts'
import { UNPROTECTED, WebSecurity } from '../../src/web/security/web-security.ts'
import { buildWeb } from '../../src/web/server.ts'
import type { LogLine } from './exporter.ts'
import { webStateOf } from './web-state.ts'

const FAMILIES = once(
  (name: string) => name,
  [info('bittensor_subnet_info', 'Info.', { name: (name) => name })],
)

/** What no metric of the exporter about itself says: with it, somebody was let in. */
export const SECRET_METRIC = 'bittensor_subnet_info'

export interface TestWeb {
  readonly app: FastifyInstance
  /** As the server tells it. */
  readonly url: string
  readonly port: number
  readonly security: WebSecurity
  readonly log: readonly LogLine[]
}

export interface TestWebOptions {
  readonly security?: Partial<WebConfig>
  readonly limits?: Partial<WebLimits>
  /** Host names that requests may be for; every name by default. */
  readonly allowedHosts?: readonly string[] | undefined
  /** How many bytes, or more, /metrics is to have. */
  readonly bytes?: number
  /** What is published, instead of the one sample. */
  readonly exposition?: Exposition
  /** None by default. */
  readonly runbooks?: Runbooks
  /** What POST /-/reload does. It is not enabled by default. */
  readonly reload?: ReloadOptions['reload']
}

/** A web server on a free port of the loopback, with one sample of a chain, closed when the test ends. */
export async function testWeb({
  security: config,
  limits = {},
  allowedHosts,
  bytes = 0,
  exposition = oneSample(bytes),
  reload,
  runbooks = new Map(),
}: TestWebOptions = {}): Promise<TestWeb> {
  const build = { version: '1.2.3', revision: 'abc', nodeVersion: 'v20' }
  const log: LogLine[] = []
  const sink = { write: (line: string) => void log.push(JSON.parse(line) as LogLine) }
  const security = new WebSecurity({ ...UNPROTECTED, ...config })
  const app = buildWeb(
    {
      exposition,
      self: new SelfMetrics(build, false, []),
      isReady: () => true,
      state: () => webStateOf({ version: build.version }),
      security,
      limits,
      allowedHosts,
      reload,
      runbooks,
    },
    pino({ level: 'info', formatters: { level: (level) => ({ level }) } }, sink),
  )
  onTestFinished(() => app.close())
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  return { app, url, port: Number(new URL(url).port), security, log }
}

function oneSample(bytes: number): Exposition {
  const exposition = new Exposition(FAMILIES)
  const contents = contentsOf(FAMILIES, 'x'.repeat(bytes), { node: '', decimals: 9 })
  exposition.publish([{ families: FAMILIES, part: '', contents }])
  return exposition
}
