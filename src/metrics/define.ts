import { wholeTokens, type Alpha, type Decimals, type Rao } from '../chain/money.ts'
import { priceNumber, type Price } from '../chain/price.ts'
import type { Ratio } from '../chain/ratio.ts'

/** One metric name with its type, help and label names. The unit is the name's ending, as in the naming guide. */
export interface Family<Name extends string = string, Label extends string = string> {
  readonly name: Name
  readonly type: 'gauge' | 'counter'
  readonly help: string
  readonly labels: readonly Label[]
}

export const gauge = <const Name extends `bittensor_${string}`, const Label extends string = never>(
  name: Name,
  help: string,
  labels: readonly Label[] = [],
): Family<Name, Label> => ({ name, type: 'gauge', help, labels })

/** A count of what happened since the exporter started. The samples of a publish are its totals so far. */
export const counter = <const Name extends `bittensor_${string}_total`, const Label extends string = never>(
  name: Name,
  help: string,
  labels: readonly Label[] = [],
): Family<Name, Label> => ({ name, type: 'counter', help, labels })

/** The families one collector owns, by the short name it says them with. */
export type Families = Readonly<Record<string, Family>>

/** One value with its labels, in the order the family lists them. */
export interface Sample {
  readonly labels: readonly string[]
  readonly value: number
}

/** What kind of value a family has, by the ending of its name. */
export type KindOf<Name extends string> = Name extends `${string}_info`
  ? 'fact'
  : Name extends `${string}_tao`
    ? 'tao'
    : Name extends `${string}_alpha`
      ? 'alpha'
      : Name extends `${string}_ratio`
        ? 'ratio'
        : 'number'

/** What may be said of a family: decided by the ending of its name, so that a raw amount does not compile. */
type ValueOf<Name extends string> = Name extends `${string}_price_tao` | `${string}_price_moving_tao`
  ? Price
  : Name extends `${string}_tao` | `${string}_tao_total`
    ? Rao
    : Name extends `${string}_alpha`
      ? Alpha
      : Name extends `${string}_ratio`
        ? Ratio
        : number | boolean

type LabelsOf<F> = F extends Family<string, infer Label> ? Readonly<Record<Label, string | number>> : never

/** A fact is said with its labels alone: its value is 1. An unknown value is said as undefined, and is absent. */
type SayOne<F> =
  F extends Family<infer Name>
    ? Name extends `${string}_info`
      ? (labels: LabelsOf<F>) => void
      : (labels: LabelsOf<F>, value: ValueOf<Name> | undefined) => void
    : never

/** One function per family of a collector. */
export type Say<F extends Families> = { readonly [Key in keyof F]: SayOne<F[Key]> }

/** What a collector said, by the short names of its families. */
export type Samples = ReadonlyMap<string, readonly Sample[]>

/**
 * Runs a collector's emit and returns what it said. Amounts become whole tokens here and only here; without decimals
 * (a chain that does not tell them) they are left out.
 */
export function samplesOf<F extends Families>(
  families: F,
  decimals: Decimals | undefined,
  emit: (say: Say<F>) => void,
): Samples {
  const samples = new Map<string, Sample[]>()
  const say: Record<string, (labels: Record<string, string | number>, value?: unknown) => void> = {}
  for (const [key, family] of Object.entries(families)) {
    const said: Sample[] = []
    samples.set(key, said)
    const numberOf = converter(family.name, decimals)
    say[key] = (labels, value) => {
      const number = numberOf(value)
      if (number === undefined) return
      if (!Number.isFinite(number)) throw new TypeError(`${family.name}: ${number} is not a value`)
      said.push({ labels: family.labels.map((label) => String(labels[label])), value: number })
    }
  }
  emit(say as Say<F>)
  return samples
}

/** How the values of a family become numbers, from the ending of its name (the runtime half of ValueOf). */
function converter(name: string, decimals: Decimals | undefined): (value: unknown) => number | undefined {
  if (name.endsWith('_info')) return () => 1
  // `say` has typed what it is given; that is not seen any more here, where families of all kinds meet.
  const known = (convert: (value: never) => number | undefined) => {
    return (value: unknown) => (value === undefined ? undefined : convert(value as never))
  }
  if (/_price(_moving)?_tao$/.test(name)) return known(priceNumber)
  if (/_(tao|alpha|tao_total)$/.test(name))
    return known((amount: Rao | Alpha) =>
      decimals === undefined ? undefined : wholeTokens(amount, decimals),
    )
  return known((value: number | boolean) => Number(value))
}
