import type { Logger } from 'pino'
import { Latest } from '../collectors/lib/latest.ts'
import type { Family } from '../metrics/define.ts'
import type { Contents, Exposition, Update } from '../metrics/exposition.ts'
import type { SelfMetrics } from '../metrics/self.ts'
import type { CollectorStatus } from '../metrics/status.ts'
import {
  causesOf,
  causeText,
  logFailures,
  logRecoveries,
  messageOf,
  type Failure,
  type FailureLogs,
  type Recovery,
} from './collector-log.ts'
import { PollError, type Outcome } from './round.ts'

export interface CollectorResultsDependencies {
  readonly exposition: Exposition
  readonly self: SelfMetrics
  readonly log: Logger
}

interface Failing {
  readonly since: number
  readonly rounds: number
  readonly error: unknown
  /** What was logged last, and when. */
  readonly logged: { readonly cause: string; readonly at: number }
}

interface Entry {
  readonly collector: Outcome['collector']
  readonly node: string | undefined
  lastSuccess: number | undefined
  failing: Failing | undefined
  warnings: readonly string[]
  /** Timer that runs while its samples are published. */
  expiry: NodeJS.Timeout | undefined
}

/** Series that collectors other than the neuron table may have whatever the limit. */
const OTHER_SERIES = 20_000

/** A failure whose reason changes is logged again, at most once in this time: reasons may alternate. */
const CHANGE_AFTER_MS = 60_000

/** A failure that lasts is logged again after this time. */
const REMIND_AFTER_MS = 15 * 60_000

/** Collectors whose samples expire within this time are logged in one line. */
const REPORT_AFTER_MS = 1000

/**
 * The results of all collectors. Records outcomes as samples on /metrics and as metrics about the collectors, and logs failures and
 * recoveries. Samples expire when their collector has not succeeded for `staleAfterMs`.
 */
export class CollectorResults {
  /** The data of each collector, kept as long as its samples are published. */
  readonly latest = new Latest()
  readonly #entries = new Map<string, Entry>()
  #revision = 0
  /** Expired and not logged yet. */
  #expired: Entry[] = []
  #report: NodeJS.Timeout | undefined
  #staleAfterMs: number
  #maxSeries = Infinity
  /** Of the neuron table that was published last. */
  #tableSeries = 0
  readonly #exposition: Exposition
  readonly #self: SelfMetrics
  readonly #log: Logger

  constructor(staleAfterMs: number, { exposition, self, log }: CollectorResultsDependencies) {
    this.#staleAfterMs = staleAfterMs
    this.#exposition = exposition
    this.#self = self
    this.#log = log
  }

  /** Changes whenever the readings, the status of a collector or `fresh` may have changed. */
  get revision(): number {
    return this.#revision
  }

  /** Records and publishes the outcomes of one round. @param node is undefined for chain state. */
  record(node: string | undefined, outcomes: readonly Outcome[]): void {
    this.#revision += 1
    const updates: Update[] = []
    const logs: FailureLogs = { failing: [], changed: [], lasting: [] }
    const recoveries: Recovery[] = []
    const limited = this.#withinLimit(node ?? '', outcomes)
    for (const { collector, seconds, warnings, result } of limited) {
      const entry = this.#entry(collector, node)
      this.#self.collected(labelsOf(entry), seconds, 'contents' in result)
      if ('contents' in result) {
        updates.push({ families: collector.families, part: node ?? '', contents: result.contents })
        this.latest.set(collector.name, node, { data: result.data, ...result.origin })
        if (entry.failing !== undefined) recoveries.push({ collector: collector.name, ...entry.failing })
        entry.failing = undefined
        this.#logWarnings(entry, warnings)
        this.#renew(entry)
      } else {
        this.#fail(entry, result.error, logs)
      }
    }
    logFailures(this.#log, node, logs)
    logRecoveries(this.#log, node, recoveries)
    this.#publish(updates)
  }

  /** Counts a failed round, and decides whether it is logged. */
  #fail(entry: Entry, error: unknown, logs: FailureLogs): void {
    const now = Date.now()
    const cause = causeText(error)
    const { since, rounds, logged } = entry.failing ?? { since: now, rounds: 0, logged: undefined }
    const failure: Failure = { collector: entry.collector.name, error, since, rounds: rounds + 1 }
    const isChanged = logged?.cause !== cause
    const silentMs = now - (logged?.at ?? 0)
    const list =
      logged === undefined
        ? logs.failing
        : isChanged && silentMs >= CHANGE_AFTER_MS
          ? logs.changed
          : silentMs >= REMIND_AFTER_MS
            ? logs.lasting
            : undefined
    list?.push(failure)
    const isLogged = logged === undefined || list !== undefined
    entry.failing = { since, rounds: rounds + 1, error, logged: isLogged ? { cause, at: now } : logged }
  }

  /** Renews chain state that was read at the block which is still the newest: it is as fresh as a new reading. */
  refresh(collectors: readonly Outcome['collector'][]): void {
    this.#revision += 1
    for (const collector of collectors) {
      const entry = this.#entry(collector, undefined)
      this.#self.confirmed(labelsOf(entry))
      this.#renew(entry)
    }
  }

