import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { isAddress } from '../../src/chain/address.ts'
import { DEMO_KEYS, demoChain, startClock } from '../../src/demo/demo.ts'
import { startSimulatedSidecar } from '../../src/demo/sidecar.ts'
import { testExporter } from '../support/exporter.ts'
import { samplesOf } from '../support/parse-exposition.ts'

afterEach(() => {
  vi.useRealTimers()
})

test('the demo’s keys are invented addresses with places on the chain', () => {
  const truth = demoChain().truth()
  const { validator, miner, treasury } = DEMO_KEYS
  for (const { address } of [validator, miner, treasury]) expect(isAddress(address)).toBe(true)
  const places = (hotkey: string) =>
    [...truth.subnets.values()].flatMap(({ netuid, neurons }) =>
      neurons.filter((neuron) => neuron.hotkey === hotkey).map((neuron) => ({ netuid, ...neuron })),
    )
  expect(places(validator.address).map(({ netuid }) => netuid)).toEqual([0, 1, 3, 8])
  expect(places(miner.address).map(({ netuid }) => netuid)).toEqual([1, 5])
  for (const place of places(validator.address))
    expect(place).toMatchObject({ coldkey: treasury.address, validatorPermit: true, active: true })
  for (const place of places(miner.address))
    expect(place).toMatchObject({ coldkey: treasury.address, validatorPermit: false })
  expect(truth.account(treasury.address).free).toBeGreaterThan(0n)
})

test('in an hour of blocks it is lively, and the validator stays healthy', () => {
  const chain = demoChain({ keepBlocks: 400 })
  const before = chain.truth()
  chain.advance(300)
  const after = chain.truth()
  const keys = [DEMO_KEYS.validator, DEMO_KEYS.miner, DEMO_KEYS.treasury]
  for (const { address } of keys)
    expect(after.account(address).nonce).toBeGreaterThan(before.account(address).nonce)
  const changed = (field: 'tao' | 'lastUpdate' | 'emission' | 'keys') =>
    [...after.subnets].filter(([netuid, subnet]) => before.subnets.get(netuid)![field] !== subnet[field])
      .length
  expect(changed('tao')).toBe(11)
  expect(changed('lastUpdate')).toBe(12)
  expect(changed('emission')).toBeGreaterThan(3)
  expect(changed('keys')).toBeGreaterThan(5)
  for (const netuid of [0, 1, 3, 8]) {
    const neuron = after.subnets.get(netuid)!.neurons[0]!
    expect(neuron).toMatchObject({ hotkey: DEMO_KEYS.validator.address, validatorPermit: true, active: true })
  }
})

test('all expectations of the demo’s keys are met for an hour of blocks, except the missing registration', async () => {
  const chain = demoChain({ keepBlocks: 400 })
  chain.advance(300)
  const sidecar = await startSimulatedSidecar({ chain })
  onTestFinished(() => sidecar.close())
  const exporter = await testExporter({ urls: [sidecar.url], keys: Object.values(DEMO_KEYS) })
  const metrics = await exporter.until((text) => text.includes('\nbittensor_expectation_met{'))
  const treasury = DEMO_KEYS.treasury.address
  const judged = samplesOf(metrics, 'bittensor_expectation_met').map(({ labels, value }) => [
    ...labels.values(),
    value,
  ])
  expect(judged).toEqual([
    ['demo-validator', 'coldkey', '', treasury, 1],
    ...['0', '1', '3', '8'].map((netuid) => ['demo-validator', 'netuids', netuid, 'registered', 1]),
    ...['1', '3', '8'].map((netuid) => ['demo-validator', 'validator_permit', netuid, 'true', 1]),
    ...['1', '3', '8'].map((netuid) => ['demo-validator', 'active', netuid, 'true', 1]),
    ...['1', '3', '8'].map((netuid) => ['demo-validator', 'max_updated_blocks', netuid, '1000', 1]),
    ['demo-miner', 'coldkey', '', treasury, 1],
    ['demo-miner', 'netuids', '1', 'registered', 1],
    ['demo-miner', 'netuids', '5', 'registered', 1],
    ['demo-miner', 'netuids', '7', 'registered', 0],
    ['demo-treasury', 'min_free_tao', '', DEMO_KEYS.treasury.expect.minFreeTao, 1],
  ])
})

test('the clock makes blocks until it is stopped', () => {
  vi.useFakeTimers()
  const advance = vi.fn()
  const stop = startClock({ advance }, { blockMs: 500 })
  vi.advanceTimersByTime(1600)
  expect(advance).toHaveBeenCalledTimes(3)
  stop()
  vi.advanceTimersByTime(5000)
  expect(advance).toHaveBeenCalledTimes(3)
})
