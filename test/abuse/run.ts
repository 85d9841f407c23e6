// npm run abuse [-- --short] [--only=TEXT]… [--seconds=N] [--heap=MB] [--scope=all] [--prometheus=FILE|none] [--main=FILE] [--json]:
// attacks an exporter by clients and by nodes, and prints what each attack achieved. Linux only. Exits 1 when the exporter died or a
// scrape failed.
import { fork } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import type { Order } from './attacker.ts'
import { CLIENT_ATTACKS } from './client-attacks.ts'
import { sampleOf, scrape, startMeasured, type MeasuredExporter, type MeasuredOptions } from './exporter.ts'
import { NODE_ATTACKS } from './node-attacks.ts'
import type { NodesOptions } from './nodes.ts'
import { findPrometheus, startScraping, type RecordedScrapes } from './prometheus.ts'
import type { Loot } from './sockets.ts'

/** What an attack achieved. */
export interface Figures {
  readonly attack: string
  readonly by: 'clients' | 'nodes'
  /** How the exporter ended; null when it survived. */
  readonly exit: string | null
  /** Peak of its resident memory in bytes; null when it ended. */
  readonly peakBytes: number | null
  /** Processor time that it used, as a share of one processor; null when it ended. */
  readonly cpuShare: number | null
  /** Scrapes of the well-behaved client, and how many were incomplete or took longer than the timeout. */
  readonly scrapes: number
  readonly missed: number
  /** Why scrapes failed, without repetitions. */
  readonly errors: readonly string[]
  /** Longest and median duration of the complete ones in milliseconds. */
  readonly slowest: number
  readonly median: number
  /** Scrapes of a real Prometheus; null if none ran beside this attack. */
  readonly prometheus: RecordedScrapes | null
  /** Requests to all nodes a second, during the attack and in the two seconds before. */
  readonly upstream: number
  readonly upstreamBefore: number
  /** Series at the end; null without a scrape. */
  readonly series: number | null
  readonly logBytes: number
  /** Blocks by which the published height advanced. */
  readonly blocks: number | null
  /** Whether the good node was up at the end. */
  readonly goodNodeUp: boolean
  /** What the attacking clients sent and got. */
  readonly loot: Loot | null
}

const { values: flags } = parseArgs({
  options: {
    short: { type: 'boolean' },
    json: { type: 'boolean' },
    only: { type: 'string', multiple: true },
    seconds: { type: 'string' },
    heap: { type: 'string' },
    scope: { type: 'string' },
    prometheus: { type: 'string' },
    main: { type: 'string' },
  },
})

/** The attacks of --short, which the integration tests run, and whether Prometheus runs beside them. */
const SHORT: Readonly<Record<string, boolean>> = {
  'requests for /metrics whose responses are not read': false,
  'TLS: requests for /metrics whose responses are not read': true,
  '/sd/neurons over 4,096 netuids, 50 clients': false,
  'the largest bodies with the most values': true,
  'other names in every response': false,
}

const isShort = flags.short === true

/** How large the chain is and how it is read and scraped. Every neuron of every subnet has some 60 times the series of two subnets. */
const SETUP =
  flags.scope === 'all'
    ? {
        subnets: 128,
        blockMs: 6000,
        poll: { interval: '6s', timeout: '10s', stale_after: '60s' },
        readyMs: 300_000,
        readyEveryMs: 10_000,
        scrapeEveryMs: 2000,
        scrapeTimeoutMs: 10_000,
        targets: 4,
      }
    : {
        subnets: 12,
        blockMs: 1000,
        poll: { interval: '1s', timeout: '3s', stale_after: '20s' },
        readyMs: 60_000,
        readyEveryMs: 250,
        scrapeEveryMs: 250,
        // The short form shows that scrapes are answered at all, also on a slow machine.
        scrapeTimeoutMs: isShort ? 30_000 : 5000,
        // Fewer than an attacker with 64 addresses has connections of each. The short form has one address.
        targets: isShort ? 60 : 6,
      }

