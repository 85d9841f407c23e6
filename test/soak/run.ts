// npm run soak [-- --seed=N] [--polls=N]: ten thousand polls through faults, in minutes. Exits 1 when anything false was seen.
import { fork } from 'node:child_process'
import { parseArgs } from 'node:util'
import type { Config } from '../../src/config/config.ts'
import type { Question } from './daemon.ts'
import { soak, type SoakReport } from './soak.ts'
import type { Memory, Subject } from './subject.ts'

const { values } = parseArgs({ options: { seed: { type: 'string' }, polls: { type: 'string' } } })
const seed = Number(values.seed ?? Date.now() % 1_000_000)
const polls = Number(values.polls ?? 10_000)

/** An exporter in a process of its own; everything rejects once that has ended by itself. */
async function forkSubject(config: Config): Promise<Subject> {
  const child = fork(new URL('./daemon.js', import.meta.url), [JSON.stringify(config)], {
    execArgv: ['--expose-gc', '--enable-source-maps'],
  })
  const waiting = new Map<number, (answer: unknown) => void>()
  let next = 1
  let stopping = false
  const exited = new Promise<void>((resolve, reject) => {
    child.once('exit', (code, signal) => {
      if (stopping && code === 0) resolve()
      else reject(new Error(`the exporter exited with ${code ?? signal}`))
    })
  })
  exited.catch(() => undefined)
  const ready = new Promise<{ readonly url: string }>((resolve) => {
    child.once('message', (message) => {
      resolve(message as { url: string })
    })
  })
  child.on('message', ({ id, answer }: { readonly id: number; readonly answer: unknown }) => {
    waiting.get(id)?.(answer)
    waiting.delete(id)
  })
  const ask = (question: Omit<Question, 'id'>): Promise<unknown> => {
    const answered = new Promise<unknown>((resolve) => {
      waiting.set(next, resolve)
      child.send({ ...question, id: next++ })
    })
    return Promise.race([answered, exited])
  }
  const { url } = (await Promise.race([ready, exited])) ?? { url: '' }
  return {
    url,
    memory: async () => (await ask({ ask: 'memory' })) as Memory,
    faults: async () => (await ask({ ask: 'faults' })) as readonly string[],
    lastWords: async () => (await ask({ ask: 'lastWords' })) as readonly string[],
    shiftClock: async (milliseconds) => {
      await ask({ ask: 'shiftClock', milliseconds } as Omit<Question, 'id'>)
    },
    async stop() {
      stopping = true
      if (child.connected) child.send({ ask: 'stop', id: next++ })
      await exited.catch(() => undefined)
    },
  }
}

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? NaN

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`

/** Medians of the heap: after a fifth of the time, when everything that is made once has been made, and at the end. */
function growth(memory: readonly Memory[]) {
  const rest = memory.slice(Math.ceil(memory.length / 5))
  const third = Math.max(1, Math.floor(rest.length / 3))
  const heaps = (part: readonly Memory[]) => median(part.map(({ heap }) => heap))
  const [first, last] = [heaps(rest.slice(0, third)), heaps(rest.slice(-third))]
  return { first, last, percent: (last / first - 1) * 100 }
}

const print = (line: string): void => void process.stdout.write(`${line}\n`)

function summary(report: SoakReport, seconds: number): readonly string[] {
  const { first, last, percent } = growth(report.memory)
  const faults = Array.from(report.injected).toSorted(([, a], [, b]) => b - a)
  return [
    `${report.polls} polls in ${seconds} s, ${report.chapters} chapters, ${report.blocks} blocks, ${report.looks} looks at /metrics`,
    `looks by the source's API: ${[...report.sources].map(([api, looks]) => `${api} ${looks}`).join(', ')}`,
    `values compared: ${report.compared}; blocks the follower gave up: ${report.blocksSkipped}`,
    `recoveries: ${report.recoveries}, the slowest ${report.slowestRecoverySeconds.toFixed(1)} s`,
    `faults injected: ${faults.reduce((sum, [, times]) => sum + times, 0)}: ${faults.map(([kind, times]) => `${kind} ${times}`).join(', ')}`,
    `heap after garbage collection: ${megabytes(first)}, then ${megabytes(last)} (${percent.toFixed(1)} %), of ${report.memory.length} measurements`,
    `resident at most: ${megabytes(report.memory.at(-1)?.peakResident ?? NaN)}`,
  ]
}

print(`seed ${seed}, ${polls} polls`)
const start = performance.now()
const seconds = (): number => Math.round((performance.now() - start) / 1000)
const report = await soak({
  seed,
  polls,
  otherChain: true,
  intervalMs: 80,
  storm: 60,
  chapterMs: 15_000,
  start: forkSubject,
  progress: ({ name }, { polls: done, compared, memory }) => {
    print(
      `${String(seconds()).padStart(5)} s ${String(done).padStart(6)} polls ${compared} values, ${name}, ${megabytes(memory.at(-1)?.heap ?? NaN)}`,
    )
  },
})
for (const line of summary(report, seconds())) print(line)
for (const words of report.lastWords) print(`it said: ${words}`)
for (const fault of report.faults) print(`FAULT: ${fault}`)
const grown = growth(report.memory).percent
if (polls >= 1000 && grown > 5) print(`FAULT: the heap grew by ${grown.toFixed(1)} %`)
if (report.faults.length > 0) print(`Again with: npm run soak -- --seed=${seed} --polls=${polls}`)
process.exitCode = report.faults.length > 0 || (polls >= 1000 && grown > 5) ? 1 : 0
