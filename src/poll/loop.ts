/** Milliseconds between two looks: short against the 12 s of a block, and rare enough to cost a node nothing. */
export const LOOK_MS = 2000

/** Looks whether the task has something to do before its next tick. Must not reject. */
export type Look = () => Promise<boolean>

/**
 * Runs a task immediately and then at every multiple of the interval, until the signal is aborted. The task is awaited before the next
 * tick is scheduled: a slow task skips ticks, and two never overlap. A task that throws ends the loop, so it must handle its failures.
 * @param look is called every LOOK_MS between two runs. If it resolves with true, the task runs at once, and the intervals count from
 *   then on. A look that takes longer than the interval delays no tick.
 */
export async function runLoop(
  intervalMs: number,
  signal: AbortSignal,
  task: () => Promise<void>,
  look?: Look,
): Promise<void> {
  let start = performance.now()
  while (!signal.aborted) {
    await task()
    const elapsed = performance.now() - start
    const isEarly = await waitForTick(intervalMs - (elapsed % intervalMs), signal, look)
    if (isEarly) start = performance.now()
  }
}

/** Resolves at the tick, or earlier if a look finds a new block or the signal is aborted. The result is true only after a look. */
async function waitForTick(waitMs: number, signal: AbortSignal, look: Look | undefined): Promise<boolean> {
  if (signal.aborted) return false
  const stop = new AbortController()
  const onAbort = (): void => {
    stop.abort()
  }
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    const tick = sleep(waitMs, stop.signal).then(() => false)
    return await (look === undefined ? tick : Promise.race([tick, keepLooking(look, stop.signal)]))
  } finally {
    signal.removeEventListener('abort', onAbort)
    stop.abort()
  }
}

/** Resolves with true when a look does, with false when it is stopped. */
async function keepLooking(look: Look, stop: AbortSignal): Promise<boolean> {
  const isOver = (): boolean => stop.aborted
  while (!isOver()) {
    await sleep(LOOK_MS, stop)
    if (!isOver() && (await look())) return !isOver()
  }
  return false
}

/** Resolves early when the signal is aborted. With the global timer, which tests can replace. */
function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, milliseconds)
    signal.addEventListener('abort', end)
    if (signal.aborted) end()
  })
}
