import {
  MappingType,
  SpecialValueMatch,
  type Threshold as Step,
  type ValueMapping,
} from '@grafana/grafana-foundation-sdk/dashboard'
import type { Threshold } from '../../src/thresholds.ts'

/**
 * The colours of Okabe and Ito, which people with common colour-vision deficiencies can distinguish. Colour never carries
 * information alone: a word or a number next to it has the same meaning.
 */
export const COLOUR = {
  good: '#009E73',
  notice: '#E69F00',
  bad: '#D55E00',
  plain: '#56B4E9',
  second: '#CC79A7',
  quiet: '#8E8E8E',
} as const

/** Background of a marked row: translucent, so that every text colour keeps its contrast on dark and light themes. */
export const ROW_MARK = 'rgba(86, 180, 233, 0.2)'

/** No judgement: one colour at every value. */
export const PLAIN: readonly Step[] = [{ value: null, color: COLOUR.plain }]

/** Any value at all is bad. */
export const ALWAYS_BAD: readonly Step[] = [{ value: null, color: COLOUR.bad }]

/** A count that is good at 0 only. */
export const ANY_IS_BAD: readonly Step[] = [
  { value: null, color: COLOUR.good },
  { value: 1, color: COLOUR.bad },
]

/** A count that is good at 0 only. Amber, as nobody is paged for it. */
export const ANY_IS_WORTH_A_LOOK: readonly Step[] = [
  { value: null, color: COLOUR.good },
  { value: 1, color: COLOUR.notice },
]

/** A count of variants that ought to be one. */
export const SEVERAL_ARE_WORTH_A_LOOK: readonly Step[] = [
  { value: null, color: COLOUR.good },
  { value: 2, color: COLOUR.notice },
]

const RAO_IN_TAO = 1e-9

/** An amount in TAO that is good at 0 only. */
export const ANY_AMOUNT_IS_BAD: readonly Step[] = [
  { value: null, color: COLOUR.good },
  { value: RAO_IN_TAO, color: COLOUR.bad },
]

/** A share that is good at 1 only, and bad at 0. The second step is below 1 / n for any number of nodes or exporters. */
export const ALL_IS_GOOD: readonly Step[] = [
  { value: null, color: COLOUR.bad },
  { value: 1e-8, color: COLOUR.notice },
  { value: 1, color: COLOUR.good },
]

/** The thresholds of a value: amber on the wrong side of `notice`, red on that of `bad`. Both have the same direction. */
export interface Judgement {
  readonly notice?: Threshold
  readonly bad?: Threshold
}

/** Grafana's steps for thresholds. A step colours its value and all above it up to the next step. */
export function judged({ notice, bad }: Judgement): readonly Step[] {
  const limits = [
    ...(notice === undefined ? [] : [{ from: from(notice), color: COLOUR.notice, threshold: notice }]),
    ...(bad === undefined ? [] : [{ from: from(bad), color: COLOUR.bad, threshold: bad }]),
  ]
  if (limits.every(({ threshold }) => threshold.wrong === '>'))
    return [{ value: null, color: COLOUR.good }, ...limits.map(({ from, color }) => ({ value: from, color }))]
  const worstFirst = limits.toReversed()
  const colours = [...worstFirst.map(({ color }) => color), COLOUR.good]
  return colours.map((color, index) => ({ value: worstFirst[index - 1]?.from ?? null, color }))
}

/** A relative change: amber where the value fell by more than the threshold. */
export const fallen = ({ value }: Threshold): readonly Step[] => [
  { value: null, color: COLOUR.notice },
  { value: -value, color: COLOUR.plain },
]

const WHOLE: readonly Threshold['unit'][] = ['blocks', 'peers', 'places', 'starts']

/** The step of a threshold: the lowest value that is wrong for `>`, or right for `<` and `<=`. For fractional values it is the threshold itself. */
const from = ({ wrong, value, unit }: Threshold): number =>
  wrong !== '<' && WHOLE.includes(unit) ? value + 1 : value

/** The text and the colour of single values. */
export const words = (
  values: Readonly<Record<string, readonly [text: string, color: string]>>,
): ValueMapping => ({
  type: MappingType.ValueToText,
  options: Object.fromEntries(
    Object.entries(values).map(([value, [text, color]], index) => [value, { text, color, index }]),
  ),
})

/** 1 is good. */
export const YES_IS_GOOD = words({ '1': ['yes', COLOUR.good], '0': ['no', COLOUR.bad] })

/** 1 is bad. */
export const YES_IS_BAD = words({ '1': ['yes', COLOUR.bad], '0': ['no', COLOUR.good] })

/** Neither is better. */
export const YES_OR_NO = words({ '1': ['yes', COLOUR.plain], '0': ['no', COLOUR.quiet] })

/** Text in place of the value `-Inf`, which stands for data that are too old to judge by. */
export const OUTDATED: ValueMapping = {
  type: MappingType.RangeToText,
  options: {
    from: null,
    to: -Number.MAX_VALUE,
    result: { text: 'no fresh data', color: COLOUR.quiet },
  },
}

/** Text for missing values. */
export const missing = (text: string): ValueMapping => ({
  type: MappingType.SpecialValue,
  options: { match: SpecialValueMatch.NullAndNan, result: { text, color: COLOUR.quiet } },
})
