import { html } from 'ghtml'

/** A column of a table. Heading and cells are HTML. */
export interface Column<Row> {
  readonly heading: string
  readonly cell: (row: Row) => string
  readonly kind?: 'number' | 'message' | 'heading'
  readonly sorted?: 'ascending' | 'descending' | undefined
}

export interface TableOptions<Row> {
  /** Describes the table, also for screen readers. */
  readonly caption: string
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  /** Attributes of a row. They must not contain untrusted text. */
  readonly row?: (row: Row) => { readonly id?: string; readonly class?: string }
}

/** Renders a table. It scrolls separately if it is wider than the screen, also by keyboard. */
export const table = <Row>({ caption, columns, rows, row = () => ({}) }: TableOptions<Row>): string =>
  html`<div class="scroll" role="region" aria-label="${caption}" tabindex="0">
<table><caption>${caption}<span class="hint"> · ${columns.length} columns: scroll sideways</span></caption>
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
