// npm run abuse [-- --short] [--only=TEXT] [--seconds=N] [--json]: attacks an exporter with a heap of 512 MB, by clients and by
// nodes, and prints what each attack achieved. Linux only. Exits 1 when the exporter died or a scrape was missed.
import { fork } from 'node:child_process'
import { parseArgs } from 'node:util'
import type { Order } from './attacker.ts'
import { CLIENT_ATTACKS } from './client-attacks.ts'
import { sampleOf, scrape, startMeasured, type MeasuredExporter, type MeasuredOptions } from './exporter.ts'
import { NODE_ATTACKS } from './node-attacks.ts'
import type { NodesOptions } from './nodes.ts'
import type { Loot } from './sockets.ts'

/** What an attack achieved. */
export interface Figures {
  readonly attack: string
  readonly by: 'clients' | 'nodes'
  /** How the exporter ended; null when it survived. */
  readonly exit: string | null
  /** Peak of its resident memory in bytes; null when it ended. */
  readonly peakBytes: number | null
  /** Scrapes of the well-behaved client, four a second, and how many were incomplete or took longer than the timeout. */
  readonly scrapes: number
  readonly missed: number
  /** Longest and median duration of the complete ones in milliseconds. */
  readonly slowest: number
  readonly median: number
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
    only: { type: 'string' },
    seconds: { type: 'string' },
    heap: { type: 'string' },
    scope: { type: 'string' },
    main: { type: 'string' },
  },
})

/** The attacks of --short, which the integration tests run. */
const SHORT: readonly string[] = [
  'requests for /metrics whose responses are not read',
  '/sd/neurons over 4,096 netuids, 50 clients',
  'the largest bodies with the most values',
  'other names in every response',
]

const attackMs = Number(flags.seconds ?? (flags.short === true ? 2 : 15)) * 1000
const SCRAPE_EVERY_MS = 250
/** The short form shows that scrapes are answered at all, also on a slow machine. */
const TIMEOUT_MS = flags.short === true ? 30_000 : 5000
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

/** Waits until everything that is wanted is published. */
async function untilReady(
  exporter: MeasuredExporter,
  auth: string | undefined,
  successes: number,
): Promise<void> {
  const deadline = performance.now() + 60_000
  while (performance.now() < deadline) {
    const { text } = await scrape(exporter.port, { timeoutMs: TIMEOUT_MS, auth })
    const found = text?.match(/^bittensor_exporter_collector_success\{.*\} 1$/gm) ?? []
    if (found.length >= successes) return
    await sleep(100)
  }
  throw new Error('the exporter was not ready within a minute')
}

/** The well-behaved client: scrapes at a fixed interval, whether or not the scrape before has ended. */
function startScraping(port: number, authOf: (scrape: number) => string | undefined) {
  const running: Promise<Awaited<ReturnType<typeof scrape>>>[] = []
  const timer = setInterval(() => {
    running.push(scrape(port, { timeoutMs: TIMEOUT_MS, auth: authOf(running.length) }))
  }, SCRAPE_EVERY_MS)
  return {
    async stop() {
      clearInterval(timer)
      return Promise.all(running)
    },
  }
}

