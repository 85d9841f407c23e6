import { pino, type Logger } from 'pino'
import { prettyFactory } from 'pino-pretty'

export interface LogOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly format: 'json' | 'pretty'
}

/** Writes some bytes, from the offset on, and returns how many. Throws as node:fs writeSync does. */
export type Write = (bytes: Uint8Array, offset: number) => number

/** A log that never stops what is logged: a line that cannot be written is lost, and counted. */
export interface Log {
  readonly log: Logger
  /** Told, one listener, of every line that is lost, also of those before it listened. */
  readonly onLost: (listener: () => void) => void
}

/** How long the reader of a full pipe is waited for. */
const PATIENCE_MS = 100

/**
 * Opens a log of one line an entry. On a full disk, a closed pipe, or one whose reader stands still, lines are lost;
 * the first that can be written again is followed by how many.
 */
export function openLog({ level, format }: LogOptions, write: Write): Log {
  const pretty = format === 'pretty' ? prettyFactory({}) : undefined
  /** Since a line was last written. */
  let losing = 0
  let isTorn = false
  let untold = 0
  let onLost: (() => void) | undefined
  const tell = () => {
    for (; onLost !== undefined && untold > 0; untold -= 1) onLost()
  }
  const sink = {
    write(line: string) {
      const text = `${isTorn ? '\n' : ''}${pretty?.(line) ?? line}`
      // Waited for once, and not at every line: all else waits too.
      const { written, error } = writeAll(write, text, losing === 0 ? PATIENCE_MS : 0)
      if (error === undefined) {
        isTorn = false
        const lines = losing
        losing = 0
        if (lines > 0)
          log.warn({ lines }, `${lines} lines of the log before this one could not be written, and are lost`)
        return
      }
      isTorn ||= written > 0
      losing += 1
      untold += 1
      tell()
    },
  }
  const log = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label: string) => ({ level: label }) },
    },
    sink,
  )
  return {
    log,
    onLost(listener) {
      onLost = listener
      tell()
    },
  }
}

/** Writes a text, now. Throws when it cannot be written. */
export function writeText(write: Write, text: string): void {
  const { error } = writeAll(write, text, Infinity)
  if (error !== undefined) throw error
}

function writeAll(write: Write, text: string, patienceMs: number): { written: number; error?: Error } {
  const bytes = Buffer.from(text)
  const end = performance.now() + patienceMs
  let written = 0
  while (written < bytes.length)
    try {
      written += write(bytes, written)
    } catch (error) {
      if (isBusy(error) && performance.now() < end)
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
      else return { written, error: error instanceof Error ? error : new Error(String(error)) }
    }
  return { written }
}

/** The pipe is full, and does not block. */
const isBusy = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'EAGAIN'
