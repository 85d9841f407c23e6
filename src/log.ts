import { pino, type Logger } from 'pino'
import { prettyFactory } from 'pino-pretty'

export interface LogOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly format: 'json' | 'pretty'
}

/** Writes bytes from an offset and returns how many. Throws as node:fs writeSync does. */
export type Write = (bytes: Uint8Array, offset: number) => number

/** A logger that never throws or waits for long. Lines that cannot be written are dropped and counted. */
export interface Log {
  readonly log: Logger
  /** Sets the one listener that is called for every lost line, including lines lost before. */
  readonly onLost: (listener: () => void) => void
}

/** How long to wait for the reader of a full pipe. */
const PATIENCE_MS = 100

/**
 * Opens a log with one line per entry. On a full disk, a closed pipe or a pipe whose reader has stalled, lines are lost; after the first
 * line that can be written again follows one with the number of lost lines.
 *
 * pino's own destination is not used: after a broken pipe it discards lines without any event, on a full disk it keeps lines in memory
 * and counts none, and with a stalled reader it waits for ever, at the write or at the exit of the process.
 */
export function openLog({ level, format }: LogOptions, write: Write): Log {
  const sink = new LineSink(write, format === 'pretty' ? prettyFactory({}) : undefined, (lines) => {
    log.warn({ lines }, 'log lines were lost')
  })
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
      sink.onLost(listener)
    },
  }
}

/** Writes lines, and counts those that cannot be written. */
class LineSink {
  readonly #write: Write
  readonly #format: ((line: string) => string) | undefined
  /** Called after the first line that was written again, with the number of lines lost before it. */
  readonly #onRecovered: (lines: number) => void
  /** Lines lost since the last one that was written. */
  #lost = 0
  /** Lost lines that the listener has not been called for. */
  #unreported = 0
  #listener: (() => void) | undefined
  /** True while the output ends in part of a line. */
  #isTorn = false

  constructor(
    write: Write,
    format: ((line: string) => string) | undefined,
    onRecovered: (lines: number) => void,
  ) {
    this.#write = write
    this.#format = format
    this.#onRecovered = onRecovered
  }

  write(line: string): void {
    const text = `${this.#isTorn ? '\n' : ''}${this.#format?.(line) ?? line}`
    // Only the first line that fails is waited for: the whole process waits with it.
    const { written, error } = writeAll(this.#write, text, this.#lost === 0 ? PATIENCE_MS : 0)
    if (error !== undefined) {
      this.#isTorn ||= written > 0
      this.#lost += 1
      this.#unreported += 1
      this.#report()
      return
    }
    this.#isTorn = false
    const lost = this.#lost
    this.#lost = 0
    if (lost > 0) this.#onRecovered(lost)
  }

  onLost(listener: () => void): void {
    this.#listener = listener
    this.#report()
  }

  #report(): void {
    for (; this.#listener !== undefined && this.#unreported > 0; this.#unreported -= 1) this.#listener()
  }
}

/** Writes a text, however long its reader takes. Throws when it cannot be written. */
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

/** Whether a non-blocking pipe is full. */
const isBusy = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'EAGAIN'
