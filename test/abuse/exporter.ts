import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hash } from 'bcrypt'
import { DEMO_KEYS } from '../../src/demo/demo.ts'

/** The exporter in a process of its own, with a heap of 512 MB, and what can be measured of it from outside. Linux only. */
export interface MeasuredExporter {
  readonly port: number
  /** Undefined while it runs. */
  readonly exit: () => string | undefined
  readonly logBytes: () => number
  /** Forgets the peak of the resident memory. */
  resetPeak(): Promise<void>
  /** Peak of the resident memory in bytes; NaN when the process has ended. */
  peakBytes(): Promise<number>
  stop(): Promise<void>
}

export interface MeasuredOptions {
  readonly main: string
  /** In the order of the configuration. */
  readonly nodes: readonly { readonly name: string; readonly url?: string; readonly rpc?: string }[]
  readonly subnets: 'watched' | 'all' | readonly number[]
  readonly users?: Readonly<Record<string, string>>
  readonly heapMb: number
}

const COST = 10

export async function startMeasured(options: MeasuredOptions): Promise<MeasuredExporter> {
  const folder = await mkdtemp(join(tmpdir(), 'bittensor-exporter-abuse-'))
  const configFile = join(folder, 'config.yml')
  // JSON is YAML.
  await writeFile(configFile, JSON.stringify(configOf(options)))
  const web = options.users === undefined ? [] : [`--web.config.file=${join(folder, 'web.yml')}`]
  if (options.users !== undefined) {
    const hashes = await Promise.all(
      Object.entries(options.users).map(async ([user, password]) => [user, await hash(password, COST)]),
    )
    await writeFile(
      join(folder, 'web.yml'),
      JSON.stringify({ basic_auth_users: Object.fromEntries(hashes) as object }),
    )
  }
  const flags = [`--config.file=${configFile}`, '--web.listen-address=127.0.0.1:0', ...web]
  const child = spawn(
    process.execPath,
    [`--max-old-space-size=${options.heapMb}`, options.main, ...flags, '--web.enable-lifecycle'],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let exit: string | undefined
  let logBytes = 0
  let start = ''
  let errors = ''
  const ended = new Promise<void>((resolve) => {
    child.once('close', (code, signal) => {
      exit = /heap out of memory/.test(errors) ? 'out of memory' : String(signal ?? code)
      resolve()
    })
  })
  child.stderr.on('data', (chunk: Buffer) => (errors = (errors + chunk.toString()).slice(-10_000)))
  const listening = new Promise<number>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      logBytes += chunk.length
      if (start.length < 10_000) start += chunk.toString()
      const port = /"url":"http:\/\/127\.0\.0\.1:(\d+)"/.exec(start)?.[1]
      if (port !== undefined) resolve(Number(port))
    })
  })
  const port = await Promise.race([listening, ended])
  if (port === undefined) throw new Error(`the exporter did not start: ${start}${errors}`)
  return {
    port,
    exit: () => exit,
    logBytes: () => logBytes,
    resetPeak: () => writeFile(`/proc/${child.pid}/clear_refs`, '5'),
    async peakBytes() {
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '')
      return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? NaN) * 1024
    },
    async stop() {
      child.kill('SIGKILL')
      await ended
      await rm(folder, { recursive: true })
    },
  }
}

function configOf({ nodes, subnets }: MeasuredOptions) {
  const { validator, miner, treasury } = DEMO_KEYS
  return {
    nodes,
    keys: [
      { name: validator.name, hotkey: validator.address },
      { name: miner.name, hotkey: miner.address },
      { name: treasury.name, coldkey: treasury.address },
    ],
    subnets,
    poll: { interval: '1s', timeout: '3s', stale_after: '20s' },
  }
}

export interface Scrape {
  readonly milliseconds: number
  /** Undefined without a complete response in time. */
  readonly text: string | undefined
}

/** Scrapes over a new connection from the address 127.0.0.1. Never rejects. */
export function scrape(
  port: number,
  { timeoutMs, auth }: { readonly timeoutMs: number; readonly auth?: string | undefined },
): Promise<Scrape> {
  const start = performance.now()
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    const end = (text: string | undefined) => {
      clearTimeout(timer)
      resolve({ milliseconds: performance.now() - start, text })
    }
    const options = { host: '127.0.0.1', port, path: '/metrics', agent: false, localAddress: '127.0.0.1' }
    const sent = request({ ...options, ...(auth === undefined ? {} : { auth }) }, (response) => {
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', () => undefined)
      response.once('end', () => {
        end(response.statusCode === 200 ? Buffer.concat(chunks).toString() : undefined)
      })
    })
    const timer = setTimeout(() => {
      sent.destroy()
      end(undefined)
    }, timeoutMs)
    sent.on('error', () => {
      end(undefined)
    })
    sent.end()
  })
}

/** The value of a sample without labels, or with exactly these; undefined when it is absent. */
export function sampleOf(text: string | undefined, series: string): number | undefined {
  const line = text?.split('\n').find((each) => each.startsWith(`${series} `))
  return line === undefined ? undefined : Number(line.slice(series.length + 1))
}
