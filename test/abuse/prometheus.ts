import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parse } from 'yaml'
import type * as PinnedTools from '../support/pinned-tools.mjs'
import { runProgram, serve } from '../support/programs.ts'
import { until } from '../support/until.ts'

/** Prometheus as docker-compose.yml runs it, of which one job is used. */
const SHIPPED = 'deploy/prometheus/prometheus.yml'
const JOB = 'bittensor-exporter'

/** What a real Prometheus recorded of its scrapes. */
export interface RecordedScrapes {
  readonly scrapes: number
  /** Those with `up` 0. */
  readonly failed: number
  /** The longest and median `scrape_duration_seconds`, in milliseconds. */
  readonly slowest: number
  readonly median: number
  /** Why targets failed last, without repetitions. */
  readonly errors: readonly string[]
}

export interface ScrapingPrometheus {
  /**
   * Scrapes that began between two times, in milliseconds since the epoch. Waits until all of them have ended. Rejects when Prometheus
   * does not record them.
   */
  scrapesBetween(from: number, to: number): Promise<RecordedScrapes>
  /** Ends the process and removes its data. */
  close(): Promise<void>
}

export interface ScrapedExporter {
  readonly port: number
  /** File of the certificate authority; undefined for plain HTTP. */
  readonly ca?: string | undefined
  /** `user:password`; undefined without authentication. */
  readonly auth?: string | undefined
  /** How often the exporter is listed as a target. All are scraped at the shipped interval, spread over it. */
  readonly targets: number
}

/**
 * The program to run: the one given, else the release that docker-compose.yml pins if it has been built, else `prometheus`. Undefined if
 * none can be run.
 */
export async function findPrometheus(given: string | undefined): Promise<string | undefined> {
  const tools = pathToFileURL(resolve('test/support/pinned-tools.mjs')).href
  const { pinnedTool } = (await import(tools)) as typeof PinnedTools
  const program = given ?? (await pinnedTool('prometheus')).path ?? 'prometheus'
  const { code } = await runProgram(program, ['--version']).catch(() => ({ code: 1 }))
  return code === 0 ? program : undefined
}

interface ShippedConfig {
  readonly global: { readonly scrape_interval: string; readonly scrape_timeout: string }
  readonly scrape_configs: readonly { readonly job_name: string }[]
}

const secondsOf = (duration: string): number => {
  const [, seconds] = /^(\d+)s$/.exec(duration) ?? []
  if (seconds === undefined) throw new Error(`expected seconds, such as 15s: ${duration}`)
  return Number(seconds)
}

/** Starts a Prometheus with the shipped scrape interval, timeout and job, from 127.0.0.1. Rules and Alertmanager are left out. */
export async function startScraping(
  program: string,
  { port, ca, auth, targets }: ScrapedExporter,
): Promise<ScrapingPrometheus> {
  const { global, scrape_configs: jobs } = parse(await readFile(SHIPPED, 'utf8')) as ShippedConfig
  const job = jobs.find(({ job_name: name }) => name === JOB)
  if (job === undefined) throw new Error(`${SHIPPED} has no job ${JOB}`)
  const [username = '', password = ''] = auth?.split(':') ?? []
  const config = {
    global,
    scrape_configs: [
      {
        ...job,
        ...(ca === undefined ? {} : { scheme: 'https', tls_config: { ca_file: ca } }),
        ...(auth === undefined ? {} : { basic_auth: { username, password } }),
        static_configs: Array.from({ length: targets }, (_, index) => ({
          targets: [`127.0.0.1:${port}`],
          labels: { target: String(index) },
        })),
        // All responses are parsed whole. Those of the first target are stored, which is what one exporter costs.
        metric_relabel_configs: [{ source_labels: ['target'], regex: '0', action: 'keep' }],
      },
    ],
  }
  const folder = await mkdtemp(join(tmpdir(), 'bittensor-exporter-prometheus-'))
  const removeFolder = () => rm(folder, { recursive: true, force: true })
  const file = join(folder, 'prometheus.yml')
  // JSON is YAML.
  await writeFile(file, JSON.stringify(config))
  const flags = [`--config.file=${file}`, `--storage.tsdb.path=${join(folder, 'data')}`, '--log.level=error']
  const serving = await serve(program, flags).catch(async (error: unknown) => {
    await removeFolder()
    throw error
  })
  const intervalMs = secondsOf(global.scrape_interval) * 1000
  const patienceMs = intervalMs + secondsOf(global.scrape_timeout) * 1000 + 20_000
  /** All samples of a series of the last ten minutes, one list for each target that has any. */
  const samplesOf = (series: string) =>
    recorded(`${serving.url}/api/v1/query`, `${series}{job="${JOB}"}[10m]`)
  const close = async () => {
    await serving.close()
    await removeFolder()
  }
  // Prometheus takes its targets some seconds after it is ready.
  await until(async () => (await samplesOf('up')).length > 0, {
    timeoutMs: patienceMs,
    intervalMs: 100,
  }).catch(async (error: unknown) => {
    await close()
    throw error
  })
  return {
    async scrapesBetween(from, to) {
      // A target is scraped exactly once in each interval. When all have a sample that is younger than that, all scrapes have ended.
      const hasEnded = (samples: readonly Sample[]) => samples.some(({ at }) => at > to - intervalMs)
      const ups = await until(
        async () => {
          const all = await samplesOf('up')
          return all.length === targets && all.every(hasEnded) && all
        },
        { timeoutMs: patienceMs, intervalMs: 100 },
      )
      const within = (samples: readonly Sample[]) => samples.filter(({ at }) => at >= from && at <= to)
      const results = within(ups.flat())
      const durations = within((await samplesOf('scrape_duration_seconds')).flat())
        .map(({ value }) => Math.round(value * 1000))
        .toSorted((a, b) => a - b)
      return {
        scrapes: results.length,
        failed: results.filter(({ value }) => value !== 1).length,
        slowest: durations.at(-1) ?? NaN,
        median: durations[Math.floor(durations.length / 2)] ?? NaN,
        errors: await lastErrors(`${serving.url}/api/v1/targets`),
      }
    },
    close,
  }
}

async function lastErrors(api: string): Promise<readonly string[]> {
  const { data } = (await (await fetch(api)).json()) as {
    readonly data: { readonly activeTargets: readonly { readonly lastError: string }[] }
  }
  return Array.from(new Set(data.activeTargets.map(({ lastError }) => lastError).filter(Boolean)))
}

interface Sample {
  /** When the scrape began, in milliseconds since the epoch. */
  readonly at: number
  readonly value: number
}

/** Raw samples of a range selector. */
async function recorded(api: string, query: string): Promise<readonly (readonly Sample[])[]> {
  const response = await fetch(api, { method: 'POST', body: new URLSearchParams({ query }) })
  const { data } = (await response.json()) as {
    readonly data?: { readonly result: readonly { readonly values: readonly [number, string][] }[] }
  }
  if (data === undefined) throw new Error(`Prometheus answered ${response.status} to ${query}`)
  return data.result.map(({ values }) =>
    values.map(([seconds, value]) => ({ at: seconds * 1000, value: Number(value) })),
  )
}
