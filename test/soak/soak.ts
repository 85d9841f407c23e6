import { setTimeout as sleep } from 'node:timers/promises'
import { request } from 'undici'
import type { Config } from '../../src/config/config.ts'
import type { SimulatedChain } from '../../src/demo/chain.ts'
import { HEALTHY, SimulatedNode } from '../../src/demo/node.ts'
import { Random } from '../../src/demo/random.ts'
import { doSomething, KEYS, soakChain } from './doings.ts'
import { Judge } from './judge.ts'
import { NodeHistory } from './nodes.ts'
import { FAIR, startFaultProxy, type FaultProxy } from './proxy.ts'
import { schedule, type Chapter } from './schedule.ts'
import type { Memory, Subject } from './subject.ts'
import { rpcOf, sidecarOf, type Upstream } from './upstreams.ts'
import { LAYOUT_SPECS } from '../support/specs.ts'

export interface SoakOptions {
  readonly seed: number
  /** Polls of the chain to go through, at least. */
  readonly polls: number
  /** Whether nodes may find themselves on another chain. */
  readonly otherChain: boolean
  /** From one poll to the next, at least. */
  readonly intervalMs: number
  /** Polls a storm takes, about: shorter ones make a short soak as varied as a long one. */
  readonly storm: number
  /** Where every request runs into its timeout polls are few: no chapter takes more milliseconds than this. */
  readonly chapterMs: number
  readonly start: (config: Config) => Promise<Subject>
  /** Told after each chapter. */
  readonly progress?: (chapter: Chapter, report: SoakReport) => void
}

export interface SoakReport {
  readonly polls: number
  readonly chapters: number
  readonly looks: number
  readonly compared: number
  readonly blocks: number
  /** Looks by the API of the node that the chain state was read from. */
  readonly sources: ReadonlyMap<string, number>
  /** Blocks the follower of operations gave up. */
  readonly blocksSkipped: number
  /** Times everything was found fresh and complete after a time of faults. */
  readonly recoveries: number
  readonly slowestRecoverySeconds: number
  /** Faults injected, by kind. */
  readonly injected: ReadonlyMap<string, number>
  /** False values and everything else that must not be, the first of them. */
  readonly faults: readonly string[]
  /** What the exporter logged before something was wrong. */
  readonly lastWords: readonly string[]
  /** Memory of the exporter, at each calm after the other; none where it cannot be told. */
  readonly memory: readonly Memory[]
}

/** The nodes, and how each is read. */
const NODES = [
  { name: 'node-a', api: 'rpc' },
  { name: 'node-b', api: 'sidecar' },
  { name: 'node-c', api: 'rpc' },
] as const

const UPSTREAM: Readonly<Record<'rpc' | 'sidecar', (node: SimulatedNode) => Upstream>> = {
  rpc: rpcOf,
  sidecar: sidecarOf,
}

/**
 * Short, so that ten thousand polls take minutes; long enough for a machine with other things to do. The interval is the
 * soak's own.
 */
const POLL = { timeoutMs: 1000, concurrency: 16, staleAfterMs: 5000 }

/** What was said may be published for as long as it is not stale, and a reading takes as long again at most. */
const WINDOW_MS = 2 * POLL.staleAfterMs + 1000

/** For a breaker that is open, a poll that is stuck, a machine that is busy. */
const RECOVERS_WITHIN_MS = 120_000

const ENOUGH_FAULTS = 20

/** Everything that is soaked, and what it is held against. */
class Soak {
  readonly #options: SoakOptions
  readonly #random: Random
  readonly #chain: SimulatedChain
  readonly #other: SimulatedChain
  readonly #closing: (() => Promise<void>)[] = []
  readonly #histories = new Map(NODES.map(({ name }) => [name, new NodeHistory(name, WINDOW_MS)]))
  readonly #judge: Judge
  readonly #faults: string[] = []
  readonly #memory: Memory[] = []
  readonly #sources = new Map<string, number>()
  #lastWords: readonly string[] = []
  readonly #nodes: readonly SimulatedNode[]
  readonly #elsewhere: SimulatedNode
  #proxies: readonly FaultProxy[] = []
  #subject: Subject | undefined
  #chapter: Chapter | undefined
  #polls = 0
  #looks = 0
  #chapters = 0
  #blocks = 0
  #recoveries = 0
  #slowestRecoveryMs = 0
  /** The newest spec the chain was upgraded to. */
  #spec = LAYOUT_SPECS[0] ?? 0