const attackMs = Number(flags.seconds ?? (isShort ? 3 : 15)) * 1000
const BEFORE_MS = 2000

const print = (line: string): void => void process.stdout.write(`${line}\n`)
const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

/** The process of the simulated nodes. */
async function startNodes(options: NodesOptions) {
  const child = fork(new URL('./nodes.js', import.meta.url), [JSON.stringify(options)])
  const waiting = new Map<number, (requests: number) => void>()
  let next = 1
  const nodes = await new Promise<MeasuredOptions['nodes']>((resolve, reject) => {
    child.once('exit', () => {
      reject(new Error('the nodes did not start'))
    })
    child.once('message', (message) => {
      resolve(message as MeasuredOptions['nodes'])
    })
  })
  child.on('message', ({ id, requests }: { readonly id: number; readonly requests: number }) => {
    waiting.get(id)?.(requests)
    waiting.delete(id)
  })
  return {
    nodes,
    /** Begins an attack, ends it with null, or changes nothing. Resolves with the number of requests so far. */
    tell: (command: { readonly attack?: string | null } = {}): Promise<number> =>
      new Promise((resolve) => {
        waiting.set(next, resolve)
        child.send({ id: next++, ...command })
      }),
    stop: () => child.kill(),
  }
}

type Nodes = Awaited<ReturnType<typeof startNodes>>

/** One scrape by the well-behaved client. */
type ScrapeOnce = (auth: string | undefined) => ReturnType<typeof scrape>

/** Waits until everything that is wanted is published. */
async function untilReady(
  exporter: MeasuredExporter,
  scrapeOnce: () => ReturnType<typeof scrape>,
  successes: number,
): Promise<void> {
  const deadline = performance.now() + SETUP.readyMs
  while (performance.now() < deadline && exporter.exit() === undefined) {
    const { text } = await scrapeOnce()
    const found = text?.match(/^bittensor_exporter_collector_success\{.*\} 1$/gm) ?? []
    if (found.length >= successes) return
    await sleep(SETUP.readyEveryMs)
  }
  throw new Error(`the exporter was not ready in time: ${exporter.exit() ?? 'it is running'}`)
}

/** With more scrapes at once, the client would have as many connections as an attacker. */
const SCRAPES_AT_ONCE = 4

/** The well-behaved client: scrapes at a fixed interval, also while scrapes before have not ended. */
function startClient(scrapeOnce: ScrapeOnce, authOf: (scrape: number) => string | undefined) {
  const running: ReturnType<typeof scrape>[] = []
  let unfinished = 0
  const timer = setInterval(() => {
    if (unfinished === SCRAPES_AT_ONCE) return
    unfinished += 1
    running.push(scrapeOnce(authOf(running.length)).finally(() => (unfinished -= 1)))
  }, SETUP.scrapeEveryMs)
  return {
    async stop() {
      clearInterval(timer)
      return Promise.all(running)
    },
  }
}

function startAttackers(order: Order): Promise<Loot> {
  const child = fork(new URL('./attacker.js', import.meta.url), [JSON.stringify(order)])
  return new Promise((resolve, reject) => {
    let loot: Loot | undefined
    child.once('message', (message) => (loot = message as Loot))
    child.once('exit', (code) => {
      if (loot === undefined) reject(new Error(`the attacker exited with ${code}`))
      else resolve(loot)
    })
  })
}

const USERS = Object.fromEntries(
  Array.from({ length: 8 }, (_, index) => [`user-${index}`, `secret-${index}`]),
)
const userAuth = (index: number): string => `user-${index}:secret-${index}`

/** Clients can ask for the neurons of two subnets; a hostile node is watched with the default scope. */
const scopeOf = (by: Figures['by']): MeasuredOptions['subnets'] =>
  flags.scope === 'all' ? 'all' : by === 'clients' ? [1, 3] : 'watched'

/** Ends the programs of the attack that runs, the last one first. */
const stops: (() => Promise<void>)[] = []
async function stopAll(): Promise<void> {
  for (const stop of stops.splice(0)) await stop()
}

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void stopAll().finally(() => process.exit(1)))

