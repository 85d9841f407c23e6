import type { Address } from '../chain/address.ts'

/** The operator's expectations of a key. Absent entries are not checked. */
export interface Expectation {
  /** The hotkey belongs to this coldkey. */
  readonly coldkey?: Address
  /** The hotkey has a UID on each of these subnets. */
  readonly netuids?: readonly number[]
  readonly validatorPermit?: boolean
  readonly active?: boolean
  /** Maximum number of blocks since the last update. */
  readonly maxUpdatedBlocks?: number
  /** Whole TAO as decimal text, because the chain's decimals are unknown here. Parse it with raoFromText. */
  readonly minFreeTao?: string
}

/** Names of the entries in the configuration and in the `expectation` label. */
export const EXPECTATION_NAMES = [
  'coldkey',
  'netuids',
  'validator_permit',
  'active',
  'max_updated_blocks',
  'min_free_tao',
] as const

export type ExpectationName = (typeof EXPECTATION_NAMES)[number]

/** The configured entries, in the order of EXPECTATION_NAMES. */
export function entriesOf(expect: Expectation): readonly ExpectedEntry[] {
  const values = {
    coldkey: expect.coldkey,
    netuids: expect.netuids,
    validator_permit: expect.validatorPermit,
    active: expect.active,
    max_updated_blocks: expect.maxUpdatedBlocks,
    min_free_tao: expect.minFreeTao,
  } satisfies Record<ExpectationName, unknown>
  return EXPECTATION_NAMES.flatMap((expectation) => {
    const expected = values[expectation]
    return expected === undefined ? [] : [{ expectation, expected }]
  })
}

export interface ExpectedEntry {
  readonly expectation: ExpectationName
  readonly expected: string | boolean | number | readonly number[]
}

/** A value of a neuron on each subnet that is checked; undefined where it is unknown. */
type OnEachSubnet<Value> = readonly (Value | 'unregistered' | undefined)[]

/** Whether a flag has the expected value on every subnet. An unregistered hotkey has no permit and is not active. */
export const flagsMet = (expected: boolean, flags: OnEachSubnet<boolean>): boolean | undefined =>
  everywhere(flags, (flag) => (flag === 'unregistered' ? !expected : flag === expected))

/** Whether the last update is recent enough on every subnet. False if the hotkey is unregistered on one. */
export const updatesMet = (
  maxBlocks: number,
  height: number,
  lastUpdates: OnEachSubnet<number>,
): boolean | undefined =>
  everywhere(lastUpdates, (update) => update !== 'unregistered' && height - update <= maxBlocks)

/** False if the condition fails for a value; otherwise undefined if a value is unknown or there are no values. */
function everywhere<Value>(
  values: readonly (Value | undefined)[],
  holds: (value: Value) => boolean,
): boolean | undefined {
  if (values.some((value) => value !== undefined && !holds(value))) return false
  return values.length === 0 || values.includes(undefined) ? undefined : true
}
