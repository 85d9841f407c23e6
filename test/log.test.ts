import { expect, test } from 'vitest'
import { openLog, writeText } from '../src/log.ts'

const failure = (code: string) => Object.assign(new Error(code), { code })

/** A disk with room for so many bytes. */
function disk() {
  const state = { room: Infinity, text: '', tries: 0 }
  return {
    state,
    write: (bytes: Uint8Array, offset: number) => {
      state.tries += 1
      if (state.room === 0) throw failure('ENOSPC')
      const some = Buffer.from(bytes.subarray(offset, offset + state.room))
      state.text += some.toString()
      state.room -= some.length
      return some.length
    },
  }
}

test('a line that cannot be written is counted, and the next written line is followed by the number', () => {
  const { state, write } = disk()
  const { log, onLost } = openLog({ level: 'info', format: 'json' }, write)
  let lost = 0
  log.info('one')
  state.room = 0
  log.info('two')
  onLost(() => (lost += 1))
  expect(lost).toBe(1)
  log.info('three')
  log.debug('not of this level')
  expect(lost).toBe(2)
  state.room = Infinity
  log.info({ key: 'value' }, 'four')
  log.info('five')
  const lines = state.text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as object)
  expect(lines).toMatchObject([
    { msg: 'one' },
    { msg: 'four', key: 'value' },
    { level: 'warn', lines: 2, msg: 'log lines were lost' },
    { msg: 'five' },
  ])
})

test('a partly written line does not damage later lines', () => {
  const { state, write } = disk()
  const { log } = openLog({ level: 'info', format: 'json' }, write)
  state.room = 20
  log.info('torn')
  state.room = Infinity
  log.info('whole')
  const [torn, ...lines] = state.text.trimEnd().split('\n')
  expect(torn).toHaveLength(20)
  expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual([
    'whole',
    'log lines were lost',
  ])
})

test('a full pipe is waited for once, not at every line', () => {
  let busy = 3
  let tries = 0
  let text = ''
  const { log } = openLog({ level: 'info', format: 'json' }, (bytes) => {
    tries += 1
    if (busy-- > 0) throw failure('EAGAIN')
    text += Buffer.from(bytes).toString()
    return bytes.length
  })
  log.info('one')
  expect(text).toContain('"one"')
  busy = Infinity
  log.info('two')
  tries = 0
  log.info('three')
  expect(tries).toBe(1)
})

test('the pretty format is for people', () => {
  const { state, write } = disk()
  openLog({ level: 'info', format: 'pretty' }, write).log.info({ url: 'http://x' }, 'listening')
  expect(state.text).toMatch(/INFO.*listening.*\n *url: "http:\/\/x"/s)
})

test('a text that cannot be written is an error', () => {
  const { state, write } = disk()
  writeText(write, 'good')
  expect(state.text).toBe('good')
  state.room = 0
  expect(() => {
    writeText(write, 'bad')
  }).toThrow('ENOSPC')
})
