import { expect, test } from 'vitest'
import { ALL_FIELDS, FAULTS, notation, SAMPLED_FIELDS, seriesOf, type Field } from './field.ts'
import { inputsOf, partsOf } from './field-plan.ts'
import { readRules } from './rules.ts'

const rules = await readRules()
const field = SAMPLED_FIELDS[0]!

test.each([
  [[1, 1, 1], '1+0x2'],
  [[1, 2, 2], '1 2+0x1'],
  [[undefined, undefined, 5], '_x2 5'],
  [[5, undefined, 5], '5 stale 5'],
  [[5, undefined, undefined, undefined], '5 stale _x2'],
])('%j is written as %s', (values, text) => {
  expect(notation(values)).toBe(text)
})

test('every family that a rule reads is on the calm day or comes with a fault', () => {
  const read = new Set(
    rules.flatMap(({ alert }) => (alert === undefined ? [] : [...inputsOf(alert, rules).families])),
  )
  const simulated = new Set(
    [undefined, ...FAULTS].flatMap((fault) =>
      seriesOf('job', field, 70, fault)
        .filter(({ values }) => /\d/.test(values.replace(/_x\d+/g, '')))
        .map(({ series }) => series.split('{')[0]!),
    ),
  )
  // TAO to spec 232. Prometheus' own and Alertmanager's are not those of the exporter. The others are there only when something is wrong.
  expect([...read].filter((family) => !simulated.has(family)).sort()).toEqual([
    'bittensor_coldkey_swap_disputed_block',
    'bittensor_coldkey_swap_info',
    'bittensor_coldkey_swap_scheduled_block',
    'bittensor_exporter_hotkey_unknown',
    'bittensor_exporter_subnet_left_out',
    'bittensor_exporter_subnet_missing',
    'bittensor_exporter_unknown_layout',
    'bittensor_hotkey_pending_children',
    'bittensor_neuron_emission_tao',
    'bittensor_neuron_stake_tao',
  ])
})

test('the inputs of an alert are those of all recording rules on the way to it', () => {
  const { families, records } = inputsOf('BittensorColdkeySigned', rules)
  expect([...families].sort()).toEqual([
    'bittensor_account_info',
    'bittensor_account_nonce',
    // Whether the data is fresh.
    'bittensor_chain_block_timestamp_seconds',
    'bittensor_exporter_collector_last_success_timestamp_seconds',
    'bittensor_exporter_poll_interval_seconds',
  ])
  expect(records).toContain('bittensor:threshold_chain_block_age_seconds:max')
})

/** Fields by the number of each alert's cells. */
const parts = (fault: (typeof FAULTS)[number] | undefined, fields: readonly Field[]) =>
  partsOf(fields, rules, () => 70, fault)

test('an alert is run once for the fields in which it reads the same series', () => {
  const fault = FAULTS.find(({ name }) => name === 'a coldkey signs')!
  const found = parts(fault, ALL_FIELDS)
  // The nonce is read by these two alone. What they read depends on exporters, clash, poll and skew, and not on tempo and burn.
  expect(found.map(({ alerts }) => alerts)).toEqual([['BittensorColdkeySigned', 'BittensorHotkeySigned']])
  expect(found[0]!.cells).toHaveLength(2 * 2 * 3 * 2)
  const covered = found[0]!.cells.flatMap(({ fields }) => fields)
  expect(covered).toHaveLength(144)
  for (const { field: run, fields } of found[0]!.cells)
    for (const each of fields) expect({ ...each, tempo: 0, burn: 0 }).toEqual({ ...run, tempo: 0, burn: 0 })
})

test('on the calm day every alert is known in every field', () => {
  const found = parts(undefined, ALL_FIELDS)
  expect(found.flatMap(({ alerts }) => alerts).sort()).toEqual(
    rules.flatMap(({ alert }) => alert ?? []).sort(),
  )
  for (const { cells } of found)
    expect(new Set(cells.flatMap(({ fields }) => fields)).size).toBe(ALL_FIELDS.length)
})
