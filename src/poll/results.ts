import type { Logger } from 'pino'
import { Latest } from '../collectors/lib/latest.ts'
import type { Family } from '../metrics/define.ts'
import type { Exposition, Update } from '../metrics/exposition.ts'
import type { SelfMetrics } from '../metrics/self.ts'
import type { CollectorStatus } from '../metrics/status.ts'
import { logBeginnings, logEndings, messageOf, type Recovery, type Trouble } from './collector-log.ts'
import type { Outcome } from './round.ts'

export interface CollectorResultsDependencies {
  readonly exposition: Exposition
  readonly self: SelfMetrics
  readonly log: Logger
}

interface Entry {
  readonly collector: Outcome['collector']
  readonly node: string | undefined
  lastSuccess: number | undefined
  failing: { readonly since: number; readonly rounds: number; readonly message: string } | undefined
  warnings: readonly string[]
  /** Runs while its samples are published. */
  expiry: NodeJS.Timeout | undefined
}

/** How long to gather what expires before it is logged. */
const REPORT_AFTER_MS = 1000

/**
 * Where rounds are settled: outcomes become samples on /metrics, gauges about the collectors, and log lines where
 * something begins or ends. Samples of a collector without success for staleAfterMs are taken back.
 */
export class CollectorResults {
  /** What was read, as long as its samples are published. */
  readonly latest = new Latest()
  readonly #entries = new Map<string, Entry>()
  /** Expired, and not yet in the log. */
  #expired: Entry[] = []
  #report: NodeJS.Timeout | undefined
  #staleAfterMs: number
  readonly #exposition: Exposition
  readonly #self: SelfMetrics
  readonly #log: Logger

  constructor(staleAfterMs: number, { exposition, self, log }: CollectorResultsDependencies) {
    this.#staleAfterMs = staleAfterMs
    this.#exposition = exposition
    this.#self = self
    this.#log = log
  }

  /** @param node that was read, or undefined for chain state. */
  record(node: string | undefined, outcomes: readonly Outcome[]): void {
    const updates: Update[] = []
    const began: Trouble[] = []
    const ended: Recovery[] = []
    for (const { collector, seconds, warnings, result } of outcomes) {
      const entry = this.#entry(collector, node)
      this.#self.collected(labelsOf(entry), seconds, 'contents' in result)
      if ('contents' in result) {
        updates.push({ families: collector.families, part: node ?? '', contents: result.contents })
        this.latest.set(collector.name, node, { data: result.data, ...result.origin })
        if (entry.failing !== undefined) ended.push({ collector: collector.name, ...entry.failing })
        entry.failing = undefined
        this.#warn(entry, warnings)
        this.#keep(entry)
      } else {
        if (entry.failing === undefined) began.push({ collector: collector.name, error: result.error })
        const { since, rounds } = entry.failing ?? { since: Date.now(), rounds: 0 }
        entry.failing = { since, rounds: rounds + 1, message: messageOf(result.error) }
      }
    }
    logBeginnings(this.#log, node, began)
    logEndings(this.#log, node, ended)
    this.#publish(updates)
  }

  /** Chain state that was read at a block which is still the newest is as fresh as a new reading of it. */
  refresh(collectors: readonly Outcome['collector'][]): void {
    for (const collector of collectors) {
      const entry = this.#entry(collector, undefined)
      this.#self.confirmed(labelsOf(entry))
      this.#keep(entry)
    }
  }

  /** Whether the chain state of a collector is published, and its last round succeeded: then it can be confirmed. */
  isCurrent(collector: Outcome['collector']): boolean {
    const { expiry, failing } = this.#entry(collector, undefined)
    return expiry !== undefined && failing === undefined
  }

  status(): readonly CollectorStatus[] {
    return Array.from(this.#entries.values(), (entry) => ({
      collector: entry.collector.name,
      node: entry.node,
      success: entry.failing === undefined,
      lastSuccess: entry.lastSuccess,
      error: entry.failing?.message,
      warnings: entry.warnings,
      published: entry.expiry !== undefined,
    }))
  }

