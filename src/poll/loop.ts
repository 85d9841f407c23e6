import { setTimeout as sleep } from 'node:timers/promises'

/** An aborted sleep is how the loop ends. */
const ignoreAbort = (error: unknown): void => {
  if (!(error instanceof Error && error.name === 'AbortError')) throw error
}

/**
 * Runs a task now and then at every multiple of the interval, until the signal is aborted. The task is awaited before
 * the next tick is chosen, so a slow one skips ticks and two never overlap; one that throws ends the loop, so a task
 * handles what can go wrong.
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
