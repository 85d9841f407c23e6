import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { request as requestTls } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hash } from 'bcrypt'
import { DEMO_KEYS } from '../../src/demo/demo.ts'
import { authority } from '../support/certificates.ts'

/** The exporter in a process of its own, with a limited heap, and what can be measured of it from outside. Linux only. */
export interface MeasuredExporter {
  readonly port: number
  /** File of the certificate authority of its certificate; undefined for plain HTTP. */
  readonly ca: string | undefined
  /** Undefined while it runs. */
  readonly exit: () => string | undefined
  readonly logBytes: () => number
  /** Forgets the peak of the resident memory. */
  resetPeak(): Promise<void>
  /** Peak of the resident memory in bytes; NaN when the process has ended. */
  peakBytes(): Promise<number>
  /** Processor time that it has used so far, in milliseconds; NaN when the process has ended. */
  cpuMs(): Promise<number>
  stop(): Promise<void>
}

export interface MeasuredOptions {
  readonly main: string
  /** In the order of the configuration. */
  readonly nodes: readonly { readonly name: string; readonly url?: string; readonly rpc?: string }[]
  readonly subnets: 'watched' | 'all' | readonly number[]
  readonly users?: Readonly<Record<string, string>>
  readonly heapMb: number
  /** Whether it serves HTTPS, with HTTP/2 requested in the web configuration. */
  readonly tls: boolean
  readonly poll: { readonly interval: string; readonly timeout: string; readonly stale_after: string }
}

const COST = 10

export async function startMeasured(options: MeasuredOptions): Promise<MeasuredExporter> {
  const folder = await mkdtemp(join(tmpdir(), 'bittensor-exporter-abuse-'))
  const configFile = join(folder, 'config.yml')
  // JSON is YAML.
  await writeFile(configFile, JSON.stringify(configOf(options)))
  const webFile = join(folder, 'web.yml')
  const ca = options.tls ? await makeCertificate(folder) : undefined
  await writeFile(webFile, JSON.stringify(await webConfigOf(options)))
  const flags = [
    `--config.file=${configFile}`,
    `--web.config.file=${webFile}`,
    '--web.listen-address=127.0.0.1:0',
  ]
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
      const port = /"url":"https?:\/\/127\.0\.0\.1:(\d+)"/.exec(start)?.[1]
      if (port !== undefined) resolve(Number(port))
    })
  })
  const port = await Promise.race([listening, ended])
  if (port === undefined) throw new Error(`the exporter did not start: ${start}${errors}`)
  return {
    port,
    ca,
    exit: () => exit,
    logBytes: () => logBytes,
    resetPeak: () => writeFile(`/proc/${child.pid}/clear_refs`, '5'),
    async peakBytes() {
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '')
      return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? NaN) * 1024
    },
    async cpuMs() {
      const stat = await readFile(`/proc/${child.pid}/stat`, 'utf8').catch(() => '')
      // After the name, which may contain spaces: user and system time, in ticks of 10 ms (proc(5)).
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      return (Number(fields[11] ?? NaN) + Number(fields[12] ?? NaN)) * 10
    },
    async stop() {
      child.kill('SIGKILL')
      await ended
      await rm(folder, { recursive: true })
    },
  }
}

/** Makes server.crt and server.key, and resolves with the file of their authority. */
async function makeCertificate(folder: string): Promise<string> {
  const ca = await authority(folder, 'ca')
  await ca.issue('server')
  return ca.cert
}

async function webConfigOf({ users = {}, tls }: MeasuredOptions) {
  const hashes = await Promise.all(
    Object.entries(users).map(async ([user, password]) => [user, await hash(password, COST)] as const),
  )
  return {
    basic_auth_users: Object.fromEntries(hashes),
    http_server_config: { http2: true },
    ...(tls ? { tls_server_config: { cert_file: 'server.crt', key_file: 'server.key' } } : {}),
  }
}

function configOf({ nodes, subnets, poll }: MeasuredOptions) {
  const { validator, miner, treasury } = DEMO_KEYS
  return {
    nodes,
    keys: [
      { name: validator.name, hotkey: validator.address },
      { name: miner.name, hotkey: miner.address },
      { name: treasury.name, coldkey: treasury.address },
    ],
    subnets,
    poll,
  }
}

export interface Scrape {
  readonly milliseconds: number
  /** Undefined without a complete response in time. */
  readonly text: string | undefined
  /** Why there is none. */
  readonly error?: string
}

export interface ScrapeOptions {
  readonly timeoutMs: number
  readonly auth?: string | undefined
  /** Certificate authority in PEM; undefined for plain HTTP. */
  readonly ca: string | undefined
}

/** Scrapes over a new connection, from an address that nobody else uses. Never rejects. */
export function scrape(port: number, { timeoutMs, auth, ca }: ScrapeOptions): Promise<Scrape> {
  const start = performance.now()
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    const end = (result: Omit<Scrape, 'milliseconds'>) => {
      clearTimeout(timer)
      resolve({ milliseconds: performance.now() - start, ...result })
    }
    const fail = (error: string) => {
      end({ text: undefined, error })
    }
    const options = { host: '127.0.0.1', port, path: '/metrics', agent: false, localAddress: '127.0.0.9' }
    const begin = ca === undefined ? request : requestTls
    const sent = begin({ ...options, ...(auth === undefined ? {} : { auth }), ca }, (response) => {
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', ({ message }) => {
        fail(message)
      })
      response.once('end', () => {
        if (response.statusCode === 200) end({ text: Buffer.concat(chunks).toString() })
        else fail(`status ${response.statusCode}`)
      })
    })
    const timer = setTimeout(() => {
      fail('timeout')
      sent.destroy()
    }, timeoutMs)
    sent.on('error', ({ message }) => {
      fail(message)
    })
    sent.end()
  })
}

/** The value of a sample without labels, or with exactly these; undefined when it is absent. */
export function sampleOf(text: string | undefined, series: string): number | undefined {
  const line = text?.split('\n').find((each) => each.startsWith(`${series} `))
  return line === undefined ? undefined : Number(line.slice(series.length + 1))
}
