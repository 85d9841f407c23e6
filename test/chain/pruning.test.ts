import { describe, expect, test } from 'vitest'
import {
  pruneOrder,
  pruningRuleOf,
  rootPruneOrder,
  sparedUids,
  type PruningRule,
} from '../../src/chain/pruning.ts'

const ruleAt = (specVersion: number): PruningRule =>
  pruningRuleOf({
    specVersion,
    hasOwnerHotkey: specVersion >= 233,
    hasMechanisms: specVersion >= 320,
    hasMinNonImmune: specVersion >= 365,
  })

describe('the rule of each era', () => {
  test.each([
    [101, { score: 'pruning_score', ties: 'uid', owner: 'nobody', ownership: 'owned_hotkeys' }],
    [194, { score: 'pruning_score', ties: 'uid', owner: 'nobody', ownership: 'owned_hotkeys' }],
    [195, { score: 'pruning_score', ties: 'registration', owner: 'nobody', ownership: 'owned_hotkeys' }],
    [232, { score: 'pruning_score', ties: 'registration', owner: 'nobody', ownership: 'owned_hotkeys' }],
    [233, { score: 'pruning_score', ties: 'registration', owner: 'coldkey', ownership: 'owned_hotkeys' }],
    [237, { score: 'pruning_score', ties: 'registration', owner: 'coldkey', ownership: 'owned_hotkeys' }],
    [238, { score: 'pruning_score', ties: 'registration', owner: 'hotkey', ownership: 'owned_hotkeys' }],
    [319, { score: 'pruning_score', ties: 'registration', owner: 'hotkey', ownership: 'owned_hotkeys' }],
    [320, { score: 'pruning_score', ties: 'registration', owner: 'newest', ownership: 'owned_hotkeys' }],
    [326, { score: 'pruning_score', ties: 'registration', owner: 'oldest', ownership: 'owned_hotkeys' }],
    [364, { score: 'pruning_score', ties: 'registration', owner: 'oldest', ownership: 'owned_hotkeys' }],
    [365, { score: 'emission', ties: 'registration', owner: 'oldest', ownership: 'owned_hotkeys' }],
    [473, { score: 'emission', ties: 'registration', owner: 'oldest', ownership: 'owned_hotkeys' }],
    [475, { score: 'emission', ties: 'registration', owner: 'oldest', ownership: 'owner' }],
  ])('spec %d', (spec, rule) => {
    expect(ruleAt(spec)).toEqual(rule)
  })
})

/**
 * Height 10,000, immunity 4,096 blocks: registered after 5,904 is immune. By score, the mortal ones: 4 and 1 with 10
 * (4 is older), 0 with 30, 5 with 40. The immune ones: 2 and 6 with 0 (6 is older), 3 with 5.
 */
const NEURONS = [
  { uid: 0, score: 30n, registeredAt: 100 },
  { uid: 1, score: 10n, registeredAt: 5904 },
  { uid: 2, score: 0n, registeredAt: 9000 },
  { uid: 3, score: 5n, registeredAt: 5905 },
  { uid: 4, score: 10n, registeredAt: 200 },
  { uid: 5, score: 40n, registeredAt: 100 },
  { uid: 6, score: 0n, registeredAt: 8000 },
]
const SUBNET = { height: 10_000, immunityPeriod: 4096, spared: new Set<number>(), minNonImmune: 0 }

