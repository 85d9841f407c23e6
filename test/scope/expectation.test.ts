import { describe, expect, test } from 'vitest'
import { flagsMet, updatesMet } from '../../src/scope/expectation.ts'

describe('a flag', () => {
  test.each([
    ['is as expected everywhere', true, [true, true], true],
    ['is not, somewhere', true, [true, false], false],
    ['is not, and something is not known', true, [undefined, false], false],
    ['may be as expected', true, [true, undefined], undefined],
    ['is set nowhere where the hotkey is not registered', true, [true, 'unregistered'], false],
    ['is expected to be off, and is', false, [false, 'unregistered'], true],
    ['is expected to be off, and is on', false, [true], false],
    ['is nowhere to be looked at', true, [], undefined],
  ] as const)('%s', (_, expected, flags, met) => {
    expect(flagsMet(expected, flags)).toBe(met)
  })
})

describe('the last update', () => {
  test.each([
    ['is as old as it may be', [900, 1000], true],
    ['is older', [899, 1000], false],
    ['is older, and another is not known', [899, undefined], false],
    ['is not known', [undefined], undefined],
    ['is unregistered', [1000, 'unregistered'], false],
    ['is asked of no subnet', [], undefined],
  ] as const)('%s', (_, updates, met) => {
    expect(updatesMet(100, 1000, updates)).toBe(met)
  })
})