function startClients(order: Order): Promise<Loot> {
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

/** What measure() needs to know of an attack. */
interface Chosen {
  readonly name: string
  readonly passwords?: boolean
  readonly fromStart?: boolean
}

async function measure(
  bad: Nodes,
  good: Nodes,
  by: Figures['by'],
  { name: attack, passwords = false, fromStart = false }: Chosen,
): Promise<Figures> {
  await bad.tell({ attack: fromStart ? attack : null })
  const nodes = [...bad.nodes, ...good.nodes]
  const requestsWith = async (command: { readonly attack?: string }) =>
    (await bad.tell(command)) + (await good.tell())
  const exporter = await startMeasured({
    main: flags.main ?? 'dist/main.js',
    nodes,
    subnets: scopeOf(by),
    heapMb: Number(flags.heap ?? 512),
    ...(passwords ? { users: USERS } : {}),
  })
  try {
    const auth = passwords ? userAuth(7) : undefined
    // Ten collectors of the chain, and three of each node.
    await untilReady(exporter, auth, fromStart ? 13 : 19)
    const requests = [await requestsWith({})]
    await sleep(BEFORE_MS)
    requests.push(await requestsWith(by === 'nodes' ? { attack } : {}))
    const before = await scrape(exporter.port, { timeoutMs: TIMEOUT_MS, auth })
    const logBytes = exporter.logBytes()
    await exporter.resetPeak()
    const start = performance.now()
    // Four users whose passwords the exporter has not seen.
    const scraping = startScraping(exporter.port, (index) =>
      passwords ? userAuth(3 + (index % 4)) : undefined,
    )
    const loot =
      by === 'nodes'
        ? await sleep(attackMs).then(() => null)
        : await startClients({
            attack,
            port: exporter.port,
            milliseconds: attackMs,
            nodes: nodes.map(({ name }) => name),
          })
    const seconds = (performance.now() - start) / 1000
    const scrapes = await scraping.stop()
    requests.push(await requestsWith({}))
    const peak = await exporter.peakBytes()
    const after = await scrape(exporter.port, { timeoutMs: TIMEOUT_MS, auth })
    const complete = scrapes.filter(({ text }) => text !== undefined)
    const times = complete.map(({ milliseconds }) => milliseconds).toSorted((a, b) => a - b)
    const height = (text: string | undefined) => sampleOf(text, 'bittensor_chain_block_height')
    const [from, to] = [height(before.text), height(after.text)]
    return {
      attack,
      by,
      exit: exporter.exit() ?? null,
      peakBytes: Number.isNaN(peak) ? null : peak,
      scrapes: scrapes.length,
      missed: scrapes.length - complete.length,
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
    }
  } finally {
    await exporter.stop()
  }
}

const megabytes = (bytes: number | null): string => (bytes === null ? '' : (bytes / 1e6).toFixed(0))

const row = (figures: Figures): string =>
  `| ${[
    figures.attack,
    figures.exit ?? 'survived',
    megabytes(figures.peakBytes),
    `${figures.missed} of ${figures.scrapes}`,
    `${figures.slowest} (${figures.median})`,
    `${figures.upstream} (${figures.upstreamBefore})`,
    figures.series ?? '',
    figures.logBytes,
    `${figures.blocks ?? ''}${figures.goodNodeUp ? '' : ', good node not up'}`,
    figures.loot === null ? '' : `${figures.loot.attempts}, ${figures.loot.served} with 200`,
  ].join(' | ')} |`

const startTime = Date.now()
const [bad, good] = await Promise.all([
  startNodes({ isGood: false, startTime }),
  startNodes({ isGood: true, startTime }),
])
const all: Figures[] = []
try {
  if (flags.json !== true) {
    print(
      '| attack | exporter | peak MB | scrapes missed | slowest (median) ms | upstream requests/s (before) | series | log bytes | blocks | attacker |',
    )
    print('| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |')
  }
  const attacks = [
    ...CLIENT_ATTACKS.map((attack) => ({ by: 'clients' as const, attack })),
    ...NODE_ATTACKS.map((attack) => ({ by: 'nodes' as const, attack })),
  ].filter(
    ({ attack: { name } }) =>
      (flags.only === undefined || name.includes(flags.only)) &&
      (flags.short !== true || SHORT.includes(name)),
  )
  for (const { by, attack } of attacks) {
    const figures = await measure(bad, good, by, attack)
    all.push(figures)
    if (flags.json !== true) print(row(figures))
  }
} finally {
  bad.stop()
  good.stop()
}
if (flags.json === true) print(JSON.stringify(all))
process.exitCode = all.some(({ exit, missed }) => exit !== null || missed > 0) ? 1 : 0
