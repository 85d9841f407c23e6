import { html } from 'ghtml'

/** One column: its heading, what a cell of it is, and how it is sorted. Heading and cells are HTML. */
export interface Column<Row> {
  readonly heading: string
  readonly cell: (row: Row) => string
  readonly kind?: 'number' | 'message' | 'heading'
  readonly sorted?: 'ascending' | 'descending' | undefined
}

export interface TableOptions<Row> {
  /** Says what it is, for those who do not see it. */
  readonly caption: string
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  /** Attributes of a row: its class and id, of known words only. */
  readonly row?: (row: Row) => { readonly id?: string; readonly class?: string }
}

/** A table that scrolls by itself where it is wider than the screen; by keyboard, too. */
export const table = <Row>({ caption, columns, rows, row = () => ({}) }: TableOptions<Row>): string =>
  html`<div class="scroll" role="region" aria-label="${caption}" tabindex="0">
<table><caption>${caption}</caption>
<thead><tr>!${columns.map(headingOf)}</tr></thead>
<tbody>
!${rows.map((each) => html`<tr!${attributesOf(row(each))}>!${columns.map((column) => cellOf(column, each))}</tr>`).join('\n')}
</tbody></table></div>`

const headingOf = <Row>({ heading, kind, sorted }: Column<Row>): string =>
  html`<th scope="col"!${attributesOf({ class: kind === 'number' ? kind : '', 'aria-sort': sorted ?? '' })}>!${heading}</th>`

const cellOf = <Row>({ kind, cell }: Column<Row>, row: Row): string =>
  kind === 'heading'
    ? html`<th scope="row">!${cell(row)}</th>`
    : html`<td!${attributesOf({ class: kind ?? '' })}>!${cell(row)}</td>`

const attributesOf = (attributes: Readonly<Record<string, string>>): string =>
  Object.entries(attributes)
    .filter(([, value]) => value !== '')
    .map(([name, value]) => html` ${name}="${value}"`)
    .join('')
