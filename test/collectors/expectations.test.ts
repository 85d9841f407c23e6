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
      { name: 'validator', expectation: 'coldkey', expected: COLD, met: true, actual: COLD },
      {
        name: 'validator',
        expectation: 'active',
        netuid: 9,
        expected: true,
        met: false,
        actual: 'not registered there',
      },
      {
        name: 'validator',
        expectation: 'max_updated_blocks',
        netuid: 9,
        expected: 360,
        met: true,
        actual: 12,
      },
      { name: 'validator', expectation: 'active', netuid: 10, expected: true, met: undefined },
    ],
    `bittensor_expectation_met{name="validator",expectation="coldkey",netuid="",wanted="${COLD}"} 1
     bittensor_expectation_met{name="validator",expectation="active",netuid="9",wanted="true"} 0
     bittensor_expectation_met{name="validator",expectation="max_updated_blocks",netuid="9",wanted="360"} 1
     bittensor_expectation_actual_info{name="validator",expectation="coldkey",netuid="",wanted="${COLD}",actual="${COLD}"} 1
     bittensor_expectation_actual_info{name="validator",expectation="active",netuid="9",wanted="true",actual="not registered there"} 1`,
  )
})

const expecting = (key: KeyConfig, expect: Expectation): KeyConfig => ({ ...key, expect })

/** Every judgement of /metrics, as `name expectation netuid`, without the netuid where it is empty. */
const judged = (metrics: string): Record<string, number> =>
  Object.fromEntries(
    samplesOf(metrics, 'bittensor_expectation_met').map(({ labels, value }) => [
      `${labels.get('name')} ${labels.get('expectation')} ${labels.get('netuid')}`.trimEnd(),
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
      'v netuids 1': 1,
      'v netuids 3': 1,
      'v validator_permit 1': 1,
      'v validator_permit 3': 1,
      'v active 1': 1,
      'v active 3': 1,
      'v max_updated_blocks 1': 1,
      'v max_updated_blocks 3': 1,
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
      { 'v validator_permit 3': 0 },
    )
    await after(
      () => {
        chain.setActive(3, uid, false)
      },
      { 'v active 3': 0 },
    )
    await after(
      () => {
        chain.setBalance(HOT, { free: 1_499_999_999n })
      },
      { 'v min_free_tao': 0 },
    )
    await after(() => undefined, {})
    chain.advance(30)
    await expectJudged(exporter, { ...met, 'v max_updated_blocks 1': 0, 'v max_updated_blocks 3': 0 })
    await after(() => undefined, {})
    chain.replaceNeuron(3, uid, { hotkey: inventedAddress('newcomer'), coldkey: ELSEWHERE })
    chain.advance(5)
    const gone = { 'v netuids 3': 0, 'v validator_permit 3': 0, 'v active 3': 0, 'v max_updated_blocks 3': 0 }
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
    'off netuids 7': 0,
    'off active 7': 1,
    'treasury min_free_tao': 1,
  }
  await expectJudged(exporter, { 'here validator_permit 3': 1, ...others })
  chain.replaceNeuron(3, uid, { hotkey: inventedAddress('newcomer'), coldkey: ELSEWHERE })
  chain.advance(3)
  await expectJudged(exporter, others)
})

test('each subnet is judged by itself: by its own entries, where it has them, as does root', async () => {
  const { chain, urls } = await simulate({
    subnets: [0, 1, 3],
    placed: [{ hotkey: HOT, coldkey: COLD, netuids: [0, 1, 3], stake: 100 }],
  })
  const uid = (netuid: number) => chain.truth().subnets.get(netuid)!.keys.indexOf(HOT)
  chain.setActive(0, uid(0), true)
  chain.setActive(1, uid(1), true)
  chain.setActive(3, uid(3), false)
  chain.advance(3)
  const keys = [
    expecting(hotkey('v', HOT), {
      active: true,
      subnets: { 0: { active: true }, 3: { active: false }, 9: { validatorPermit: true } },
    }),
  ]
  const exporter = await testExporter({ urls, keys })
  const met = { 'v active 0': 1, 'v active 1': 1, 'v active 3': 1, 'v validator_permit 9': 0 }
  await expectJudged(exporter, met)
  const actual = (metrics: string) =>
    samplesOf(metrics, 'bittensor_expectation_actual_info').map(({ labels }) =>
      ['expectation', 'netuid', 'wanted', 'actual'].map((label) => labels.get(label)).join(' '),
    )
  expect(actual(await exporter.until(allSucceed))).toEqual([
    'validator_permit 9 true not registered there',
    'active 0 true true',
    'active 1 true true',
    'active 3 false false',
  ])
  chain.setActive(0, uid(0), false)
  chain.advance(3)
  await expectJudged(exporter, { ...met, 'v active 0': 0 })
})

test('a validator on root: its registration, and the age of its weights where the configuration limits it', async () => {
  const { chain, urls } = await simulate({
    spec: 475,
    subnets: [0, 1],
    placed: [{ hotkey: HOT, coldkey: COLD, netuids: [0], stake: 100 }],
  })
  const uid = chain.truth().subnets.get(0)!.keys.indexOf(HOT)
  chain.setWeights(0, uid)
  chain.advance(3)
  const keys = [expecting(hotkey('v', HOT), { netuids: [0], subnets: { 0: { maxUpdatedBlocks: 20 } } })]
  const exporter = await testExporter({ urls, keys })
  await expectJudged(exporter, { 'v netuids 0': 1, 'v max_updated_blocks 0': 1 })
  chain.advance(30)
  await expectJudged(exporter, { 'v netuids 0': 1, 'v max_updated_blocks 0': 0 })
  chain.replaceNeuron(0, uid, { hotkey: inventedAddress('newcomer'), coldkey: ELSEWHERE })
  chain.advance(3)
  await expectJudged(exporter, { 'v netuids 0': 0, 'v max_updated_blocks 0': 0 })
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
    expect.stringContaining(
      'the expectation validator_permit of v on subnet 1 cannot be judged: node-a did not answer',
    ),
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
  await exporter.until((text) => 'v validator_permit 1' in judged(text))
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
