import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { JobQueue, type Admission, type JobQueueOptions } from '../../../src/upstream/http/queue.ts'

const queueOf = (options: Partial<JobQueueOptions> = {}) =>
  new JobQueue({ concurrency: 1, maxWaiting: 100, admit: () => 'start', ...options })

/** A queue with a journal: what happened to the jobs, by name, in order. */
function journalled(options: Partial<JobQueueOptions> = {}) {
  const queue = queueOf(options)
  const journal: string[] = []
  const ends = new Map<string, () => void>()
  const add = (name: string, signal?: AbortSignal): void => {
    queue.add({
      signal,
      start: (controller) => {
        journal.push(`start ${name}`)
        controller.signal.addEventListener('abort', () => void journal.push(`abort ${name}`))
        return new Promise((resolve) => ends.set(name, resolve))
      },
      drop: (reason) => void journal.push(`${reason} ${name}`),
    })
  }
  const end = async (name: string): Promise<void> => {
    ends.get(name)?.()
    ends.delete(name)
    await new Promise(setImmediate)
  }
  return { queue, journal, add, end, running: () => ends.size }
}

test('jobs start in order, as many at once as the concurrency', async () => {
  const { journal, add, end } = journalled({ concurrency: 2 })
  for (const name of ['a', 'b', 'c', 'd']) add(name)
  expect(journal).toEqual(['start a', 'start b'])
  await end('b')
  expect(journal).toEqual(['start a', 'start b', 'start c'])
  await end('a')
  expect(journal).toEqual(['start a', 'start b', 'start c', 'start d'])
})

test('a job beyond the bound is dropped at once; the others stay', async () => {
  const { journal, add, end } = journalled({ maxWaiting: 2 })
  for (const name of ['a', 'b', 'c', 'd']) add(name)
  expect(journal).toEqual(['start a', 'queue_full d'])
  await end('a')
  add('e')
  expect(journal).toEqual(['start a', 'queue_full d', 'start b'])
})

test('an abort drops the waiting jobs of its signal and aborts the running ones, and no others', async () => {
  const stop = new AbortController()
  const { journal, add, end } = journalled({ concurrency: 2 })
  add('a', stop.signal)
  add('b')
  add('c')
  add('d', stop.signal)
  add('e')
  stop.abort()
  expect(journal).toEqual(['start a', 'start b', 'aborted d', 'abort a'])
  add('f', stop.signal)
  await end('a')
  await end('c')
  expect(journal.slice(4)).toEqual(['aborted f', 'start c', 'start e'])
})

test('closing drops and aborts everything, and drops what is added later', () => {
  const { queue, journal, add } = journalled()
  const never = new AbortController()
  add('a', never.signal)
  add('b')
  queue.close(new Error('closed'))
  add('c')
  expect(journal).toEqual(['start a', 'aborted b', 'abort a', 'aborted c'])
})

test('what may not start waits or is dropped, as it is told before each start', async () => {
  let admission: Admission = 'wait'
  const { journal, add, end } = journalled({ concurrency: 3, admit: () => admission })
  add('a')
  expect(journal).toEqual([])
  admission = 'start'
  add('b')
  expect(journal).toEqual(['start a', 'start b'])
  admission = 'wait'
  add('c')
  add('d')
  admission = 'drop'
  await end('a')
  expect(journal).toEqual(['start a', 'start b', 'circuit_open c', 'circuit_open d'])
})

test('a signal gets one listener, however many jobs it has', () => {
  const stop = new AbortController()
  const listen = vi.spyOn(stop.signal, 'addEventListener')
  const { add } = journalled({ maxWaiting: 1000 })
  for (let job = 0; job < 500; job++) add(String(job), stop.signal)
  expect(listen).toHaveBeenCalledOnce()
})

test('a hundred thousand jobs of one signal are queued, and aborted, in time that is linear', () => {
  const stop = new AbortController()
  const { journal, add } = journalled({ maxWaiting: 200_000 })
  const started = performance.now()
  for (let job = 0; job < 100_000; job++) add(String(job), stop.signal)
  stop.abort()
  // Some 100 ms; a listener for each job took minutes.
  expect(performance.now() - started).toBeLessThan(5000)
  expect(journal).toHaveLength(100_001)
})

test('every job starts once or is dropped once, in whatever order jobs come, end and are aborted', async () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('add' as const), signal: fc.nat(2) }),
    fc.record({ kind: fc.constant('end' as const), job: fc.nat(60) }),
    fc.record({ kind: fc.constant('abort' as const), signal: fc.nat(2) }),
  )
  const settings = fc.record({ concurrency: fc.integer({ min: 1, max: 4 }), maxWaiting: fc.nat(6) })
  await fc.assert(
    fc.asyncProperty(settings, fc.array(step, { maxLength: 60 }), async (options, steps) => {
      const { queue, journal, add, end, running } = journalled(options)
      const controllers = [0, 1, 2].map(() => new AbortController())
      const jobs: { readonly name: string; readonly signal: number }[] = []
      for (const each of steps) {
        if (each.kind === 'add') {
          jobs.push({ name: String(jobs.length), signal: each.signal })
          add(String(jobs.length - 1), controllers[each.signal]?.signal)
        } else if (each.kind === 'abort') controllers[each.signal]?.abort()
        else await end(String(each.job))
        expect(running()).toBeLessThanOrEqual(options.concurrency)
      }
      queue.close(new Error('over'))
      for (const { name } of jobs) {
        const fates = journal.filter((line) => line.endsWith(` ${name}`) && !line.startsWith('abort '))
        expect(fates).toHaveLength(1)
      }
      const starts = journal.flatMap((line) => (line.startsWith('start ') ? [Number(line.slice(6))] : []))
      expect(starts).toEqual(starts.toSorted((a, b) => a - b))
    }),
    { numRuns: 200, seed: 12 },
  )
})
