import { html } from 'ghtml'
import type { Collector, Collectors } from '../api/schema.ts'
import { duration } from '../problems/words.ts'
import { strange } from './format.ts'
import { table } from './table.ts'

/** The state of every collector, with its last error and warnings. */
export const collectorsSection = ({ collectors }: Collectors, now: number): string =>
  html`<section aria-labelledby="collectors">
<h2 id="collectors">Collectors</h2>
!${collectors.length === 0 ? html`<p>No data yet.</p>` : collectorTable(collectors, now)}
</section>`

const collectorTable = (collectors: readonly Collector[], now: number): string =>
  table({
    caption: 'State of each collector',
    rows: collectors,
    columns: [
      { heading: 'Collector', kind: 'heading', cell: ({ collector }) => html`${collector}` },
      { heading: 'Source', cell: ({ node }) => (node === null ? 'chain' : strange(node)) },
      { heading: 'State', cell: stateOf },
      {
        heading: 'Last success',
        cell: ({ last_success_timestamp_seconds: last }) =>
          last === null ? 'never' : html`${duration(now / 1000 - last)} ago`,
      },
      {
        heading: 'Messages',
        kind: 'message',
        cell: ({ error, warnings }) =>
          [...(error === null ? [] : [error]), ...warnings].map(strange).join('<br>'),
      },
    ],
  })

const stateOf = ({ success, published }: Collector): string =>
  success
    ? html`<span class="good">ok</span>`
    : html`<span class="bad">failing</span>${published ? '' : ', no data published'}`