  constructor(options: SoakOptions) {
    this.#options = options
    this.#random = new Random(options.seed)
    this.#chain = soakChain(options.seed, LAYOUT_SPECS[0] ?? 0, 158_796)
    this.#other = soakChain(options.seed + 1_000_003, 475, 158_799)
    this.#nodes = NODES.map(() => new SimulatedNode(this.#chain, { ...HEALTHY }))
    this.#elsewhere = new SimulatedNode(this.#other, { ...HEALTHY, chainName: 'Elsewhere', peers: 7 })
    this.#judge = new Judge(this.#chain, KEYS, this.#histories)
  }

  async run(): Promise<SoakReport> {
    const { seed, polls, otherChain, storm, progress } = this.#options
    try {
      await this.#start()
      const chapters = schedule({ nodes: NODES.length, random: new Random(seed + 1), otherChain, storm })
      while (this.#polls < polls && this.#faults.length === 0) {
        const chapter = chapters.next().value
        await this.#live(chapter)
        progress?.(chapter, this.report())
      }
      if (this.#faults.length > 0) this.#lastWords = (await this.#subject?.lastWords()) ?? []
      return this.report()
    } finally {
      for (const close of this.#closing.reverse()) await close()
    }
  }

  report(): SoakReport {
    const injected = new Map<string, number>()
    for (const proxy of this.#proxies)
      for (const [kind, times] of proxy.injected) injected.set(kind, (injected.get(kind) ?? 0) + times)
    return {
      polls: this.#polls,
      chapters: this.#chapters,
      looks: this.#looks,
      compared: this.#judge.compared,
      blocks: this.#blocks,
      sources: this.#sources,
      blocksSkipped: this.#judge.blocksSkipped,
      recoveries: this.#recoveries,
      slowestRecoverySeconds: this.#slowestRecoveryMs / 1000,
      injected,
      faults: this.#faults.slice(0, ENOUGH_FAULTS),
      lastWords: this.#lastWords,
      memory: this.#memory,
    }
  }

  async #start(): Promise<void> {
    this.#proxies = await Promise.all(
      NODES.map(({ api }, index) =>
        startFaultProxy({
          upstream: UPSTREAM[api](this.#nodes[index]!),
          chain: this.#chain,
          elsewhere: UPSTREAM[api](this.#elsewhere),
          random: new Random(this.#options.seed * 31 + index),
          timeoutMs: POLL.timeoutMs,
        }),
      ),
    )
    for (const proxy of this.#proxies) this.#closing.push(() => proxy.close())
    this.#remember()
    const subject = await this.#options.start({
      nodes: NODES.map((node, index) => ({ ...node, url: this.#proxies[index]!.url, headers: {} })),
      keys: KEYS,
      subnets: 'all',
      limits: { maxSeries: 2_000_000 },
      poll: { ...POLL, intervalMs: this.#options.intervalMs },
      discovery: { allowNetworks: [] },
      collectors: {},
    })
    this.#subject = subject
    this.#closing.push(() => subject.stop())
  }

  /** One chapter, from its first poll to its last; a calm one ends when everything is fresh again. */
  async #live(chapter: Chapter): Promise<void> {
    this.#chapter = chapter
    this.#chapters++
    await Promise.all(this.#proxies.map((proxy, index) => proxy.setWeather(chapter.weather[index] ?? FAIR)))
    await this.#subject?.shiftClock(chapter.clockMs)
    if (chapter.name === 'calm') for (const { health } of this.#nodes) health.lag = 0
    this.#remember()
    const end = this.#polls + chapter.polls
    const until = performance.now() + this.#options.chapterMs
    while (this.#polls < end && performance.now() < until && this.#faults.length === 0) {
      const before = this.#polls
      await this.#look()
      for (let poll = before; poll < this.#polls; poll++) this.#move(chapter)
      // Twice a poll, so that hardly any publish is missed.
      await sleep(this.#options.intervalMs / 2)
    }
    if (chapter.name === 'calm') await this.#recover()
    if (chapter.name === 'outage') await this.#fade()
  }

  /** What happens between one poll and the next. */
  #move({ unsteady }: Chapter): void {
    const random = this.#random
    // Through all layouts, as far apart as they can be.
    const era = Math.floor((this.#polls / this.#options.polls) * LAYOUT_SPECS.length)
    const spec = LAYOUT_SPECS[Math.min(era, LAYOUT_SPECS.length - 1)] ?? 0
    if (spec > this.#spec) this.#chain.setSpec(spec)
    this.#spec = Math.max(spec, this.#spec)
    for (const chain of [this.#chain, this.#other]) {
      if (random.chance(0.3)) doSomething(chain, random)
      const blocks = random.pick([0, 0, 1, 1, 1, 1, 1, 1, 2, 5]) ?? 1
      chain.advance(blocks)
      if (chain === this.#chain) this.#blocks += blocks
    }
    // Were it behind, its height alone would be a reason to refuse it.
    this.#other.advance(Math.max(0, this.#chain.height + 1 - this.#other.height))
    for (const { health } of this.#nodes) {
      if (!random.chance(unsteady)) continue
      health.lag = random.pick([0, 0, 1, 3, 30]) ?? 0
      health.peers = random.below(400)
      health.syncing = random.chance(0.2)
      health.pendingExtrinsics = random.below(50)
    }
    this.#remember()
  }

  /** Nodes say something else from now on. */
  #remember(): void {
    for (const [index, history] of [...this.#histories.values()].entries()) {
      const node = this.#nodes[index]
      const strange = (this.#chapter?.weather[index]?.otherChain ?? 0) > 0
      history.remember([...(strange ? [this.#elsewhere] : []), ...(node === undefined ? [] : [node])])
    }
  }

  /** Looks at what is published, and judges it. */
  async #look(): Promise<string> {
    const text = await this.#get('/metrics')
    this.#looks++
    const polls = /^bittensor_exporter_chain_polls_total (\d+)$/m.exec(text)?.[1]
    this.#polls = Number(polls ?? 0)
    const source = /^bittensor_chain_source_info\{node="(.+?)"/m.exec(text)?.[1]
    const api = NODES.find(({ name }) => name === source)?.api
    if (api !== undefined) this.#sources.set(api, (this.#sources.get(api) ?? 0) + 1)
    const false_ = this.#judge.judge(text)
    const own = (await this.#subject?.faults()) ?? []
    for (const fault of [...false_, ...own])
      this.#faults.push(`poll ${this.#polls}, chapter ${this.#chapters} (${this.#chapter?.name}): ${fault}`)
    return text
  }

  async #get(path: string, status = 200): Promise<string> {
    const { statusCode, body } = await request(`${this.#subject?.url}${path}`)
    if (statusCode !== status) this.#faults.push(`GET ${path} answered ${statusCode}`)
    return body.text()
  }

  /** All nodes are well again: everything must be there and of now. The chain stands still meanwhile. */
  async #recover(): Promise<void> {
    const start = performance.now()
    let missing: string | undefined = 'nothing was looked at'
    while (missing !== undefined && this.#faults.length === 0) {
      missing = this.#judge.missing(await this.#look())
      const waited = performance.now() - start
      if (missing !== undefined && waited > RECOVERS_WITHIN_MS)
        this.#faults.push(`not fresh ${waited / 1000} s after everything was well again: ${missing}`)
      await sleep(10)
    }
    await this.#get('/-/ready')
    this.#recoveries++
    this.#slowestRecoveryMs = Math.max(this.#slowestRecoveryMs, performance.now() - start)
    const memory = await this.#subject?.memory()
    if (memory !== undefined) this.#memory.push(memory)
  }

  /** No node answers: what was published must go, and readiness with it, while the exporter itself is well. */
  async #fade(): Promise<void> {
    const start = performance.now()
    while (
      /^bittensor_(?!exporter|node_up|node_decodes_extrinsics)/m.test(await this.#look()) &&
      this.#faults.length === 0
    ) {
      if (performance.now() - start > RECOVERS_WITHIN_MS)
        this.#faults.push('samples are still published long after they were stale')
      await sleep(50)
    }
    await this.#get('/-/ready', 503)
    await this.#get('/-/healthy')
  }
}

/** Runs an exporter through faults until it has polled often enough, or something that must not be was seen. */
export const soak = (options: SoakOptions): Promise<SoakReport> => new Soak(options).run()
