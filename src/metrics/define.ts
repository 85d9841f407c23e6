import { wholeTokens, type Alpha, type Decimals, type Rao } from '../chain/money.ts'
import { priceNumber, type Price } from '../chain/price.ts'
import type { Ratio } from '../chain/ratio.ts'

/** One metric name with its type, help and label names. The unit is the ending of the name, as in the naming guide. */
export interface Family {
  readonly name: string
  readonly type: 'gauge' | 'counter'
  readonly help: string
  readonly labels: readonly string[]
}

/** One value with its labels, in the order in which the family lists them. */
export interface Sample {
  readonly labels: readonly string[]
  readonly value: number
}

/** Where a reading comes from, as far as its samples depend on it. */
export interface SampleContext {
  /** Name of the node that was read. */
  readonly node: string
  /** Of the chain's token; undefined if unknown, in which case amounts have no samples. */
  readonly decimals: Decimals | undefined
}

/** A family that can compute its samples from what its collector reads. */
export interface SampledFamily<Reading> extends Family {
  readonly samples: (reading: Reading, context: SampleContext) => readonly Sample[]
}

/** A label name with its value in a row; undefined where it is unknown. */
type Labels<Row> = Readonly<Record<string, (row: Row) => string | number | undefined>>

/** A label name with its value, which every row has. */
type RowLabels<Row> = Readonly<Record<string, (row: Row) => string | number>>

/** One metric of a row, with the function that computes its value. */
export interface Metric<Row> extends Pick<Family, 'name' | 'type' | 'help'> {
  /** Labels besides those of the row. The row has no sample where one of them is undefined. */
  readonly labels: Labels<Row>
  /** Undefined where the value is unknown: the row has no sample then. */
  readonly value: (row: Row, decimals: Decimals | undefined) => number | undefined
}

/**
 * Families that have one sample for each row of a reading.
 * @param labels are the labels that all of them have; a metric may add its own after them.
 */
export const each = <Reading, Row>(
  rows: (reading: Reading) => readonly Row[],
  labels: RowLabels<NoInfer<Row>>,
  metrics: readonly Metric<NoInfer<Row>>[],
): readonly SampledFamily<Reading>[] =>
  metrics.map(({ name, type, help, labels: own, value }) => {
    const all = Object.entries<Labels<Row>[string]>({ ...labels, ...own })
    return {
      name,
      type,
      help,
      labels: all.map(([label]) => label),
      samples: (reading, { decimals }) =>
        rows(reading).flatMap((row) => {
          const number = value(row, decimals)
          const texts = all.map(([, text]) => text(row)).filter((text) => text !== undefined)
          if (number === undefined || texts.length < all.length) return []
          if (!Number.isFinite(number)) throw new TypeError(`${name}: ${number} is not a value`)
          return [{ labels: texts.map(String), value: number }]
        }),
    }
  })

/** Families that have at most one sample, of one part of a reading; none if there is no such part. */
export const once = <Reading, Part>(
  part: (reading: Reading) => Part | undefined,
  metrics: readonly Metric<NoInfer<Part>>[],
): readonly SampledFamily<Reading>[] =>
  each<Reading, Part>(
    (reading) => {
      const found = part(reading)
      return found === undefined ? [] : [found]
    },
    {},
    metrics,
  )

/** The same families, each with the name of the node as its first label. */
export const ofEachNode = <Reading>(
  families: readonly SampledFamily<Reading>[],
): readonly SampledFamily<Reading>[] =>
  families.map(({ samples, ...family }) => ({
    ...family,
    labels: ['node', ...family.labels],
    samples: (reading, context) =>
      samples(reading, context).map(({ labels, value }) => ({ labels: [context.node, ...labels], value })),
  }))

/** The kind of value that a family has, by the ending of its name. */
export type KindOf<Name extends string> = Name extends `${string}_info`
  ? 'info'
  : Name extends `${string}_price_tao` | `${string}_price_moving_tao`
    ? 'price'
    : Name extends `${string}_tao` | `${string}_tao_total`
      ? 'tao'
      : Name extends `${string}_alpha`
        ? 'alpha'
        : Name extends `${string}_ratio`
          ? 'ratio'
          : 'number'

/** The type of value that each kind takes: a raw amount in a family of ratios does not compile, nor TAO in one of alpha. */
interface Values {
  readonly info: never
  readonly price: Price
  readonly tao: Rao
  readonly alpha: Alpha
  readonly ratio: Ratio
  readonly number: number | boolean
}

type ValueOf<Name extends string> = Values[KindOf<Name>]

/** A gauge. Booleans are 1 and 0. */
export const gauge = <const Name extends `bittensor_${string}`, Row>(
  name: Name,
  help: string,
  value: (row: Row) => ValueOf<Name> | undefined,
): Metric<Row> => ({ name, type: 'gauge', help, labels: {}, value: converted(name, value) })

/** A counter of events since the exporter started. Each reading has the totals so far. */
export const counter = <const Name extends `bittensor_${string}_total`, Row>(
  name: Name,
  help: string,
  value: (row: Row) => ValueOf<Name> | undefined,
): Metric<Row> => ({ name, type: 'counter', help, labels: {}, value: converted(name, value) })

/** An info metric: what it states is in its labels, and its value is 1. */
export const info = <Row>(
  name: `bittensor_${string}_info`,
  help: string,
  labels: Labels<Row> = {},
): Metric<Row> => ({ name, type: 'gauge', help, labels, value: () => 1 })

/**
 * The value function with its result as a number, by the ending of the name (the runtime half of ValueOf). Amounts become
 * whole tokens here and nowhere else in a collector.
 */
function converted<Row>(name: string, value: (row: Row) => unknown): Metric<Row>['value'] {
  const convert = converterFor(name)
  return (row, decimals) => {
    const raw = value(row)
    return raw === undefined ? undefined : convert(raw, decimals)
  }
}

/** The casts are safe: ValueOf has typed what a value function of such a name returns. */
function converterFor(name: string): (value: unknown, decimals: Decimals | undefined) => number | undefined {
  if (/_price(_moving)?_tao$/.test(name)) return (value) => priceNumber(value as Price)
  if (/_(tao|alpha|tao_total)$/.test(name))
    return (value, decimals) =>
      decimals === undefined ? undefined : wholeTokens(value as Rao | Alpha, decimals)
  return Number
}
