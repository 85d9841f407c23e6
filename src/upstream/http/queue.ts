/** Why a job was dropped before it started. */
export type DropReason = 'aborted' | 'queue_full' | 'circuit_open'

/** Whether the next job may start now, must stay in the queue, or must be dropped. */
export type Admission = 'start' | 'wait' | 'drop'

export interface Job {
  /** Aborting it drops the job while it waits, and aborts its controller while it runs. */
  readonly signal: AbortSignal | undefined
  /** Runs the job; its slot is free again when the promise settles. The job may abort the controller itself. */
  start(controller: AbortController): Promise<void>
  /** Called instead of `start`. `cause` is the reason of an abort. */
  drop(reason: DropReason, cause?: unknown): void
}

export interface JobQueueOptions {
  /** Maximum number of running jobs. */
  readonly concurrency: number
  /** Maximum number of waiting jobs. */
  readonly maxWaiting: number
  /** Asked once before each start. */
  readonly admit: () => Admission
}

/** A bounded FIFO queue of jobs with a fixed concurrency. */
export class JobQueue {
  readonly #options: JobQueueOptions
  #waiting: Job[] = []
  /** Index of the first job in #waiting that has neither started nor been dropped. */
  #head = 0
  readonly #running = new Map<AbortController, AbortSignal | undefined>()
  /** One listener per signal: EventTarget adds a listener in linear time, and a poll queues 100,000 jobs on one signal. */
  readonly #observed = new WeakSet<AbortSignal>()
  #closed: { readonly cause: unknown } | undefined

  constructor(options: JobQueueOptions) {
    this.#options = options
  }

  /** Starts the job, queues it, or drops it. */
  add(job: Job): void {
    if (this.#closed !== undefined) job.drop('aborted', this.#closed.cause)
    else if (job.signal?.aborted === true) job.drop('aborted', job.signal.reason)
    else if (this.#waiting.length - this.#head >= this.#options.maxWaiting) job.drop('queue_full')
    else {
      this.#observe(job.signal)
      this.#waiting.push(job)
      this.#startNext()
    }
  }

  /** Asks `admit` again, after it let a job wait for something other than the end of another job. */
  wake(): void {
    this.#startNext()
  }

  /** Aborts every job, waiting or running, and drops all later ones. */
  close(cause: unknown): void {
    this.#closed ??= { cause }
    this.#abort(() => true, cause)
  }

  #observe(signal: AbortSignal | undefined): void {
    if (signal === undefined || this.#observed.has(signal)) return
    this.#observed.add(signal)
    const onAbort = (): void => {
      this.#abort((each) => each === signal, signal.reason)
    }
    signal.addEventListener('abort', onAbort, { once: true })
  }

  #abort(concerns: (signal: AbortSignal | undefined) => boolean, cause: unknown): void {
    const waiting = this.#waiting.slice(this.#head)
    this.#waiting = waiting.filter(({ signal }) => !concerns(signal))
    this.#head = 0
    for (const job of waiting) if (concerns(job.signal)) job.drop('aborted', cause)
    for (const [controller, signal] of this.#running) if (concerns(signal)) controller.abort(cause)
  }

  #startNext(): void {
    while (this.#head < this.#waiting.length && this.#running.size < this.#options.concurrency) {
      const admission = this.#options.admit()
      if (admission === 'wait') return
      const job = this.#take()
      if (admission === 'drop') job?.drop('circuit_open')
      else if (job !== undefined) void this.#run(job)
    }
  }

  #take(): Job | undefined {
    const job = this.#waiting[this.#head]
    this.#head += 1
    if (this.#head * 2 >= this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#head)
      this.#head = 0
    }
    return job
  }

  async #run(job: Job): Promise<void> {
    const controller = new AbortController()
    this.#running.set(controller, job.signal)
    try {
      await job.start(controller)
    } finally {
      this.#running.delete(controller)
      this.#startNext()
    }
  }
}
