import { parse } from 'yaml'
import { STRETCH } from './busyness.ts'

/**
 * The shipped times are for people: an hour to tell of a change, minutes before anybody is woken. Tests run on the
 * shipped files with every duration made shorter: seconds and minutes by this factor, hours and days further, of which
 * all that is asked is that an hour is longer than a quarter of one, and a day longer than an hour. On a busy machine all
 * of them are stretched alike.
 */
const FACTOR = 40 / STRETCH
const HOUR_MS = 45_000 * STRETCH
const DAY_MS = 55_000 * STRETCH
const WEEK_MS = 65_000 * STRETCH

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1 / FACTOR,
  s: 1000 / FACTOR,
  m: 60_000 / FACTOR,
  h: HOUR_MS,
  d: DAY_MS,
  w: WEEK_MS,
}

/** Milliseconds that stand for a duration as Prometheus and Alertmanager write it; throws for one of several units. */
export function shortMs(duration: string): number {
  const match = /^(\d+)(ms|s|m|h|d|w)$/.exec(duration)
  if (match === null) throw new RangeError(`${duration} is not a duration of one unit`)
  return Math.round(Number(match[1]) * UNIT_MS[match[2]!]!)
}

/** The duration that stands for one. */
export const shortened = (duration: string): string => `${shortMs(duration)}ms`

/** Ranges and offsets of an expression. The names of recording rules (`…:ratio_rate10m`) are names and stay. */
export const shortExpression = (expr: string): string =>
  expr
    .replaceAll(/\[(\d+[a-z]+)\]/g, (_, range: string) => `[${shortened(range)}]`)
    .replaceAll(/\boffset (\d+[a-z]+)/g, (_, by: string) => `offset ${shortened(by)}`)

/** Keys of the files of Prometheus and Alertmanager that hold a duration. */
const DURATIONS = new Set([
  'interval',
  'for',
  'keep_firing_for',
  'group_wait',
  'group_interval',
  'repeat_interval',
])

/** How often Prometheus looks: less often than it would be, for the sake of busy machines. */
const LOOKS = new Set(['scrape_interval', 'scrape_timeout', 'evaluation_interval'])
export const LOOK_MS = Math.round(750 * STRETCH)
export const LOOK = `${LOOK_MS}ms`

/** Thresholds that are seconds of age, by the clock. */
const SECONDS = /^bittensor:threshold_\w+_age_seconds:/

/** A shipped file of Prometheus, of its rules or of Alertmanager, parsed, its times shortened and nothing else changed. */
export function shortFile(text: string): unknown {
  return JSON.parse(JSON.stringify(parse(text)), function (this: unknown, key: string, value: unknown) {
    if (typeof value !== 'string') return value
    if (LOOKS.has(key)) return LOOK
    if (DURATIONS.has(key)) return shortened(value)
    if (key !== 'expr' && key !== 'description') return value
    const { record = '' } = this as { readonly record?: string }
    if (!SECONDS.test(record)) return shortExpression(value)
    return value.replace(/\d+/, (seconds) => String(Number(seconds) / FACTOR))
  })
}
