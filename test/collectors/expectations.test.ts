import { describe, expect, test } from 'vitest'
import type { Expectation } from '../../src/scope/expectation.ts'
import { expectations } from '../../src/collectors/expectations.ts'
import type { KeyConfig } from '../../src/config/config.ts'
import { inventedAddress } from '../../src/demo/names.ts'
import { expectExposition } from '../support/exposition.ts'
import { allSucceed, coldkey, hotkey, testExporter, type TestExporter } from '../support/exporter.ts'
import { simulate } from '../support/simulation.ts'
import { samplesOf } from '../support/parse-exposition.ts'

const HOT = inventedAddress('the hotkey')
const COLD = inventedAddress('the coldkey')
const ELSEWHERE = inventedAddress('somebody else')

test('what is said', async () => {
  await expectExposition(
    expectations,
    [
      { name: 'validator', expectation: 'coldkey', met: true },
      { name: 'validator', expectation: 'active', met: false },
      { name: 'validator', expectation: 'netuids', met: undefined },
    ],
    `bittensor_expectation_met{name="validator",expectation="coldkey"} 1
     bittensor_expectation_met{name="validator",expectation="active"} 0`,
  )
})

const expecting = (key: KeyConfig, expect: Expectation): KeyConfig => ({ ...key, expect })

/** Every judgement of /metrics, as `name expectation`. */
const judged = (metrics: string): Record<string, number> =>
  Object.fromEntries(
    samplesOf(metrics, 'bittensor_expectation_met').map(({ labels, value }) => [
      `${labels.get('name')} ${labels.get('expectation')}`,
      value,
    ]),
  )

/** Looks until the judgements are these. */
async function expectJudged(exporter: TestExporter, expected: Record<string, number>): Promise<void> {
  let last: Record<string, number> = {}
  try {
    await exporter.until((metrics) => {
      last = judged(metrics)
      const same = Object.keys(last).length === Object.keys(expected).length
      return allSucceed(metrics) && same && Object.entries(expected).every(([key, met]) => last[key] === met)
    })
  } catch {
    expect(last).toEqual(expected)
  }
}

const EVERYTHING: Expectation = {
  coldkey: COLD,
  netuids: [1, 3],
  validatorPermit: true,
  active: true,
  maxUpdatedBlocks: 20,
  minFreeTao: '1.5',
}

describe.each([103, 240, 424, 475])('on spec %d', (spec) => {
  test('each expectation is met, then broken by itself, then met again', async () => {
    const { chain, urls } = await simulate({
      spec,
      subnets: [0, 1, 3],
      placed: [{ hotkey: HOT, coldkey: COLD, netuids: [1, 3], stake: 100 }],
    })
    const uid = chain.truth().subnets.get(3)!.keys.indexOf(HOT)
    const fulfil = () => {
      for (const netuid of [1, 3]) {
        const place = chain.truth(chain.height).subnets.get(netuid)!.keys.indexOf(HOT)
        chain.setWeights(netuid, place)
        chain.setPermit(netuid, place, true)
        chain.setActive(netuid, place, true)
      }
      chain.setOwner(HOT, COLD)
      chain.setBalance(HOT, { free: 1_500_000_000n })
    }
    fulfil()
    chain.advance(5)
    const exporter = await testExporter({ urls, keys: [expecting(hotkey('v', HOT), EVERYTHING)] })
    const met = {
      'v coldkey': 1,
      'v netuids': 1,
      'v validator_permit': 1,
      'v active': 1,
      'v max_updated_blocks': 1,
      'v min_free_tao': 1,
    }
    const after = async (change: () => void, broken: Partial<typeof met>) => {
      fulfil()
      change()
      chain.advance(5)
      await expectJudged(exporter, { ...met, ...broken })
    }
    await expectJudged(exporter, met)
    await after(
      () => {
        chain.setOwner(HOT, ELSEWHERE)
      },
      { 'v coldkey': 0 },
    )
    await after(
      () => {
        chain.setPermit(3, uid, false)
      },
      { 'v validator_permit': 0 },
    )
    await after(
      () => {
        chain.setActive(3, uid, false)
      },
      { 'v active': 0 },
    )
    await after(
      () => {
        chain.setBalance(HOT, { free: 1_499_999_999n })
      },
      { 'v min_free_tao': 0 },
    )
    await after(() => undefined, {})
    chain.advance(30)
    await expectJudged(exporter, { ...met, 'v max_updated_blocks': 0 })
    await after(() => undefined, {})
    chain.replaceNeuron(3, uid, { hotkey: inventedAddress('newcomer'), coldkey: ELSEWHERE })
    chain.advance(5)
    const gone = { 'v netuids': 0, 'v validator_permit': 0, 'v active': 0, 'v max_updated_blocks': 0 }
    await expectJudged(exporter, { ...met, ...gone })
  })
})