  /** Samples go after this time without success from now on, those that are published already as well. */
  staleAfter(milliseconds: number): void {
    if (milliseconds === this.#staleAfterMs) return
    this.#staleAfterMs = milliseconds
    for (const entry of this.#entries.values()) if (entry.expiry !== undefined) this.#expireInTime(entry)
  }

  /** Takes back what the collectors said that are not wanted any more: all of them, or of a node. */
  forget(isGone: (collector: string, node: string | undefined) => boolean): void {
    const updates: Update[] = []
    for (const [key, entry] of this.#entries) {
      const { collector, node, expiry } = entry
      if (!isGone(collector.name, node)) continue
      clearTimeout(expiry)
      this.#entries.delete(key)
      this.latest.delete(collector.name, node)
      updates.push({ families: collector.families, part: node ?? '', contents: undefined })
    }
    this.#expired = this.#expired.filter(({ collector, node }) => !isGone(collector.name, node))
    this.#publish(updates)
  }

  /** True while anything is published, and so fresh. */
  get fresh(): boolean {
    return Array.from(this.#entries.values()).some(({ expiry }) => expiry !== undefined)
  }

  /** Ends the timers; what is published stays. */
  stop(): void {
    for (const { expiry } of this.#entries.values()) clearTimeout(expiry)
    clearTimeout(this.#report)
  }

  #entry(collector: Outcome['collector'], node: string | undefined): Entry {
    const key = `${collector.name} ${node ?? ''}`
    const entry = this.#entries.get(key) ?? {
      collector,
      node,
      lastSuccess: undefined,
      failing: undefined,
      warnings: [],
      expiry: undefined,
    }
    this.#entries.set(key, entry)
    return entry
  }

  #keep(entry: Entry): void {
    entry.lastSuccess = Date.now()
    this.#expireInTime(entry)
  }

  #expireInTime(entry: Entry): void {
    clearTimeout(entry.expiry)
    const age = Date.now() - (entry.lastSuccess ?? 0)
    const left = Math.min(this.#staleAfterMs, Math.max(0, this.#staleAfterMs - age))
    entry.expiry = setTimeout(() => {
      this.#expire(entry)
    }, left).unref()
  }

  #expire(entry: Entry): void {
    entry.expiry = undefined
    this.latest.delete(entry.collector.name, entry.node)
    this.#publish([{ families: entry.collector.families, part: entry.node ?? '', contents: undefined }])
    this.#expired.push(entry)
    this.#report ??= setTimeout(() => {
      this.#reportExpired()
    }, REPORT_AFTER_MS).unref()
  }

  /** One line for all that expired together, as they do when a Sidecar is gone. */
  #reportExpired(): void {
    this.#report = undefined
    if (this.#expired.length === 0) return
    const names = this.#expired.map(({ collector, node }) =>
      node === undefined ? collector.name : `${collector.name} of ${node}`,
    )
    this.#expired = []
    this.#log.warn(
      { collectors: names, staleAfterSeconds: this.#staleAfterMs / 1000 },
      `${names.join(', ')}: samples were taken off /metrics, as they are older than stale_after`,
    )
  }

  #publish(updates: readonly Update[]): void {
    if (updates.length === 0) return
    const start = performance.now()
    this.#exposition.publish(updates)
    this.#self.rendered((performance.now() - start) / 1000)
    const touched = new Set<readonly Family[]>(updates.map(({ families }) => families))
    for (const { collector } of this.#entries.values())
      if (touched.has(collector.families))
        this.#self.published(collector.name, this.#exposition.seriesOf(collector.families))
  }

  #warn(entry: Entry, warnings: readonly string[]): void {
    const subject = { collector: entry.collector.name, node: entry.node }
    for (const warning of warnings) if (!entry.warnings.includes(warning)) this.#log.warn(subject, warning)
    for (const warning of entry.warnings)
      if (!warnings.includes(warning)) this.#log.info(subject, `no longer so: ${warning}`)
    entry.warnings = warnings
  }
}

const labelsOf = ({ collector, node }: Entry) => ({
  collector: collector.name,
  ...(node === undefined ? {} : { node }),
})
