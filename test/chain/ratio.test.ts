import { expect, test } from 'vitest'
import { ratioOfU16, weightedRatio } from '../../src/chain/ratio.ts'
import { activityCutoffOf } from '../../src/chain/subnet.ts'
import { isImmune } from '../../src/chain/neuron.ts'

test.each([
  [0, 0],
  [65_535, 1],
  [57_930, 0.8839551384756237], // the validator trust the article prints
  [15_025, 0.22926680399786373], // its dividends
])('u16 %d is %d', (score, ratio) => {
  expect(ratioOfU16(score)).toBe(ratio)
})

test.each([
  [[65_535], [1], 1],
  [[65_535, 0], [1, 1], 0.5],
  [[30_000, 10_000], [49_151, 16_384], (30_000 * 49_151 + 10_000 * 16_384) / 65_535 / 65_535],
  [[1, 2], [0, 0], 0],
])('scores %j weighted by %j', (scores, weights, ratio) => {
  expect(weightedRatio(scores, weights)).toBeCloseTo(ratio, 15)
})

test.each([
  [13_889, 360, 5000],
  [1, 360, 1],
  [1000, 99, 99],
])('activity cutoff of factor %d and tempo %d', (factor, tempo, blocks) => {
  expect(activityCutoffOf(factor, tempo)).toBe(blocks)
})

test('a neuron is immune while it is younger than the period', () => {
  expect(isImmune(1099, 1000, 100)).toBe(true)
  expect(isImmune(1100, 1000, 100)).toBe(false)
})
