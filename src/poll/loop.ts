import { setTimeout as sleep } from 'node:timers/promises'

/** The loop ends by aborting its sleep. */
const ignoreAbort = (error: unknown): void => {
  if (!(error instanceof Error && error.name === 'AbortError')) throw error
}

/**
 * Runs a task immediately and then at every multiple of the interval, until the signal is aborted. The task is awaited before the next
 * tick is scheduled: a slow task skips ticks, and two never overlap. A task that throws ends the loop, so it must handle its failures.
 */
export async function runLoop(
  intervalMs: number,
  signal: AbortSignal,
  task: () => Promise<void>,
): Promise<void> {
  const start = performance.now()
  while (!signal.aborted) {
    await task()
    const elapsed = performance.now() - start
    const wait = intervalMs - (elapsed % intervalMs)
    await sleep(wait, undefined, { signal }).catch(ignoreAbort)
  }
}
