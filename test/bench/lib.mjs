// What the benchmarks share: a chain of mainnet's size, the daemon and the simulated Sidecar in processes of their own,
// and interleaved timing.
import { fork } from 'node:child_process'
import { request } from 'node:http'

export const SUBNETS = 128
export const NEURONS = 256

export const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]

/**
 * Times several things in turn, A B A B …, after one round that is not counted; gives the median of each. What one leaves
 * behind is not cleaned up in the time of the next, unless there is nothing to speak of: a collection of garbage takes
 * optimised code with it.
 */
export async function interleaved(rounds, things, { collect = true } = {}) {
  const times = Object.fromEntries(Object.keys(things).map((name) => [name, []]))
  for (let round = 0; round <= rounds; round++) {
    for (const [name, run] of Object.entries(things)) {
      if (collect) globalThis.gc?.()
      const start = performance.now()
      const measured = await run()
      const milliseconds = typeof measured === 'number' ? measured : performance.now() - start
      if (round > 0) times[name].push(milliseconds)
    }
  }
  return Object.fromEntries(Object.entries(times).map(([name, values]) => [name, median(values)]))
}

/** A process that answers messages; ended with stop(). */
export async function startProcess(file, options) {
  const child = fork(new URL(file, import.meta.url), [JSON.stringify(options)])
  const waiting = new Map()
  let next = 1
  child.on('message', ({ id, answer }) => {
    waiting.get(id)?.(answer)
    waiting.delete(id)
  })
  const exited = new Promise((_, reject) => {
    child.once('exit', (code) => reject(new Error(`${file} exited with ${code}`)))
  })
  exited.catch(() => undefined)
  const ask = (what) =>
    Promise.race([
      exited,
      new Promise((resolve) => {
        const id = next++
        waiting.set(id, resolve)
        child.send({ id, what })
      }),
    ])
  const ready = await new Promise((resolve, reject) => {
    exited.catch(reject)
    child.once('message', resolve)
  })
  return {
    ...ready,
    ask,
    async stop() {
      child.kill('SIGKILL')
      await exited.catch(() => undefined)
    },
  }
}

/** GETs all of a body and throws it away; gives the milliseconds, and how many bytes came. */
export function download(url, headers = {}) {
  return new Promise((resolve, reject) => {
    const start = performance.now()
    let bytes = 0
    request(url, { headers, agent: false }, (response) => {
      response.on('data', (chunk) => (bytes += chunk.length))
      response.on('end', () =>
        resolve({ milliseconds: performance.now() - start, bytes, status: response.statusCode }),
      )
      response.on('error', reject)
    })
      .on('error', reject)
      .end()
  })
}

export const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds))
