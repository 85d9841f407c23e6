import { alpha, rao, unitsOf, wholeTokens, type Alpha, type Decimals, type Rao } from './money.ts'

declare const unit: unique symbol

/**
 * An exact amount of rao as the decimal digits the chain's answer had. A table of half a million amounts is made of
 * these: most become text without ever being a bigint.
 */
export type RaoDigits = string & { readonly [unit]: 'rao' }

/** The same of a subnet's alpha. */
export type AlphaDigits = string & { readonly [unit]: 'alpha' }

export const alphaOfDigits = (digits: AlphaDigits, netuid: number): Alpha => alpha(BigInt(digits), netuid)

export const digitsOfRao = (amount: Rao): RaoDigits => unitsOf(amount).toString() as RaoDigits

/** A decimal of up to 15 significant digits survives the way to float64 and back: it is the shortest text there is. */
const SURE_DIGITS = 15

/**
 * Whole tokens as the shortest text that parses to the float64 nearest to the exact amount: what String(wholeTokens(…))
 * gives, cut out of the digits where that is sure to be the same.
 */
export function wholeTokensText(digits: RaoDigits | AlphaDigits, decimals: Decimals): string {
  const { length } = digits
  // Below 10^-6 JavaScript writes an exponent.
  if (length > SURE_DIGITS || length <= decimals - 6)
    return String(wholeTokens(rao(BigInt(digits)), decimals))
  let end = length
  const point = length - decimals
  while (end > point && end > 0 && digits.charCodeAt(end - 1) === ZERO) end--
  if (end === 0) return '0'
  if (point > 0)
    return end <= point ? digits.slice(0, point) : `${digits.slice(0, point)}.${digits.slice(point, end)}`
  return end <= 0 ? '0' : `0.${'0'.repeat(-point)}${digits.slice(0, end)}`
}

/** Whole tokens as an exact decimal, of any length, without an exponent or zeros at its end. */
export function exactTokens(amount: Rao | Alpha | RaoDigits | AlphaDigits, decimals: Decimals): string {
  const digits = typeof amount === 'string' ? amount : unitsOf(amount).toString()
  if (decimals === 0) return digits
  const padded = digits.padStart(decimals + 1, '0')
  const fraction = padded.slice(-decimals).replace(/0+$/, '')
  const whole = padded.slice(0, -decimals)
  return fraction === '' ? whole : `${whole}.${fraction}`
}

const ZERO = 48
