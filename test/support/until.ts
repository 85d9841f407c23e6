export interface Patience {
  /** 15 s by default. */
  readonly timeoutMs?: number
  /** Pause between two looks; 20 ms by default. */
  readonly intervalMs?: number
  /** Describes what was seen last, for the error. */
  readonly seen?: () => string
}

/**
 * Waits for a condition. Resolves with the first result of `look` that is neither false nor null nor undefined; rejects
 * after the timeout, or as soon as `look` throws. For assertions, vitest has `vi.waitFor`.
 */
export async function until<T>(
  look: () => T | Promise<T>,
  { timeoutMs = 15_000, intervalMs = 20, seen }: Patience = {},
): Promise<Exclude<T, false | null | undefined>> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    const result = await look()
    if (result !== false && result !== null && result !== undefined)
      return result as Exclude<T, false | null | undefined>
    if (performance.now() >= deadline) {
      const last = seen === undefined ? '' : `; last seen:\n${seen()}`
      throw new Error(`the condition was not met within ${timeoutMs} ms${last}`)
    }
    await new Promise((resolve) => setTimeout(resolve, intervalMs))
  }
}

/** The same for a text that is fetched again and again: resolves with the text that satisfies the condition. */
export async function untilText(
  fetchText: () => Promise<string>,
  condition: (text: string) => boolean,
  patience: Omit<Patience, 'seen'> = {},
): Promise<string> {
  let text = ''
  const look = async () => condition((text = await fetchText())) && text
  return until(look, { ...patience, seen: () => text })
}