describe('who goes, by hand', () => {
  test('to spec 194 ties go to the higher UID, among the immune to the lower', () => {
    expect(pruneOrder(ruleAt(194), NEURONS, SUBNET)).toEqual([4, 1, 0, 5, 2, 6, 3])
    const swapped = NEURONS.map((neuron) => ({ ...neuron, uid: 6 - neuron.uid }))
    expect(pruneOrder(ruleAt(194), swapped, SUBNET)).toEqual([5, 2, 6, 1, 0, 4, 3])
  })

  test('up to spec 194 a UID that was just replaced has no score and is skipped, even if it is not immune', () => {
    const fresh = { uid: 7, score: 65_535n, registeredAt: 100 }
    expect(pruneOrder(ruleAt(194), [fresh, ...NEURONS], SUBNET)).toEqual([4, 1, 0, 5, 2, 6, 3, 7])
    expect(pruneOrder(ruleAt(195), [fresh, ...NEURONS], SUBNET)).toEqual([4, 1, 0, 5, 7, 6, 2, 3])
  })

  test('from spec 195 ties go to the older registration, then to the lower UID', () => {
    const swapped = NEURONS.map((neuron) => ({ ...neuron, uid: 6 - neuron.uid }))
    for (const spec of [195, 233, 238, 320, 364, 365]) {
      expect(pruneOrder(ruleAt(spec), NEURONS, SUBNET)).toEqual([4, 1, 0, 5, 6, 2, 3])
      expect(pruneOrder(ruleAt(spec), swapped, SUBNET)).toEqual([2, 5, 6, 1, 0, 4, 3])
    }
    const alike = [8, 7, 9].map((uid) => ({ uid, score: 1n, registeredAt: 5 }))
    expect(pruneOrder(ruleAt(195), alike, SUBNET)).toEqual([7, 8, 9])
  })

  test('the immune go when there is nobody else', () => {
    const young = NEURONS.filter(({ uid }) => [2, 3, 6].includes(uid))
    expect(pruneOrder(ruleAt(101), young, SUBNET)).toEqual([2, 6, 3])
    expect(pruneOrder(ruleAt(232), young, SUBNET)).toEqual([6, 2, 3])
  })

  test('from spec 365 as many as MinNonImmuneUids are left, and the immune go before them', () => {
    // Four are not immune: 3 is one less, so 4 can go, and then 6, 2 and 3.
    expect(pruneOrder(ruleAt(365), NEURONS, { ...SUBNET, minNonImmune: 3 })).toEqual([4, 6, 2, 3, 1, 0, 5])
    expect(pruneOrder(ruleAt(365), NEURONS, { ...SUBNET, minNonImmune: 10 })).toEqual([6, 2, 3, 4, 1, 0, 5])
    // What the owner keeps is not counted among those that are left.
    const kept = { ...SUBNET, minNonImmune: 3, spared: new Set([5]) }
    expect(pruneOrder(ruleAt(365), NEURONS, kept)).toEqual([6, 2, 3, 4, 1, 0])
  })

  test('emissions beyond 2^53 are compared exactly', () => {
    const rich = [
      { uid: 0, score: 2n ** 60n + 1n, registeredAt: 1 },
      { uid: 1, score: 2n ** 60n, registeredAt: 2 },
    ]
    expect(pruneOrder(ruleAt(365), rich, SUBNET)).toEqual([1, 0])
  })

  test('nobody', () => {
    expect(pruneOrder(ruleAt(365), [], SUBNET)).toEqual([])
    expect(pruneOrder(ruleAt(238), NEURONS, { ...SUBNET, spared: new Set([0, 1, 2, 3, 4, 5, 6]) })).toEqual(
      [],
    )
  })
})

test('on root the order is by stake, then older registration, then lower UID; immune validators are never replaced', () => {
  // Height 10,000, immunity 4,096 blocks: 5 is immune with 1, 6 was until this block.
  const validators = [
    { uid: 0, stake: 70n, registeredAt: 100 },
    { uid: 1, stake: 20n, registeredAt: 300 },
    { uid: 2, stake: 20n, registeredAt: 200 },
    { uid: 4, stake: 20n, registeredAt: 300 },
    { uid: 5, stake: 1n, registeredAt: 5905 },
    { uid: 6, stake: 2n ** 60n + 1n, registeredAt: 5904 },
    { uid: 3, stake: 2n ** 60n, registeredAt: 5904 },
  ]
  const root = { height: 10_000, immunityPeriod: 4096 }
  expect(rootPruneOrder(validators, root)).toEqual([2, 1, 4, 0, 3, 6])
  expect(rootPruneOrder(validators, { ...root, immunityPeriod: 10_000 })).toEqual([])
})

describe('what the owner of a subnet keeps', () => {
  /** The owner hotkey is UID 5 (registered at 500), its coldkey has 5, 3 (at 100), 8 and 4 (both at 900). */
  const OWNER = { hotkey: 5, coldkey: [8, 5, 3, 4], limit: 2 }
  const registeredAt = (uid: number): number => ({ 3: 100, 5: 500, 4: 900, 8: 900 })[uid] ?? 0
  const kept = (spec: number, owner = OWNER) => [...sparedUids(ruleAt(spec), owner, registeredAt)].toSorted()

  test.each([
    ['nothing to spec 232', 232, OWNER, []],
    ['all neurons of the coldkey at 233', 237, OWNER, [3, 4, 5, 8]],
    ['only the owner hotkey from 238, whatever the limit', 319, { ...OWNER, limit: 0 }, [5]],
    ['the newest up to the limit at 320, after the owner hotkey', 320, OWNER, [4, 5]],
    ['the oldest up to the limit from 326', 326, OWNER, [3, 5]],
    ['the oldest from 365', 365, { ...OWNER, limit: 3 }, [3, 4, 5]],
    ['the owner hotkey alone with the default limit', 475, { ...OWNER, limit: 1 }, [5]],
    ['nobody with a limit of 0', 475, { ...OWNER, limit: 0 }, []],
    [
      'its oldest where the owner hotkey is not registered',
      475,
      { ...OWNER, hotkey: undefined, coldkey: [8, 3] },
      [3, 8],
    ],
    ['nothing where it has no neuron', 475, { hotkey: undefined, coldkey: [], limit: 2 }, []],
    ['nothing where the owner hotkey is not registered at 300', 300, { ...OWNER, hotkey: undefined }, []],
  ])('is %s', (_, spec, owner, expected) => {
    expect(kept(spec, owner as typeof OWNER)).toEqual(expected)
  })
})
