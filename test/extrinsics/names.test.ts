import { expect, test } from 'vitest'
import { NEUTRAL_EVENTS } from '../../src/chain/balance-neutral-events.ts'
import { isClassified } from '../../src/chain/balance-effect.ts'
import { INCOMING_EVENTS } from '../../src/chain/incoming-events.ts'
import { WRAPPERS } from '../../src/chain/operations.ts'
import { KeyCounts } from '../../src/collectors/lib/key-counts.ts'
import { ROUTINE_EVENTS } from '../../src/storage/incremental/changes.ts'
import { RECORDED_SPECS } from '../support/specs.ts'
import { runtimeNames } from './runtimes.ts'

const runtimes = await Promise.all(RECORDED_SPECS.map(runtimeNames))
const events = new Set(runtimes.flatMap(({ events }) => Object.keys(events)))
const calls = new Set(
  runtimes.flatMap(({ calls }) =>
    Object.entries(calls).flatMap(([pallet, names]) => names.map((name) => `${pallet}.${name}`)),
  ),
)

const eventOf = (name: string) => {
  const [pallet = '', event = ''] = name.split('.')
  return { pallet, name: event, data: [] }
}

test.each(RECORDED_SPECS.map((spec, index) => [spec, runtimes[index]!] as const))(
  'spec %s: what every event that names an account does to its balance is known',
  (_, { events }) => {
    const naming = Object.keys(events).filter((name) =>
      events[name]?.some((field) => field.includes('AccountId32')),
    )
    expect(naming.length).toBeGreaterThan(20)
    expect(naming.filter((name) => !isClassified(eventOf(name)))).toEqual([])
  },
)

/** What the code names, besides what only a runtime newer than all of these has. */
const starting = new KeyCounts()
starting.watch(new Set(['a']))
const counted = starting.all().map(({ pallet, method, result }) => ({ name: `${pallet}.${method}`, result }))

test.each([
  ['by others', Array.from(INCOMING_EVENTS), events],
  [
    'counted from 0 by others',
    counted.flatMap(({ name, result }) => (result === 'by_others' ? name : [])),
    events,
  ],
  ['counted from 0', counted.flatMap(({ name, result }) => (result === 'by_others' ? [] : name)), calls],
  ['calls that call', Array.from(WRAPPERS.keys()), calls],
  ['routine events', Array.from(ROUTINE_EVENTS, (name) => `subtensorModule.${name}`), events],
  ['events that move no balance', Array.from(NEUTRAL_EVENTS), events],
])('%s: each name is in the metadata of some runtime', (_, names, known) => {
  expect(names.length).toBeGreaterThan(5)
  expect(names.filter((name) => !known.has(name))).toEqual([])
})

test('every call and event of the recorded runtimes has a name that can be counted', () => {
  const names = [...calls, ...events]
  expect(names.length).toBeGreaterThan(500)
  const dropped = names.filter((name) => {
    const [pallet = '', method = ''] = name.split('.')
    const counts = new KeyCounts()
    counts.watch(new Set(['a']))
    counts.count({ address: 'a', pallet, method, result: 'success' })
    return counts.dropped().some(({ calls }) => calls > 0)
  })
  expect(dropped).toEqual([])
})
