import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

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

export interface Prometheus {
  /** Evaluates an expression at a time, in seconds since the epoch. */
  query(expr: string, time: number): Promise<Answer>
  close(): Promise<void>
}

const MISSING = 'is missing on this machine: apt-get install prometheus'

/** Runs a program to its end; rejects, with what it wrote, when it fails. */
async function run(program: string, args: readonly string[]): Promise<void> {
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const [code] = (await once(child, 'close').catch((error: unknown) => {
    throw new Error(`${program} ${MISSING}`, { cause: error })
  })) as [number | null]
  if (code !== 0) throw new Error(`${program} ended with ${String(code)}: ${said}`)
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** A real Prometheus on a free port of the loopback, with the samples of an OpenMetrics text stored in it. */
export async function startPrometheus(openMetrics: string): Promise<Prometheus> {
  const folder = await mkdtemp(join(tmpdir(), 'dashboards-'))
  const file = (name: string) => join(folder, name)
  await writeFile(file('prometheus.yml'), 'global: { scrape_interval: 15s }\n')
  await writeFile(file('samples.txt'), openMetrics)
  await run('promtool', [
    'tsdb',
    'create-blocks-from',
    'openmetrics',
    '-q',
    file('samples.txt'),
    file('data'),
  ])
  const port = await freePort()
  const child = spawn(
    'prometheus',
    [
      `--config.file=${file('prometheus.yml')}`,
      `--storage.tsdb.path=${file('data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=error',
    ],
    { stdio: 'ignore' },
  )
  let failure: Error | undefined
  child.on('error', (error) => (failure = new Error(`prometheus ${MISSING}`, { cause: error })))
  const ended = once(child, 'close').catch(() => undefined)
  const close = async () => {
    child.kill('SIGTERM')
    await ended
    await rm(folder, { recursive: true, force: true })
  }
  const ready = async () => (await fetch(`http://127.0.0.1:${port}/-/ready`)).ok
  for (let tries = 0; !(await ready().catch(() => false)); tries += 1) {
    if (failure !== undefined || child.exitCode !== null || tries > 200) {
      await close()
      throw failure ?? new Error('prometheus did not become ready')
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return {
    async query(expr, time) {
      const body = new URLSearchParams({ query: expr, time: String(time) })
      const response = await fetch(`http://127.0.0.1:${port}/api/v1/query`, { method: 'POST', body })
      return (await response.json()) as Answer
    },
    close,
  }
}

/** A sample that is NaN is no data: panels fill what is missing with it. */
export const dataIn = ({ data }: Answer): number =>
  data?.result.filter(({ value }) => value[1] !== 'NaN').length ?? 0

/**
 * The lines of an exposition as Prometheus has them after five scrapes, its counters rising: OpenMetrics with the labels
 * of a target and with timestamps, of which `end` (seconds) is the last.
 */
export function scraped(exposition: readonly string[], job: string, end: number): string {
  const target = `job="${job}",instance="127.0.0.1:9645"`
  return [...exposition, 'up 1', 'scrape_duration_seconds 0.01']
    .filter((line) => line !== '' && !line.startsWith('#'))
    .flatMap((line) => {
      const cut = line.lastIndexOf(' ')
      const series = line.slice(0, cut)
      const labelled = series.endsWith('}') ? `${series.slice(0, -1)},${target}}` : `${series}{${target}}`
      const counts = /^\w+_(?:total|bucket|sum|count)\b/.test(line)
      const at = (scrape: number) =>
        counts ? String(Number(line.slice(cut + 1)) * scrape) : line.slice(cut + 1)
      return [1, 2, 3, 4, 5].map((scrape) => `${labelled} ${at(scrape)} ${end - 15 * (5 - scrape)}`)
    })
    .join('\n')
}
