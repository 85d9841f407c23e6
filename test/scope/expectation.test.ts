import { describe, expect, test } from 'vitest'
import { inventedAddress } from '../../src/demo/names.ts'
import { entriesOf, flagMet, updateMet, type Expectation } from '../../src/scope/expectation.ts'

test.each([
  ['is as expected', true, true, true],
  ['is not as expected', true, false, false],
  ['is unknown', true, undefined, undefined],
  ['is unset where the hotkey is not registered', true, 'unregistered', false],
  ['is expected to be off where the hotkey is not registered', false, 'unregistered', true],
  ['is expected to be off, and is on', false, true, false],
  ['is expected to be off, and is', false, false, true],
] as const)('a flag %s', (_, expected, flag, met) => {
  expect(flagMet(expected, flag)).toBe(met)
})

test.each([
  ['is as old as it may be', 900, true],
  ['is older', 899, false],
  ['is unknown', undefined, undefined],
  ['does not exist where the hotkey is not registered', 'unregistered', false],
] as const)('the last update %s', (_, update, met) => {
  expect(updateMet(100, 1000, update)).toBe(met)
})

describe('what is judged where', () => {
  const COLD = inventedAddress('a coldkey')
  const rows = (expectation: Expectation, registered?: readonly number[]) =>
    entriesOf(expectation, registered).map(({ expectation: name, netuid, expected }) =>
      [name, netuid ?? '-', expected].join(' '),
    )

  test.each([
    ['nothing', {}, [1], []],
    ['the key itself', { coldkey: COLD, minFreeTao: '1' }, [1], [`coldkey - ${COLD}`, 'min_free_tao - 1']],
    [
      'each registration by itself, root too',
      { netuids: [0, 9] },
      [],
      ['netuids 0 registered', 'netuids 9 registered'],
    ],
    [
      'where the hotkey is registered, except root',
      { active: true },
      [3, 0, 1],
      ['active 1 true', 'active 3 true'],
    ],
    [
      'on netuids rather than where it is registered',
      { netuids: [0, 9], active: true },
      [1],
      ['netuids 0 registered', 'netuids 9 registered', 'active 9 true'],
    ],
    ['nowhere', { active: true }, [], ['active - true']],
    ['only on root', { active: true }, [0], ['active - true']],
    ['where registrations are unknown', { active: true }, undefined, ['active - true']],
    [
      'a subnet’s own entry instead of the general one',
      { active: true, maxUpdatedBlocks: 360, subnets: { 3: { active: false } } },
      [1, 3],
      ['active 1 true', 'active 3 false', 'max_updated_blocks 1 360', 'max_updated_blocks 3 360'],
    ],
    [
      'root only by its own entries, and a subnet that is named nowhere else',
      { validatorPermit: true, active: true, subnets: { 0: { active: true }, 9: { maxUpdatedBlocks: 5 } } },
      [0, 1],
      ['validator_permit 1 true', 'active 0 true', 'active 1 true', 'max_updated_blocks 9 5'],
    ],
    ['only own entries', { subnets: { 0: { active: true } } }, [1], ['active 0 true']],
  ] satisfies [string, Expectation, number[] | undefined, string[]][])(
    '%s',
    (_, expectation, registered, judged) => {
      expect(rows(expectation, registered)).toEqual(judged)
    },
  )
})
