import { oneLine } from './text.ts'

/** Bounds of one log line. */
const TEXT_CHARACTERS = 1000
const STACK_CHARACTERS = 8000
const ENTRIES = 64
const DEPTH = 6

type Fields = Readonly<Record<string, unknown>>

/**
 * Fields of a log line without secrets and of bounded size, whoever chose their texts: each text is one line of bounded length
 * without control characters, except stacks, which keep their lines.
 * @param scrub replaces secrets.
 */
export const boundedFields = (fields: object, scrub: (text: string) => string): Fields =>
  recordOf(fields, scrub, 0)

function recordOf(fields: object, scrub: (text: string) => string, depth: number): Fields {
  const entries = Object.entries(fields)
  const kept = entries
    .slice(0, ENTRIES)
    .map(([key, value]) => [
      safe(key, scrub),
      key === 'stack' && typeof value === 'string'
        ? scrub(value).slice(0, STACK_CHARACTERS)
        : valueOf(value, scrub, depth + 1),
    ])
  return {
    ...(Object.fromEntries(kept) as Fields),
    ...(entries.length > ENTRIES ? { omitted: entries.length - ENTRIES } : {}),
  }
}

function valueOf(value: unknown, scrub: (text: string) => string, depth: number): unknown {
  if (typeof value === 'string') return safe(value, scrub)
  if (typeof value !== 'object' || value === null) return value
  if (depth > DEPTH) return '…'
  if (value instanceof Error) {
    const { name, message, stack } = value
    return recordOf({ type: name, message, stack }, scrub, depth)
  }
  if (!Array.isArray(value)) return recordOf(value, scrub, depth)
  const kept = value.slice(0, ENTRIES).map((item: unknown) => valueOf(item, scrub, depth + 1))
  return value.length > ENTRIES ? [...kept, `… ${value.length - ENTRIES} more`] : kept
}

const safe = (text: string, scrub: (text: string) => string): string =>
  scrub(oneLine(scrub(text), TEXT_CHARACTERS))