/** What measure() needs to know of an attack. */
interface Chosen {
  readonly name: string
  readonly passwords?: boolean
  readonly tls?: boolean
  readonly fromStart?: boolean
}

async function measure(
  bad: Nodes,
  good: Nodes,
  by: Figures['by'],
  { name: attack, passwords = false, tls = false, fromStart = false }: Chosen,
): Promise<Figures> {
  await bad.tell({ attack: fromStart ? attack : null })
  // JSON-RPC first for every subnet, which it reads faster: that node is the source.
  const nodes = [...(flags.scope === 'all' ? bad.nodes.toReversed() : bad.nodes), ...good.nodes]
  const requestsWith = async (command: { readonly attack?: string }) =>
    (await bad.tell(command)) + (await good.tell())
  const exporter = await startMeasured({
    main: flags.main ?? 'dist/main.js',
    nodes,
    subnets: scopeOf(by),
    heapMb: Number(flags.heap ?? 512),
    tls,
    poll: SETUP.poll,
    ...(passwords ? { users: USERS } : {}),
  })
  stops.push(() => exporter.stop())
  try {
    const { port } = exporter
    const ca = exporter.ca === undefined ? undefined : await readFile(exporter.ca, 'utf8')
    const scrapeOnce: ScrapeOnce = (auth) => scrape(port, { timeoutMs: SETUP.scrapeTimeoutMs, auth, ca })
    const auth = passwords ? userAuth(7) : undefined
    // Ten collectors of the chain, and three of each node.
    await untilReady(exporter, () => scrapeOnce(auth), fromStart ? 13 : 19)
    const prometheus =
      program === undefined || (isShort && SHORT[attack] !== true)
        ? undefined
        : await startScraping(program, { port, ca: exporter.ca, auth, targets: SETUP.targets })
    if (prometheus !== undefined) stops.unshift(() => prometheus.close())
    const requests = [await requestsWith({})]
    await sleep(BEFORE_MS)
    requests.push(await requestsWith(by === 'nodes' ? { attack } : {}))
    const before = await scrapeOnce(auth)
    const logBytes = exporter.logBytes()
    await exporter.resetPeak()
    const cpuMs = await exporter.cpuMs()
    const [start, startedAt] = [performance.now(), Date.now()]
    // Four users whose passwords the exporter has not seen.
    const client = startClient(scrapeOnce, (index) => (passwords ? userAuth(3 + (index % 4)) : undefined))
    const loot =
      by === 'nodes'
        ? await sleep(attackMs).then(() => null)
        : await startAttackers({
            attack,
            port,
            tls,
            milliseconds: attackMs,
            nodes: nodes.map(({ name }) => name),
          })
    const seconds = (performance.now() - start) / 1000
    const endedAt = Date.now()
    const scrapes = await client.stop()
    requests.push(await requestsWith({}))
    const peak = await exporter.peakBytes()
    const cpuShare = ((await exporter.cpuMs()) - cpuMs) / (performance.now() - start)
    const after = await scrapeOnce(auth)
    const complete = scrapes.filter(({ text }) => text !== undefined)
    const times = complete.map(({ milliseconds }) => milliseconds).toSorted((a, b) => a - b)
    const height = (text: string | undefined) => sampleOf(text, 'bittensor_chain_block_height')
    const [from, to] = [height(before.text), height(after.text)]
    return {
      attack,
      by,
      exit: exporter.exit() ?? null,
      peakBytes: Number.isNaN(peak) ? null : peak,
      cpuShare: Number.isNaN(cpuShare) ? null : cpuShare,
      scrapes: scrapes.length,
      missed: scrapes.length - complete.length,
      errors: Array.from(new Set(scrapes.flatMap(({ error }) => error ?? []))),
      slowest: Math.round(times.at(-1) ?? NaN),
      median: Math.round(times[Math.floor(times.length / 2)] ?? NaN),
      upstream: Math.round((requests[2]! - requests[1]!) / seconds),
      upstreamBefore: Math.round((requests[1]! - requests[0]!) / (BEFORE_MS / 1000)),
      series:
        after.text === undefined ? null : after.text.split('\n').filter((line) => /^[a-z]/.test(line)).length,
      logBytes: exporter.logBytes() - logBytes,
      blocks: from === undefined || to === undefined ? null : to - from,
      goodNodeUp: sampleOf(after.text, 'bittensor_node_up{node="good"}') === 1,
      loot,
      prometheus: (await prometheus?.scrapesBetween(startedAt, endedAt)) ?? null,
    }
  } finally {
    await stopAll()
  }
}

