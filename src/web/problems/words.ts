/** Values as plain text, in the words of problems. */

const UNITS: readonly (readonly [seconds: number, name: string])[] = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'min'],
]

/** Formats seconds in the largest unit with a value of at least 2. */
export function duration(seconds: number): string {
  const [size, name] = UNITS.find(([unit]) => Math.abs(seconds) >= 2 * unit) ?? [1, 's']
  return `${Math.round(seconds / size)} ${name}`
}

/** A number with its noun: "1 block", "3 blocks". */
export const count = (number: number, noun: string): string =>
  `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`

/** A share as a whole percentage, rounded down: 99.9 % is not 100 %. */
export const percentage = (share: number): string => `${Math.floor(share * 100)} %`
