import {
  MappingType,
  SpecialValueMatch,
  type Threshold,
  type ValueMapping,
} from '@grafana/grafana-foundation-sdk/dashboard'

export type { Threshold }

/**
 * The colours of Okabe and Ito, which people with any of the common colour-vision deficiencies can tell apart.
 * Wherever a colour means something, a word or a number beside it says the same.
 */
export const COLOUR = {
  good: '#009E73',
  notice: '#E69F00',
  bad: '#D55E00',
  plain: '#56B4E9',
  second: '#CC79A7',
  quiet: '#8E8E8E',
} as const

/** No judgement: one colour at every value. */
export const PLAIN: readonly Threshold[] = [{ value: null, color: COLOUR.plain }]

/** Low is good: `notice` from that value up, `bad` from that value up. */
export const atMost = (notice: number, bad: number): readonly Threshold[] => [
  { value: null, color: COLOUR.good },
  { value: notice, color: COLOUR.notice },
  { value: bad, color: COLOUR.bad },
]

/** Low is good, and anything from `bad` up is bad. */
export const below = (bad: number): readonly Threshold[] => [
  { value: null, color: COLOUR.good },
  { value: bad, color: COLOUR.bad },
]

/** Low is good, and anything from `notice` up is worth a look. */
export const worthALook = (notice: number): readonly Threshold[] => [
  { value: null, color: COLOUR.good },
  { value: notice, color: COLOUR.notice },
]

/** High is good: bad below `notice`, worth a look below `good`. */
export const atLeast = (notice: number, good: number): readonly Threshold[] => [
  { value: null, color: COLOUR.bad },
  { value: notice, color: COLOUR.notice },
  { value: good, color: COLOUR.good },
]

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

/** What a value that is not there is shown as. */
export const missing = (text: string): ValueMapping => ({
  type: MappingType.SpecialValue,
  options: { match: SpecialValueMatch.NullAndNan, result: { text, color: COLOUR.quiet } },
})