const megabytes = (bytes: number | null): string => (bytes === null ? '' : (bytes / 1e6).toFixed(0))

const COLUMNS: Readonly<Record<string, (figures: Figures) => string | number>> = {
  attack: ({ attack }) => attack,
  exporter: ({ exit }) => exit ?? 'survived',
  'peak MB': ({ peakBytes }) => megabytes(peakBytes),
  'CPU %': ({ cpuShare }) => (cpuShare === null ? '' : Math.round(cpuShare * 100)),
  'scrapes missed': ({ missed, scrapes }) => `${missed} of ${scrapes}`,
  'slowest (median) ms': ({ slowest, median }) => `${slowest} (${median})`,
  'Prometheus failed': ({ prometheus }) =>
    prometheus === null ? 'not run' : `${prometheus.failed} of ${prometheus.scrapes}`,
  'its slowest (median) ms': ({ prometheus }) =>
    prometheus === null ? '' : `${prometheus.slowest} (${prometheus.median})`,
  'upstream requests/s (before)': ({ upstream, upstreamBefore }) => `${upstream} (${upstreamBefore})`,
  series: ({ series }) => series ?? '',
  'log bytes': ({ logBytes }) => logBytes,
  blocks: ({ blocks, goodNodeUp }) => `${blocks ?? ''}${goodNodeUp ? '' : ', good node not up'}`,
  attacker: ({ loot }) => (loot === null ? '' : `${loot.attempts}, ${loot.served} with 200`),
}

const row = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`

const hasFailed = ({ exit, missed, prometheus }: Figures): boolean =>
  exit !== null || missed > 0 || (prometheus !== null && (prometheus.failed > 0 || prometheus.scrapes === 0))

const program = flags.prometheus === 'none' ? undefined : await findPrometheus(flags.prometheus)
if (program === undefined) process.stderr.write('not run: no Prometheus beside the attacks\n')
const { subnets, blockMs } = SETUP
const startTime = Date.now()
const [bad, good] = await Promise.all([
  startNodes({ isGood: false, startTime, subnets, blockMs }),
  startNodes({ isGood: true, startTime, subnets, blockMs }),
])
const all: Figures[] = []
try {
  if (flags.json !== true) {
    print(row(Object.keys(COLUMNS)))
    print(row(Object.keys(COLUMNS).map(() => '---')))
  }
  const attacks = [
    ...CLIENT_ATTACKS.map((attack) => ({ by: 'clients' as const, attack })),
    ...NODE_ATTACKS.map((attack) => ({ by: 'nodes' as const, attack })),
  ].filter(
    ({ attack: { name } }) =>
      (flags.only?.some((text) => name.includes(text)) ?? true) && (!isShort || Object.hasOwn(SHORT, name)),
  )
  for (const { by, attack } of attacks) {
    const figures = await measure(bad, good, by, attack)
    all.push(figures)
    if (flags.json !== true) print(row(Object.values(COLUMNS).map((cell) => cell(figures))))
    const errors = [
      ...figures.errors,
      ...(figures.prometheus?.errors ?? []).map((error) => `Prometheus: ${error}`),
    ]
    if (errors.length > 0) process.stderr.write(`${attack.name}: ${errors.join('; ')}\n`)
  }
} finally {
  bad.stop()
  good.stop()
}
if (flags.json === true) print(JSON.stringify(all))
process.exitCode = all.some(hasFailed) ? 1 : 0
