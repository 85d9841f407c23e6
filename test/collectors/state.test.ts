import { expect, onTestFinished, test } from 'vitest'
import type { ChainCollector, ChainInstance } from '../../src/collectors/define.ts'
import { deregistration } from '../../src/collectors/deregistration.ts'
import { COLLECTORS } from '../../src/collectors/index.ts'
import { neurons } from '../../src/collectors/neurons.ts'
import { subnets } from '../../src/collectors/subnets.ts'
import { swaps } from '../../src/collectors/swaps.ts'
import { value } from '../../src/collectors/value.ts'
import { inventedAddress } from '../../src/demo/names.ts'
import type { Scope } from '../../src/scope/scope.ts'
import { started } from '../support/collectors.ts'
import { reader } from '../support/views.ts'

const HOT = inventedAddress('watched')

const scope: Scope = {
  hotkeys: [{ name: 'v', address: HOT }],
  coldkeys: [],
  subnets: [1, 3],
  maxSeries: 1000,
}

/** A chain on which one reading follows another, and the number of requests that each makes. */
async function chainReader() {
  const { chain, view, requests, close } = await reader({
    neurons: 8,
    limit: () => 8,
    still: true,
    placed: [{ hotkey: HOT, coldkey: inventedAddress('its coldkey'), netuids: [1, 3], stake: 5 }],
  })
  onTestFinished(close)
  /** Reads at the next block; the reading is published unless that is false. */
  const read = async (instance: ChainInstance, isPublished = true): Promise<number> => {
    chain.advance(1)
    const at = await view()
    const before = requests()
    const { signal } = new AbortController()
    const reading = await instance.read(at, { scope, signal, warn: () => undefined })
    if (isPublished) instance.published?.(reading)
    return requests() - before
  }
  return { read }
}

const CHAIN_COLLECTORS = COLLECTORS.filter((each): each is ChainCollector => each.scope === 'chain')

test.each(CHAIN_COLLECTORS.map((collector) => [collector.name, collector] as const))(
  'a new instance of %s has no state of another one',
  async (_, collector) => {
    const { read } = await chainReader()
    const first = await read(started(collector))
    expect(await read(started(collector))).toBe(first)
  },
)

/** Those whose next reading builds on the published one. */
test.each([
  ['neurons', neurons],
  ['subnets', subnets],
] as readonly (readonly [string, ChainCollector])[])(
  '%s builds on a published reading, and on no other',
  async (_, collector) => {
    const { read } = await chainReader()
    const instance = started(collector)
    const first = await read(instance, false)
    expect(await read(instance, true)).toBe(first)
    expect(await read(instance, true)).toBeLessThan(first)
  },
)

/** Those that cache single values. */
test.each([
  ['deregistration', deregistration],
  ['swaps', swaps],
  ['value', value],
] as readonly (readonly [string, ChainCollector])[])(
  '%s caches what seldom changes, until a view turns out to be wrong',
  async (_, collector) => {
    const { read } = await chainReader()
    const instance = started(collector)
    const first = await read(instance)
    expect(await read(instance)).toBeLessThan(first)
    instance.discard?.()
    expect(await read(instance)).toBe(first)
  },
)
