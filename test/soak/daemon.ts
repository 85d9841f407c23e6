// The exporter in a process of its own, which tells how its memory is and what went wrong in it.
import type { Config } from '../../src/config/config.ts'
import { startSubject } from './subject.ts'

/** What the soak asks for, each with a number of its own. */
export type Question = { readonly id: number } & (
  | { readonly ask: 'memory' | 'faults' | 'lastWords' | 'stop' }
  | { readonly ask: 'shiftClock'; readonly milliseconds: number }
)

const unhandled: string[] = []
process.on('unhandledRejection', (reason) => {
  unhandled.push(
    `unhandled rejection: ${reason instanceof Error ? (reason.stack ?? reason.message) : String(reason)}`,
  )
})
process.on('warning', ({ name, message, stack }) => {
  if (name === 'MaxListenersExceededWarning') unhandled.push(`${name}: ${stack ?? message}`)
})

const subject = await startSubject(JSON.parse(process.argv[2] ?? '') as Config)

async function answerTo(question: Question): Promise<unknown> {
  switch (question.ask) {
    case 'memory': {
      for (let round = 0; round < 3; round++) globalThis.gc?.()
      const { heapUsed: heap, external: buffers } = process.memoryUsage()
      return { heap, buffers, peakResident: process.resourceUsage().maxRSS * 1024 }
    }
    case 'faults':
      return [...unhandled, ...(await subject.faults())]
    case 'lastWords':
      return subject.lastWords()
    case 'shiftClock':
      return subject.shiftClock(question.milliseconds)
    case 'stop':
      await subject.stop()
      return 'stopped'
  }
}

// The soak has gone, whatever made it go: an exporter nobody looks at ends, too.
process.once('disconnect', () => process.exit())
process.on('message', (question: Question) => {
  void answerTo(question).then((answer) => {
    process.send?.({ id: question.id, answer })
    if (question.ask === 'stop') process.disconnect()
  })
})
process.send?.({ url: subject.url })
