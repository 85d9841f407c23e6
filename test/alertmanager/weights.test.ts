import { expect, test } from 'vitest'
import { recordedMetadata } from '../support/metadata.ts'
import { RECORDED_SPECS } from '../support/specs.ts'
import { readAlerts } from './rules.ts'

/** Calls by which a neuron sets weights, as subtensor names them, whatever the release. They are routine; every other call is reported. */
const ROUTINE = new Set([
  'set_weights',
  'commit_weights',
  'reveal_weights',
  'batch_set_weights',
  'batch_commit_weights',
  'batch_reveal_weights',
  'commit_crv3_weights',
  'commit_timelocked_weights',
  'set_mechanism_weights',
  'commit_mechanism_weights',
  'reveal_mechanism_weights',
  'commit_crv3_mechanism_weights',
  'commit_timelocked_mechanism_weights',
])

const camel = (name: string): string => name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase())

const operation = (await readAlerts()).find(({ alert }) => alert === 'BittensorKeyOperation')!
const ignored = new RegExp(`^(?:${/method!~"\(\?i\)([^"]+)"/.exec(operation.expr)![1]!})$`, 'i')

test.each(RECORDED_SPECS)('spec %d: only calls that set weights are not reported', async (spec) => {
  const text = JSON.stringify(await recordedMetadata(spec))
  const calls = new Set(
    Array.from(text.matchAll(/"name":"([a-z0-9_]*weights?[a-z0-9_]*)"/g), ([, name = '']) => name),
  )
  expect(calls).toContain('set_weights')
  for (const name of calls) {
    expect(ignored.test(camel(name)), name).toBe(ROUTINE.has(name))
    expect(ignored.test(name), name).toBe(ROUTINE.has(name))
  }
})

test.each([
  'sudoSetWeightsVersionKey',
  'sudoSetWeightsSetRateLimit',
  'sudoSetCommitRevealWeightsEnabled',
  'sudoSetCommitRevealWeightsInterval',
  'sudoSetMinAllowedWeights',
  // On root, from spec 449. They decide where the fund of the validator's stakers is invested.
  'setRootWeights',
])('%s is reported', (method) => {
  expect(ignored.test(method)).toBe(false)
})
