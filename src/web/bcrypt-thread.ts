import { createRequire } from 'node:module'
import { Worker } from 'node:worker_threads'

/** Text, because it has to run beside compiled code and beside sources that are not. */
const THREAD = `
const { parentPort, workerData } = require('node:worker_threads')
const { compareSync } = require(workerData)
parentPort.on('message', ({ password, hash }) => parentPort.postMessage(compareSync(password, hash)))
`

/**
 * bcrypt in a thread of its own: one comparison takes a tenth of a second and more, in which the event loop has other things
 * to do. The thread begins with the first comparison. One comparison at a time.
 */
export class BcryptThread {
  #worker: Worker | undefined

  /** Whether a password is the one that was hashed. Rejects when the thread breaks down; the next one has a new thread. */
  compare(password: string, hash: string): Promise<boolean> {
    const worker = (this.#worker ??= this.#begin())
    return new Promise((resolve, reject) => {
      const onMessage = (matches: unknown): void => {
        settle()
        resolve(matches === true)
      }
      const onEnd = (cause: unknown): void => {
        settle()
        reject(new Error('the thread that compares passwords has ended', { cause }))
      }
      const settle = (): void => {
        worker.off('message', onMessage).off('error', onEnd).off('exit', onEnd)
      }
      worker.on('message', onMessage).on('error', onEnd).on('exit', onEnd)
      worker.postMessage({ password, hash })
    })
  }

  async close(): Promise<void> {
    await this.#worker?.terminate()
  }

  #begin(): Worker {
    const bcrypt = createRequire(import.meta.url).resolve('bcryptjs')
    const worker = new Worker(THREAD, { eval: true, workerData: bcrypt, execArgv: [], env: {} })
    worker.unref()
    const forget = (): void => {
      if (this.#worker === worker) this.#worker = undefined
    }
    worker.on('error', forget).on('exit', forget)
    return worker
  }
}