test('without netuids what counts is where the hotkey is, root left aside; on none, nothing validates', async () => {
  const { chain, urls } = await simulate({
    subnets: [0, 1, 3],
    placed: [{ hotkey: HOT, coldkey: COLD, netuids: [0, 3], stake: 100 }],
  })
  const root = chain.truth().subnets.get(0)!.keys.indexOf(HOT)
  const uid = chain.truth().subnets.get(3)!.keys.indexOf(HOT)
  chain.setPermit(0, root, false)
  chain.setPermit(3, uid, true)
  chain.advance(3)
  const keys = [
    expecting(hotkey('here', HOT), { validatorPermit: true }),
    expecting(hotkey('nowhere', ELSEWHERE), { coldkey: COLD, validatorPermit: true, maxUpdatedBlocks: 9 }),
    expecting(hotkey('off', inventedAddress('off')), { active: false, netuids: [7] }),
    expecting(coldkey('treasury', COLD), { minFreeTao: '0' }),
  ]
  const exporter = await testExporter({ urls, keys })
  const others = {
    'nowhere coldkey': 0,
    'nowhere validator_permit': 0,
    'nowhere max_updated_blocks': 0,
    'off netuids': 0,
    'off active': 1,
    'treasury min_free_tao': 1,
  }
  await expectJudged(exporter, { 'here validator_permit': 1, ...others })
  chain.replaceNeuron(3, uid, { hotkey: inventedAddress('newcomer'), coldkey: ELSEWHERE })
  chain.advance(3)
  await expectJudged(exporter, others)
})

test('an input that cannot be read makes its expectation absent, says so, and leaves the others', async () => {
  const { chain, urls, sidecars } = await simulate({
    subnets: [1],
    placed: [{ hotkey: HOT, coldkey: COLD, netuids: [1], stake: 100 }],
  })
  chain.setBalance(HOT, { free: 10n ** 12n })
  chain.advance(3)
  sidecars[0]!.fault(/ValidatorPermit/, { body: '{"at":{}}' })
  const keys = [expecting(hotkey('v', HOT), { coldkey: COLD, validatorPermit: true, minFreeTao: '1' })]
  const exporter = await testExporter({ urls, keys, collectors: { neurons: false } })
  const metrics = await exporter.until((text) => /collector_success\{.*"expectations".*\} 1$/m.test(text))
  expect(judged(metrics)).toEqual({ 'v coldkey': 1, 'v min_free_tao': 1 })
  const warnings = exporter.log.map(({ warning }) => String(warning))
  expect(warnings.filter((warning) => warning.includes('validator_permit'))).toEqual([
    expect.stringContaining('the expectation validator_permit of v cannot be judged: node-a did not answer'),
  ])
})

test('what could not be judged is read again while the block is the same', async () => {
  const { urls, sidecars } = await simulate({
    subnets: [1],
    placed: [{ hotkey: HOT, coldkey: COLD, netuids: [1], stake: 100 }],
  })
  const undo = sidecars[0]!.fault(/ValidatorPermit/, { body: '{"at":{}}' })
  const keys = [expecting(hotkey('v', HOT), { coldkey: COLD, validatorPermit: true })]
  const exporter = await testExporter({ urls, keys, collectors: { neurons: false } })
  await exporter.until((text) => /collector_success\{.*"expectations".*\} 1$/m.test(text))
  undo()
  await exporter.until((text) => 'v validator_permit' in judged(text))
})

test('an amount finer than the chain’s TAO cannot be judged', async () => {
  const { urls } = await simulate({ decimals: 3, subnets: [1] })
  const keys = [expecting(coldkey('c', COLD), { minFreeTao: '0.0001' })]
  const exporter = await testExporter({ urls, keys })
  expect(judged(await exporter.until(allSucceed))).toEqual({})
  expect(exporter.log.map(({ warning }) => String(warning)).join('\n')).toContain(
    "min_free_tao of c is 0.0001, and this chain's TAO has only 3 decimal places",
  )
})
