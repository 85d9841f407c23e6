import { pino, type Logger } from 'pino'
import { startExporter } from '../../src/app.ts'
import type { Config } from '../../src/config/config.ts'

/** The exporter that is soaked, in this process or in one of its own. */
export interface Subject {
  readonly url: string
  /** Our own clock jumps, by so many milliseconds against the real one. */
  shiftClock(milliseconds: number): Promise<void>
  /** After garbage collection; undefined where there is no telling the exporter's from the rest. */
  memory(): Promise<Memory | undefined>
  /** Faults of the exporter itself since it started: errors of a kind that only a mistake throws, crashes. */
  faults(): Promise<readonly string[]>
  /** What it logged last, of warnings and errors. */
  lastWords(): Promise<readonly string[]>
  stop(): Promise<void>
}

/** Bytes. */
export interface Memory {
  readonly heap: number
  /** Outside of the heap: bodies and rendered text. */
  readonly buffers: number
  /** The most the process ever had. */
  readonly peakResident: number
}

/** Errors nobody throws on purpose. */
const MISTAKE = /^(TypeError|RangeError|ReferenceError|SyntaxError|AggregateError|AssertionError)\b/

/** An exporter in this process. */
export async function startSubject(config: Config): Promise<Subject> {
  const faults: string[] = []
  const lastWords: string[] = []
  const exporter = await startExporter(config, {
    listen: { host: '127.0.0.1', port: 0 },
    build: { version: '0.0.0-soak', revision: 'soak', nodeVersion: process.version },
    log: logTo(faults, lastWords),
  })
  exporter.broken.catch((error: unknown) => faults.push(`polling broke down: ${String(error)}`))
  const now = Date.now
  return {
    url: exporter.url,
    shiftClock(milliseconds) {
      Date.now = () => now() + milliseconds
      return Promise.resolve()
    },
    memory: () => Promise.resolve(undefined),
    faults: () => Promise.resolve(faults),
    lastWords: () => Promise.resolve(lastWords),
    async stop() {
      Date.now = now
      await exporter.stop(1000)
    },
  }
}

/** A log that is read as it is written, for what must not be in it. */
function logTo(faults: string[], lastWords: string[]): Logger {
  return pino(
    { level: 'debug' },
    {
      write(line: string) {
        const { stack, msg, level } = JSON.parse(line) as { stack?: string; msg: string; level: number }
        if (level >= 40) lastWords.push(`${new Date().toISOString()} ${line.trimEnd()}`)
        if (lastWords.length > 20) lastWords.shift()
        if (level >= 60 || (stack !== undefined && MISTAKE.test(stack))) faults.push(`${msg} ${stack ?? ''}`)
      },
    },
  )
}
