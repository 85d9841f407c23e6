import type { Address } from '../chain/address.ts'

/** What the operator says must hold for a key. An absent entry is not judged. */
export interface Expectation {
  /** The hotkey belongs to this coldkey. */
  readonly coldkey?: Address
  /** The hotkey has a UID on each of these subnets. */
  readonly netuids?: readonly number[]
  readonly validatorPermit?: boolean
  readonly active?: boolean
  /** Blocks since the last update, at most. */
  readonly maxUpdatedBlocks?: number
  /** Whole TAO as decimal text: the chain's decimals are not known here. Read it with raoFromText. */
  readonly minFreeTao?: string
}

/** The entries of an expectation as the configuration and the `expectation` label spell them. */
export const EXPECTATION_NAMES = [
  'coldkey',
  'netuids',
  'validator_permit',
  'active',
  'max_updated_blocks',
  'min_free_tao',
] as const

export type ExpectationName = (typeof EXPECTATION_NAMES)[number]

/** The entries that are given, in that order, with what is expected. */
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

/** Something of a neuron on each subnet that is judged: not known where undefined. */
type OnEachSubnet<Value> = readonly (Value | 'unregistered' | undefined)[]

/** Whether a flag is as expected on every subnet. Where the hotkey is not registered it has no permit and is not active. */
export const flagsMet = (expected: boolean, flags: OnEachSubnet<boolean>): boolean | undefined =>
  everywhere(flags, (flag) => (flag === 'unregistered' ? !expected : flag === expected))

/** Whether the last update is recent enough on every subnet. There is none where the hotkey is not registered. */
export const updatesMet = (
  maxBlocks: number,
  height: number,
  lastUpdates: OnEachSubnet<number>,
): boolean | undefined =>
  everywhere(lastUpdates, (update) => update !== 'unregistered' && height - update <= maxBlocks)

/** False when it is known to fail somewhere; undefined when it is not known somewhere, or there is nowhere to look. */
function everywhere<Value>(
  values: readonly (Value | undefined)[],
  holds: (value: Value) => boolean,
): boolean | undefined {
  if (values.some((value) => value !== undefined && !holds(value))) return false
  return values.length === 0 || values.includes(undefined) ? undefined : true
}
