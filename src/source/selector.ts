import type { Logger } from 'pino'
import type { SelfMetrics } from '../metrics/self.ts'
import { INITIAL_STATE, isDecidable, next, type SelectionEvent, type SelectionState } from './selection.ts'

export interface SourceSelectorDependencies {
  readonly self: SelfMetrics
  readonly log: Logger
}

/** Holds the state of the selection (see `selection.ts`), and applies the effects of each event: log entries and counted refusals. */
export class SourceSelector {
  readonly #self: SelfMetrics
  readonly #log: Logger
  #state = INITIAL_STATE
  /** Callers of `ready` that wait. */
  readonly #waiting = new Set<() => void>()

  constructor({ self, log }: SourceSelectorDependencies) {
    this.#self = self
    this.#log = log
  }

  get state(): SelectionState {
    return this.#state
  }

  /** Handles an event. Returns the nodes that chain state may be read from, in the order to try them. */
  handle(event: SelectionEvent): readonly string[] {
    const { state, order, log, refused } = next(this.#state, event)
    this.#state = state
    for (const { level, fields, message } of log) this.#log[level](fields, message)
    for (const node of refused) this.#self.refused(node, 'chain')
    if (isDecidable(state)) for (const resolve of this.#waiting) resolve()
    return order
  }

  /** Resolves once enough nodes have answered to select a source, or when the signal is aborted. */
  async ready(signal: AbortSignal): Promise<void> {
    if (isDecidable(this.#state) || signal.aborted) return
    let resolve = (): void => undefined
    const waited = new Promise<void>((resolved) => (resolve = resolved))
    this.#waiting.add(resolve)
    signal.addEventListener('abort', resolve)
    await waited
    this.#waiting.delete(resolve)
    signal.removeEventListener('abort', resolve)
  }
}