  /** Whether a collector's chain state is published and its last round succeeded, so that it can be refreshed. */
  isCurrent(collector: Outcome['collector']): boolean {
    const { expiry, failing } = this.#entry(collector, undefined)
    return expiry !== undefined && failing === undefined
  }

  /** Whether samples of a collector's chain state are published. */
  isPublished(collector: Outcome['collector']): boolean {
    return this.#entry(collector, undefined).expiry !== undefined
  }

  status(): readonly CollectorStatus[] {
    return Array.from(this.#entries.values(), (entry) => ({
      collector: entry.collector.name,
      node: entry.node,
      success: entry.failing === undefined,
      lastSuccess: entry.lastSuccess,
      error: entry.failing && messageOf(entry.failing.error),
      failingSince: entry.failing?.since,
      causes: entry.failing === undefined ? [] : causesOf(entry.failing.error),
      warnings: entry.warnings,
      published: entry.expiry !== undefined,
    }))
  }

  /** Sets the age at which samples expire, also for samples that are already published. */
  staleAfter(milliseconds: number): void {
    if (milliseconds === this.#staleAfterMs) return
    this.#staleAfterMs = milliseconds
    for (const entry of this.#entries.values()) if (entry.expiry !== undefined) this.#expireInTime(entry)
  }

  /** Sets limits.max_series. */
  limitSeries(maxSeries: number): void {
    this.#maxSeries = maxSeries
  }

  /**
   * Outcomes in which collectors fail whose series would exceed what the neuron table leaves of the limit. The table itself is limited
   * by the choice of subnets.
   */
  #withinLimit(part: string, outcomes: readonly Outcome[]): readonly Outcome[] {
    const exposition = this.#exposition
    let series = exposition.series
    for (const { collector, result } of outcomes) {
      if (collector.isTable !== true || !('contents' in result)) continue
      series += seriesIn(result.contents) - exposition.seriesOf(collector.families, part)
      this.#tableSeries = seriesIn(result.contents)
    }
    const limit = Math.max(this.#maxSeries, this.#tableSeries + OTHER_SERIES)
    return outcomes.map((outcome) => {
      const { collector, result } = outcome
      if (collector.isTable === true || !('contents' in result)) return outcome
      const after = series + seriesIn(result.contents) - exposition.seriesOf(collector.families, part)
      if (after > limit) {
        const message = `not published: with its ${seriesIn(result.contents)} series there would be more than limits.max_series`
        return { ...outcome, result: { error: new PollError(message) } }
      }
      series = after
      return outcome
    })
  }

  /** Removes collectors with their samples: all entries that the predicate selects. */
  forget(isRemoved: (collector: string, node: string | undefined) => boolean): void {
    this.#revision += 1
    const updates: Update[] = []
    for (const [key, entry] of this.#entries) {
      const { collector, node, expiry } = entry
      if (!isRemoved(collector.name, node)) continue
      clearTimeout(expiry)
      this.#entries.delete(key)
      this.latest.delete(collector.name, node)
      updates.push({ families: collector.families, part: node ?? '', contents: undefined })
    }
    this.#expired = this.#expired.filter(({ collector, node }) => !isRemoved(collector.name, node))
    this.#publish(updates)
  }

  /** Whether any samples are published, which means that they have not expired. */
  get fresh(): boolean {
    return Array.from(this.#entries.values()).some(({ expiry }) => expiry !== undefined)
  }

  /** Stops the timers; published samples stay. */
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

  #renew(entry: Entry): void {
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
    this.#revision += 1
    entry.expiry = undefined
    this.latest.expire(entry.collector.name, entry.node)
    this.#publish([{ families: entry.collector.families, part: entry.node ?? '', contents: undefined }])
    this.#expired.push(entry)
    this.#report ??= setTimeout(() => {
      this.#reportExpired()
    }, REPORT_AFTER_MS).unref()
  }

  /** Logs one line for all samples that expired together, as they do when a Sidecar is unreachable. */
  #reportExpired(): void {
    this.#report = undefined
    if (this.#expired.length === 0) return
    const names = this.#expired.map(({ collector, node }) =>
      node === undefined ? collector.name : `${collector.name} of ${node}`,
    )
    this.#expired = []
    this.#log.warn({ collectors: names, staleAfterSeconds: this.#staleAfterMs / 1000 }, 'samples expired')
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

  #logWarnings(entry: Entry, warnings: readonly string[]): void {
    const source = { collector: entry.collector.name, node: entry.node }
    for (const warning of warnings)
      if (!entry.warnings.includes(warning)) this.#log.warn({ ...source, warning }, 'collector warning')
    for (const warning of entry.warnings)
      if (!warnings.includes(warning)) this.#log.info({ ...source, warning }, 'collector warning cleared')
    entry.warnings = warnings
  }
}

const seriesIn = (contents: Contents): number => {
  let series = 0
  for (const content of contents.values()) series += content.series
  return series
}

const labelsOf = ({ collector, node }: Entry) => ({
  collector: collector.name,
  ...(node === undefined ? {} : { node }),
})
