import { expectTypeOf, test } from 'vitest'
import { add, alpha, rao, wholeTokens, type Alpha, type Rao } from '../../src/chain/money.ts'
import { valueAt, type Price } from '../../src/chain/price.ts'
import { column } from '../../src/collectors/lib/neuron-column.ts'
import { counter, each, gauge, info } from '../../src/metrics/define.ts'
import type { Ratio } from '../../src/chain/ratio.ts'

const tao = rao(21_500_000_000n)
const subnet45 = alpha(21_536_900_000n, 45)

test('units do not mix', () => {
  expectTypeOf(add(tao, tao)).toEqualTypeOf<Rao>()
  expectTypeOf(add(subnet45, alpha(1n, 45))).toEqualTypeOf<Alpha<45>>()
  // @ts-expect-error TAO and alpha
  add(tao, subnet45)
  // @ts-expect-error alphas of two subnets
  add(subnet45, alpha(1n, 46))
  // @ts-expect-error a raw integer is no amount
  add(tao, 1n)
})

test('nothing is computed outside of the unit', () => {
  // @ts-expect-error adding raw
  void (tao + tao)
  // @ts-expect-error dividing before the edge
  void (tao / 1_000_000_000n)
  // @ts-expect-error comparing raw
  void (tao > 0n)
  // @ts-expect-error an amount is not a number
  void Math.max(tao)
})

test('an amount is converted once', () => {
  const tokens = wholeTokens(tao, 9)
  expectTypeOf(tokens).toEqualTypeOf<number>()
  // @ts-expect-error what was converted is no amount any more
  wholeTokens(tokens, 9)
  const price = {} as Price
  expectTypeOf(valueAt(subnet45, price)).toEqualTypeOf<Rao>()
  // @ts-expect-error what was valued is TAO: it has no price in TAO
  valueAt(valueAt(subnet45, price), price)
})

interface Row {
  readonly free: Rao
  readonly staked: Alpha
  readonly price: Price
  readonly trust: Ratio
  readonly height: number
}

test('a family takes only values of the kind that the ending of its name says', () => {
  each((rows: readonly Row[]) => rows, { height: ({ height }) => height }, [
    gauge('bittensor_test_free_tao', 'Free.', ({ free }) => free),
    gauge('bittensor_test_staked_alpha', 'Staked.', ({ staked }) => staked),
    gauge('bittensor_test_alpha_price_tao', 'Price.', ({ price }) => price),
    gauge('bittensor_test_trust_ratio', 'Trust.', ({ trust }) => trust),
    gauge('bittensor_test_height', 'Height.', ({ height }) => height),
    gauge('bittensor_test_high', 'High.', ({ height }) => height > 1),
    counter('bittensor_test_change_tao_total', 'Change.', ({ free }) => free),
    info('bittensor_test_info', 'Info.', { height: ({ height }) => height }),
    // @ts-expect-error a number is no TAO
    gauge('bittensor_test_free_tao', 'Free.', ({ height }) => height),
    // @ts-expect-error alpha is no TAO
    gauge('bittensor_test_free_tao', 'Free.', ({ staked }) => staked),
    // @ts-expect-error TAO is no alpha
    gauge('bittensor_test_staked_alpha', 'Staked.', ({ free }) => free),
    // @ts-expect-error TAO is no price
    gauge('bittensor_test_alpha_price_tao', 'Price.', ({ free }) => free),
    // @ts-expect-error a raw score is no ratio
    gauge('bittensor_test_trust_ratio', 'Trust.', ({ height }) => height),
    // @ts-expect-error an amount is not a count
    gauge('bittensor_test_height', 'Height.', ({ free }) => free),
    // @ts-expect-error an info metric has no value
    gauge('bittensor_test_info', 'Info.', ({ height }) => height),
    // @ts-expect-error a counter ends in _total
    counter('bittensor_test_change_tao', 'Change.', ({ free }) => free),
    // @ts-expect-error an amount is no label
    info('bittensor_test_info', 'Info.', { free: ({ free }) => free }),
  ])
})

test('a column of a table takes only cells of that kind', () => {
  column(
    'bittensor_neuron_test_ratio',
    'Ratio.',
    ({ scores }) => scores.rank && { form: 'scores', values: scores.rank },
  )
  // @ts-expect-error heights are no amounts
  column('bittensor_neuron_test_tao', 'TAO.', ({ uids }) => ({ form: 'numbers', values: uids }))
  // @ts-expect-error heights are no ratios
  column('bittensor_neuron_test_ratio', 'Ratio.', ({ uids }) => ({ form: 'numbers', values: uids }))
})
