import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pinnedTool } from './pinned-tools.mjs'
import { run, serve, type Serving } from './programs.ts'
import { parseExposition } from './parse-exposition.ts'

/** What Prometheus answers to a query of one time. */
export interface Answer {
  readonly status: 'success' | 'error'
  readonly error?: string
  readonly data?: {
    readonly result: readonly {
      readonly metric: Readonly<Record<string, string>>
      readonly value: [number, string]
    }[]
  }
}

/** A program that tests run. */
export interface PrometheusProgram {
  readonly release: string
  readonly path: string
}

/** Debian's Prometheus (2.x), and the release that docker-compose.yml pins (3.x) if it has been built; otherwise stderr names what is not run. */
export async function prometheuses(): Promise<readonly PrometheusProgram[]> {
  const { release, path } = await pinnedTool('prometheus')
  const debian = { release: 'of Debian', path: 'prometheus' }
  if (path !== undefined) return [debian, { release, path }]
  process.stderr.write(
    `not run: prometheus ${release} has not been built (node test/support/pinned-tools.mjs builds it where Go is installed)\n`,
  )
  return [debian]
}

export interface Prometheus extends Serving {
  /** Evaluates an expression at a time, in seconds since the epoch; now when it is not given. */
  query(expr: string, time?: number): Promise<Answer>
}

/** A real Prometheus on a free port of the loopback. Its data are in the folder, under `data`. */
export async function startPrometheus(
  configFile: string,
  folder: string,
  {
    port,
    flags = [],
    program = 'prometheus',
  }: { readonly port?: number; readonly flags?: readonly string[]; readonly program?: string } = {},
): Promise<Prometheus> {
  const data = `--storage.tsdb.path=${join(folder, 'data')}`
  const serving = await serve(
    program,
    [`--config.file=${configFile}`, data, '--log.level=warn', ...flags],
    port,
  )
  return {
    ...serving,
    async query(expr, time = Date.now() / 1000) {
      const body = new URLSearchParams({ query: expr, time: String(time) })
      const response = await fetch(`${serving.url}/api/v1/query`, { method: 'POST', body })
      return (await response.json()) as Answer
    },
  }
}

/** A real Prometheus that scrapes nothing, with the samples of an OpenMetrics text stored in it. */
export async function prometheusWith(openMetrics: string, program?: string): Promise<Prometheus> {
  const folder = await mkdtemp(join(tmpdir(), 'prometheus-'))
  const file = (name: string) => join(folder, name)
  await writeFile(file('prometheus.yml'), 'global: { scrape_interval: 15s }\n')
  await writeFile(file('samples.txt'), openMetrics)
  const blocks = ['create-blocks-from', 'openmetrics', '-q', file('samples.txt'), file('data')]
  await run('promtool', 'tsdb', ...blocks)
  const prometheus = await startPrometheus(
    file('prometheus.yml'),
    folder,
    program === undefined ? {} : { program },
  )
  return {
    ...prometheus,
    async close() {
      await prometheus.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
/** A sample that is NaN or -Inf is no data: panels show missing values as the one, and outdated values as the other. */
export const dataIn = ({ data }: Answer): number =>
  data?.result.filter(({ value }) => value[1] !== 'NaN' && value[1] !== '-Inf').length ?? 0

/**
 * The samples of an exposition as Prometheus has them after five scrapes, counters rising and NaN left out: OpenMetrics
 * with the labels of a target and with timestamps, of which `end` (seconds) is the last.
 */
export function scraped(exposition: readonly string[], job: string, end: number): string {
  const target = `job="${job}",instance="127.0.0.1:9645"`
  return parseExposition([...exposition, 'up 1', 'scrape_duration_seconds 0.01', ''].join('\n'))
    .samples.filter(({ value }) => !Number.isNaN(value))
    .flatMap(({ name, series, value, text }) => {
      const labelled = series.endsWith('}') ? `${series.slice(0, -1)},${target}}` : `${series}{${target}}`
      const counts = /_(?:total|bucket|sum|count)$/.test(name)
      const at = (scrape: number) => (counts ? String(value * scrape) : text)
      return [1, 2, 3, 4, 5].map((scrape) => `${labelled} ${at(scrape)} ${end - 15 * (5 - scrape)}`)
    })
    .join('\n')
}
