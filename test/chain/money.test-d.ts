import { expectTypeOf, test } from 'vitest'
import { add, alpha, rao, wholeTokens, type Alpha, type Rao } from '../../src/chain/money.ts'
import { valueAt, type Price } from '../../src/chain/price.ts'
import { gauge, type Say } from '../../src/metrics/define.ts'
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

const FAMILIES = {
  free: gauge('bittensor_test_free_tao', 'Free.', ['name']),
  staked: gauge('bittensor_test_staked_alpha', 'Staked.', ['netuid']),
  price: gauge('bittensor_test_alpha_price_tao', 'Price.', ['netuid']),
  trust: gauge('bittensor_test_trust_ratio', 'Trust.', ['uid']),
  info: gauge('bittensor_test_info', 'Facts.', ['symbol']),
  height: gauge('bittensor_test_height', 'Height.'),
}

test('a collector can say only what the name of the family promises, with its labels', () => {
  const say = {} as Say<typeof FAMILIES>
  expectTypeOf(say.free).parameters.toEqualTypeOf<
    [Readonly<Record<'name', string | number>>, Rao | undefined]
  >()
  expectTypeOf(say.staked).parameter(1).toEqualTypeOf<Alpha | undefined>()
  expectTypeOf(say.price).parameter(1).toEqualTypeOf<Price | undefined>()
  expectTypeOf(say.trust).parameter(1).toEqualTypeOf<Ratio | undefined>()
  expectTypeOf(say.info).parameters.toEqualTypeOf<[Readonly<Record<'symbol', string | number>>]>()
  expectTypeOf(say.height).parameter(1).toEqualTypeOf<number | boolean | undefined>()
  if (Date.now() > 0) return
  // @ts-expect-error a number is no TAO
  say.free({ name: 'a' }, 21.5)
  // @ts-expect-error alpha is no TAO
  say.free({ name: 'a' }, subnet45)
  // @ts-expect-error TAO is no alpha
  say.staked({ netuid: 1 }, tao)
  // @ts-expect-error a raw score is no ratio
  say.trust({ uid: 1 }, 65_535)
  // @ts-expect-error a wrong label
  say.free({ nam: 'a' }, tao)
  // @ts-expect-error a label too many
  say.free({ name: 'a', uid: 1 }, tao)
  // @ts-expect-error a missing label
  say.free({}, tao)
})
