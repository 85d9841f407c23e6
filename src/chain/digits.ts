import { alpha, rao, unitsOf, wholeTokens, type Alpha, type Decimals, type Rao } from './money.ts'

declare const unit: unique symbol

/**
 * An exact amount of rao as the decimal digits of the response. The neuron table has half a million amounts; most are
 * rendered from these digits without a bigint.
 */
export type RaoDigits = string & { readonly [unit]: 'rao' }

/** The same for a subnet's alpha. */
export type AlphaDigits = string & { readonly [unit]: 'alpha' }

export const alphaOfDigits = (digits: AlphaDigits, netuid: number): Alpha => alpha(BigInt(digits), netuid)

/** Whole tokens as the float64 nearest to the exact amount. */
export const exactTokens = (digits: RaoDigits | AlphaDigits, decimals: Decimals): number =>
  wholeTokens(rao(BigInt(digits)), decimals)

/** Decimals of up to this many significant digits survive a round trip through float64, as their shortest text. */
export const SAFE_DIGITS = 15

/** Every integer below this is exact in float64 and in its shortest text: see SAFE_DIGITS. */
export const SAFE_UNITS = 10 ** SAFE_DIGITS

/** The amount in the smallest unit as a number; undefined from SAFE_UNITS up. */
export function safeUnits(digits: RaoDigits | AlphaDigits): number | undefined {
  const { length } = digits
  if (length > SAFE_DIGITS) return undefined
  let units = 0
  for (let i = 0; i < length; i++) units = units * 10 + (digits.charCodeAt(i) - ZERO)
  return units
}

/** Whole tokens as an exact decimal of any length, without an exponent or trailing zeros. */
export function exactText(amount: Rao | Alpha | RaoDigits | AlphaDigits, decimals: Decimals): string {
  const digits = typeof amount === 'string' ? amount : unitsOf(amount).toString()
  if (decimals === 0) return digits
  const padded = digits.padStart(decimals + 1, '0')
  const fraction = padded.slice(-decimals).replace(/0+$/, '')
  const whole = padded.slice(0, -decimals)
  return fraction === '' ? whole : `${whole}.${fraction}`
}

const ZERO = 48
