import { expect, test } from 'vitest'
import { alpha, rao, type Alpha, type Rao } from '../../src/chain/money.ts'
import { PRICE_ONE, type Price } from '../../src/chain/price.ts'
import { each, gauge, info, ofEachNode, once } from '../../src/metrics/define.ts'

interface Row {
  readonly name: string
  readonly free?: Rao
  readonly staked?: Alpha
  readonly price?: Price
  readonly active?: boolean
  readonly symbol?: string
}

const FAMILIES = each((rows: readonly Row[]) => rows, { name: ({ name }) => name }, [
  gauge('bittensor_test_free_tao', 'Free.', ({ free }) => free),
  gauge('bittensor_test_staked_alpha', 'Staked.', ({ staked }) => staked),
  gauge('bittensor_test_alpha_price_tao', 'Price.', ({ price }) => price),
  gauge('bittensor_test_active', 'Active.', ({ active }) => active),
  info('bittensor_test_info', 'Facts.', { symbol: ({ symbol }) => symbol }),
])

/** The values of all families by their names, with the labels of each sample joined by commas. */
const valuesOf = (rows: readonly Row[], decimals: number | undefined = 9) =>
  Object.fromEntries(
    FAMILIES.flatMap(({ name, samples }) =>
      samples(rows, { node: 'a', decimals }).map(({ labels, value }) => [`${name} ${labels.join()}`, value]),
    ),
  )

const FULL: Row = {
  name: 'treasury',
  free: rao(21_500_000_000n),
  staked: alpha(5n, 1),
  price: PRICE_ONE,
  active: true,
  symbol: 'γ',
}

test('amounts become whole tokens by the decimals of the chain, and nothing else does', () => {
  expect(valuesOf([FULL])).toEqual({
    'bittensor_test_free_tao treasury': 21.5,
    'bittensor_test_staked_alpha treasury': 5e-9,
    'bittensor_test_alpha_price_tao treasury': 1,
    'bittensor_test_active treasury': 1,
    'bittensor_test_info treasury,γ': 1,
  })
})

test.each([
  [12, 0.0215],
  [0, 21_500_000_000],
])('with %d decimals', (decimals, free) => {
  expect(valuesOf([FULL], decimals)['bittensor_test_free_tao treasury']).toBe(free)
})

test('without decimals only amounts are absent', () => {
  const samples = FAMILIES.map((family) => family.samples([FULL], { node: 'a', decimals: undefined }).length)
  expect(samples).toEqual([0, 0, 1, 1, 1])
})

test('an unknown value or label is absent; 0 and false are not', () => {
  const rows = [{ name: 'a' }, { name: 'b', free: rao(0n), active: false, symbol: '' }]
  expect(valuesOf(rows)).toEqual({
    'bittensor_test_free_tao b': 0,
    'bittensor_test_active b': 0,
    'bittensor_test_info b,': 1,
  })
})

test('a value that is not a finite number is an error, not a sample', () => {
  const [family] = once(
    (height: number) => height,
    [gauge('bittensor_test_height', 'Height.', (height) => height)],
  )
  for (const value of [NaN, Infinity])
    expect(() => family?.samples(value, { node: 'a', decimals: 9 })).toThrow(
      `bittensor_test_height: ${value} is not a value`,
    )
})

test('a part that is not there has no samples', () => {
  const [family] = once(
    (height: number | undefined) => height,
    [gauge('bittensor_test_height', 'Height.', (height) => height)],
  )
  expect(family?.samples(undefined, { node: 'a', decimals: 9 })).toEqual([])
  expect(family?.samples(0, { node: 'a', decimals: 9 })).toEqual([{ labels: [], value: 0 }])
})

test('families of a node have its name as their first label', () => {
  const [family] = ofEachNode(FAMILIES)
  expect(family?.labels).toEqual(['node', 'name'])
  expect(family?.samples([FULL], { node: 'a', decimals: 9 })).toEqual([
    { labels: ['a', 'treasury'], value: 21.5 },
  ])
})
