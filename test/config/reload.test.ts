import { describe, expect, test } from 'vitest'
import { ConfigError } from '../../src/config/error.ts'
import { Reloader, type Reloadable } from '../../src/config/reload.ts'

interface Line {
  readonly level: 'info' | 'error'
  readonly fields: object
  readonly message: string
}

/** A reloader with what it logged and said of the configuration. */
function reloaderOf(...reloadables: readonly Reloadable[]) {
  const lines: Line[] = []
  const configured: boolean[] = []
  const log = {
    info: (fields: object, message: string) => void lines.push({ level: 'info', fields, message }),
    error: (fields: object, message: string) => void lines.push({ level: 'error', fields, message }),
  }
  const reloader = new Reloader({
    reloadables,
    log,
    configured: (successful) => void configured.push(successful),
  })
  return { reloader, lines, configured }
}

/** A reloadable that waits to be let through, and says how often it began and was taken. */
function gated() {
  const counts = { began: 0, taken: 0, atOnce: 0, mostAtOnce: 0 }
  const gates: (() => void)[] = []
  const reloadable: Reloadable = async () => {
    counts.began += 1
    counts.mostAtOnce = Math.max(counts.mostAtOnce, ++counts.atOnce)
    await new Promise<void>((resolve) => gates.push(resolve))
    counts.atOnce -= 1
    return () => {
      counts.taken += 1
      return Promise.resolve(['keys'])
    }
  }
  return { reloadable, counts, open: () => gates.shift()?.() }
}

const turns = () => new Promise((resolve) => setTimeout(resolve, 5))

const fault = (path: string) => ({ file: 'exporter.yml', line: 1, column: 1, path, message: 'is wrong' })

test('however often it is told during a reload, there is one more, and none beside another', async () => {
  const { reloadable, counts, open } = gated()
  const { reloader, lines } = reloaderOf(reloadable)
  const first = reloader.reload('SIGHUP')
  await turns()
  const more = Array.from({ length: 300 }, (_, index) =>
    reloader.reload(index === 0 ? 'POST /-/reload' : 'SIGHUP'),
  )
  await turns()
  expect(counts).toMatchObject({ began: 1, taken: 0 })
  open()
  await first
  await turns()
  expect(counts).toMatchObject({ began: 2, taken: 1 })
  open()
  await Promise.all(more)
  await turns()
  expect(counts).toEqual({ began: 2, taken: 2, atOnce: 0, mostAtOnce: 1 })
  expect(lines.map(({ fields }) => fields)).toEqual([
    { triggers: ['SIGHUP'], changed: ['keys'] },
    { triggers: ['POST /-/reload', 'SIGHUP'], changed: ['keys'] },
  ])
})

test('applies all parts or none, and reports the issues of all', async () => {
  let taken = 0
  const good: Reloadable = () => Promise.resolve(() => Promise.resolve([`change ${++taken}`]))
  const bad = (path: string): Reloadable => {
    return () => Promise.reject(new ConfigError([fault(path)]))
  }
  const { reloader, configured, lines } = reloaderOf(good, bad('nodes'), bad('users'))
  expect(await reloader.reload('SIGHUP')).toEqual({
    result: 'refused',
    message: 'exporter.yml:1:1: nodes: is wrong\nexporter.yml:1:1: users: is wrong',
  })
  expect([taken, configured]).toEqual([0, [false]])
  expect(lines).toEqual([
    {
      level: 'error',
      fields: {
        triggers: ['SIGHUP'],
        errors: ['exporter.yml:1:1: nodes: is wrong', 'exporter.yml:1:1: users: is wrong'],
      },
      message: 'configuration reload rejected; keeping the previous one',
    },
  ])
})

describe('outcomes', () => {
  test('an internal error is logged with its stack but not returned, and the next reload works', async () => {
    let broken = true
    const reloadable: Reloadable = () =>
      broken ? Promise.reject(new Error('hidden-secret')) : Promise.resolve(() => Promise.resolve([]))
    const { reloader, configured, lines } = reloaderOf(reloadable)
    const { result, message } = await reloader.reload('SIGHUP')
    expect(result).toBe('failed')
    expect(message).not.toContain('hidden-secret')
    expect(lines[0]?.fields).toHaveProperty('err')
    broken = false
    expect((await reloader.reload('SIGHUP')).result).toBe('done')
    expect(configured).toEqual([false, true])
  })

  test('without a configuration file, logs that and does not report a result', async () => {
    const { reloader, configured, lines } = reloaderOf()
    expect((await reloader.reload('SIGHUP')).result).toBe('done')
    expect(configured).toEqual([])
    expect(lines[0]?.message).toMatch(/^nothing to reload without a configuration file/)
  })
})
