import { setMaxListeners } from 'node:events'
import type { Block } from '../chain/block.ts'
import type { Decimals } from '../chain/money.ts'
import type { Scope } from '../scope/scope.ts'
import type { CollectorInstance } from '../collectors/define.ts'
import type { Origin } from '../collectors/lib/latest.ts'
import type { Family } from '../metrics/define.ts'
import type { Contents } from '../metrics/exposition.ts'

/** The result of one collector in one round. */
export interface Outcome {
  readonly collector: {
    readonly name: string
    readonly families: readonly Family[]
    /** Its series are limited by the choice of subnets. */
    readonly isTable?: boolean
  }
  readonly seconds: number
  readonly warnings: readonly string[]
  readonly result: Success | { readonly error: unknown }
}

interface Success {
  readonly data: unknown
  readonly origin: Origin
  readonly contents: Contents
}

export interface RoundOptions {
  readonly scope: Scope
  readonly node: string
  /** The block that chain state is read at; undefined for a node's own state. */
  readonly block?: Block
  readonly decimals: Decimals | undefined
  readonly signal: AbortSignal
}

/** An expected failure of a poll that no single request causes. It is logged without its stack. */
export class PollError extends Error {
  /** The failures of the nodes that were tried, if the poll failed because of them. */
  readonly failures: readonly unknown[]

  constructor(message: string, failures: readonly unknown[] = []) {
    super(message)
    this.failures = failures
  }
}

/** Runs collectors side by side on one source. Never rejects: a failing collector does not affect the others. */
export const runRound = <Kind extends 'chain' | 'node', Source>(
  collectors: readonly CollectorInstance<Kind, Source>[],
  source: Source,
  options: RoundOptions,
): Promise<readonly Outcome[]> =>
  Promise.all(collectors.map((collector) => runCollector(collector, source, options)))

/** Runs one collector, and times it. Never rejects. */
export async function runCollector<Kind extends 'chain' | 'node', Source>(
  collector: CollectorInstance<Kind, Source>,
  source: Source,
  { scope, node, block, decimals, signal }: RoundOptions,
): Promise<Outcome> {
  const start = performance.now()
  const warnings: string[] = []
  const warn = (message: string) => void warnings.push(message)
  const outcome = (result: Outcome['result']) => {
    return { collector, seconds: (performance.now() - start) / 1000, warnings, result }
  }
  try {
    const data = await collector.read(source, { scope, signal, warn })
    const origin = { node, block, decimals }
    return outcome({ data, origin, contents: await collector.render(data, { node, decimals }) })
  } catch (error) {
    // An aborted request fails with reason `aborted` only; the signal has the cause.
    return outcome({ error: signal.aborted ? signal.reason : error })
  }
}

/** Outcomes of collectors that could not be run. */
export const allFailed = (collectors: readonly Outcome['collector'][], error: unknown): readonly Outcome[] =>
  collectors.map((collector) => ({ collector, seconds: 0, warnings: [], result: { error } }))

/** Runs a task with a signal that is aborted by the outer signal, by the task, on timeout, and when the task ends. */
export async function withDeadline<Value>(
  milliseconds: number,
  outer: AbortSignal,
  task: (abort: AbortController) => Promise<Value>,
): Promise<Value> {
  const abort = new AbortController()
  // Each node's transport adds a listener, and there may be more than ten nodes, the default limit.
  setMaxListeners(0, abort.signal)
  const stop = () => {
    abort.abort(outer.reason)
  }
  if (outer.aborted) stop()
  outer.addEventListener('abort', stop, { once: true })
  const timer = setTimeout(() => {
    abort.abort(new PollError(`not finished within ${milliseconds / 1000} s`))
  }, milliseconds)
  try {
    return await task(abort)
  } finally {
    clearTimeout(timer)
    outer.removeEventListener('abort', stop)
    // A failed collector may leave requests in the queue, which would be sent before those of the next round.
    abort.abort(new PollError('the round has ended'))
  }
}
