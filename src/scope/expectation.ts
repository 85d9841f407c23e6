import type { Address } from '../chain/address.ts'
import { ROOT_NETUID } from '../chain/subnet.ts'

/** Expectations of the neuron that a hotkey has on a subnet. Absent entries are not checked. */
export interface NeuronExpectation {
  readonly validatorPermit?: boolean
  readonly active?: boolean
  /** Maximum number of blocks since the last update. */
  readonly maxUpdatedBlocks?: number
}

/** The operator's expectations of a key. Absent entries are not checked. Those of NeuronExpectation apply to every subnet but root. */
export interface Expectation extends NeuronExpectation {
  /** The hotkey belongs to this coldkey. */
  readonly coldkey?: Address
  /** The hotkey has a UID on each of these subnets. */
  readonly netuids?: readonly number[]
  /** By netuid: entries that replace the general ones on this subnet. The only ones that apply to root. */
  readonly subnets?: Readonly<Record<number, NeuronExpectation>>
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

/** One thing that is judged. */
export type ExpectedEntry =
  | { readonly expectation: 'coldkey'; readonly netuid?: undefined; readonly expected: Address }
  | { readonly expectation: 'netuids'; readonly netuid: number; readonly expected: 'registered' }
  | {
      readonly expectation: 'validator_permit' | 'active'
      /** Undefined if the hotkey is registered on no subnet to which a general entry applies, or that is unknown. */
      readonly netuid?: number | undefined
      readonly expected: boolean
    }
  | {
      readonly expectation: 'max_updated_blocks'
      readonly netuid?: number | undefined
      readonly expected: number
    }
  | { readonly expectation: 'min_free_tao'; readonly netuid?: undefined; readonly expected: string }

/**
 * What is judged, in the order of EXPECTATION_NAMES, then by netuid. General entries apply to `netuids`, or else to the subnets
 * on which the hotkey is registered, except root.
 * @param registered are the subnets on which the hotkey is registered; undefined if unknown.
 */
export function entriesOf(expect: Expectation, registered?: readonly number[]): readonly ExpectedEntry[] {
  const { coldkey, netuids, minFreeTao } = expect
  const general = (netuids ?? registered ?? []).filter((netuid) => netuid !== ROOT_NETUID)
  const onSubnets = <Value>(entry: (from: NeuronExpectation) => Value | undefined) => {
    const own = new Map(
      Object.entries(expect.subnets ?? {}).map(([netuid, from]) => [Number(netuid), entry(from)]),
    )
    const places =
      general.length === 0 ? [undefined] : general.filter((netuid) => own.get(netuid) === undefined)
    const wanted: readonly (readonly [number | undefined, Value | undefined])[] = [
      ...places.map((netuid) => [netuid, entry(expect)] as const),
      ...own,
    ]
    return wanted
      .flatMap(([netuid, expected]) => (expected === undefined ? [] : [{ netuid, expected }]))
      .toSorted((a, b) => (a.netuid ?? -1) - (b.netuid ?? -1))
  }
  return [
    ...(coldkey === undefined ? [] : [{ expectation: 'coldkey', expected: coldkey } as const]),
    ...(netuids ?? []).map((netuid) => ({ expectation: 'netuids', netuid, expected: 'registered' }) as const),
    ...onSubnets(({ validatorPermit }) => validatorPermit).map(
      (entry) => ({ expectation: 'validator_permit', ...entry }) as const,
    ),
    ...onSubnets(({ active }) => active).map((entry) => ({ expectation: 'active', ...entry }) as const),
    ...onSubnets(({ maxUpdatedBlocks }) => maxUpdatedBlocks).map(
      (entry) => ({ expectation: 'max_updated_blocks', ...entry }) as const,
    ),
    ...(minFreeTao === undefined ? [] : [{ expectation: 'min_free_tao', expected: minFreeTao } as const]),
  ]
}

/** A value of a neuron; undefined where it is unknown. */
type OfNeuron<Value> = Value | 'unregistered' | undefined

/** Whether a flag has the expected value. An unregistered hotkey has no permit and is not active. */
export const flagMet = (expected: boolean, flag: OfNeuron<boolean>): boolean | undefined =>
  flag === undefined ? undefined : (flag === true) === expected

/** Whether the last update is recent enough. False if the hotkey is unregistered. */
export const updateMet = (
  maxBlocks: number,
  height: number,
  update: OfNeuron<number>,
): boolean | undefined =>
  update === undefined ? undefined : update !== 'unregistered' && height - update <= maxBlocks
