import { html } from 'ghtml'
import { duration } from '../problems/words.ts'

/** Formats values as HTML. Unknown values are shown as such. */

export const UNKNOWN = html`<span class="unknown">unknown</span>`

/** An unknown value in a table: a dash, with hidden text for screen readers. */
export const UNKNOWN_CELL = html`<span class="unknown"><span aria-hidden="true">–</span><span class="hidden">unknown</span></span>`

/** Decimal places shown; the exact amount is in the `value` attribute. */
const PLACES = 4

/** An exact decimal with grouped digits, truncated to four places. An amount above 0 is never shown as 0. */
export function amount(exact: string | null, unknown = UNKNOWN): string {
  if (exact === null) return unknown
  const [whole = '', fraction = ''] = exact.split('.')
  const shown = fraction === '' ? '' : `.${fraction.slice(0, PLACES).padEnd(PLACES, '0')}`
  const isTiny = whole === '0' && /^\.0+$/.test(shown)
  const text = isTiny ? `<0.${'0'.repeat(PLACES - 1)}1` : grouped(whole) + shown
  return html`<data value="${exact}">${text}</data>`
}

/** A count or height with grouped digits. */
export const integer = (value: number | null, unknown = UNKNOWN): string =>
  value === null ? unknown : html`${grouped(String(value))}`

const grouped = (digits: string): string => digits.replace(/\B(?=(\d{3})+$)/g, ',')

const RATIO_PLACES = 5

/** A ratio from 0 to 1. */
export function ratio(value: number | null, unknown = UNKNOWN): string {
  if (value === null) return unknown
  const text = value.toFixed(RATIO_PLACES)
  return value > 0 && Number(text) === 0 ? html`<data value="${value}">&lt;0.00001</data>` : html`${text}`
}

/** A share as a percentage with two decimal places at most. */
export const percent = (value: number | null, unknown = UNKNOWN): string =>
  value === null ? unknown : html`<data value="${value}">${Number((value * 100).toFixed(2))} %</data>`

const SECONDS_PER_BLOCK = 12

/** A number of blocks with the time that they take. */
export const blocksWithTime = (value: number | null, unknown = UNKNOWN): string =>
  value === null
    ? unknown
    : html`<data value="${value}">${grouped(String(value))}</data> <span class="quiet">(${duration(value * SECONDS_PER_BLOCK)})</span>`

/** A price with six significant digits, because prices have no fixed scale. */
export const price = (value: number | null, unknown = UNKNOWN): string =>
  value === null ? unknown : html`<data value="${value}">${Number(value.toPrecision(6))}</data>`

export const yesNo = (value: boolean | null, unknown = UNKNOWN): string =>
  value === null ? unknown : value ? 'yes' : 'no'

/** Untrusted text, isolated so that its direction does not affect adjacent text. */
export const strange = (text: string | null): string => (text === null ? UNKNOWN : html`<bdi>${text}</bdi>`)

/** An address, with a link to it in a block explorer if there is one (WebState.explorerUrl). */
export function address(text: string | null, explorerUrl: string | undefined): string {
  if (text === null) return UNKNOWN
  const shown = html`<code>${text}</code>`
  if (explorerUrl === undefined) return shown
  const url = explorerUrl.replaceAll('{address}', encodeURIComponent(text))
  return html`!${shown} <a href="${url}" rel="noreferrer">explorer<span class="hidden"> ${text}</span></a>`
}

/** An address for tables: shown shortened, and copied whole. */
export const shortAddress = (text: string | null): string =>
  text === null ? UNKNOWN_CELL : html`<code class="short" title="${text}">${text}</code>`

/** Items as a description list; values are HTML. */
export const definitionList = (items: readonly (readonly [name: string, value: string])[]): string =>
  html`<dl>!${items.map(([name, value]) => html`<dt>${name}</dt><dd>!${value}</dd>`)}</dl>`
