import { html } from 'ghtml'
import type { Node, Problems } from '../api/schema.ts'
import { node as nodeCollector } from '../../collectors/node.ts'
import { runtime } from '../../collectors/runtime.ts'
import { transactionPool } from '../../collectors/transaction-pool.ts'
import type { WebState } from '../web-state.ts'
import { marked } from './staleness.ts'
import { duration } from '../problems/words.ts'
import { definitionList, integer, strange, UNKNOWN, yesNo } from './format.ts'

/** Every node as a card. */
export const nodesSection = (
  nodes: readonly Node[],
  problems: ProblemList,
  state: Pick<WebState, 'status'>,
  now: number,
): string =>
  html`<section aria-labelledby="nodes">
<h2 id="nodes">Nodes</h2>
<div class="cards">!${nodes.map((node) => card(node, problems, state, now))}</div>
</section>`

type ProblemList = Problems['problems']

function card(node: Node, problems: ProblemList, state: Pick<WebState, 'status'>, now: number): string {
  const { className, note } = marked(
    state,
    now,
    [nodeCollector, runtime, transactionPool].map(({ name }) => ({ name, node: node.name })),
  )
  const faults = problems.filter(
    ({ labels, alert }) => labels['node'] === node.name && alert !== COLLECTOR_ALERT,
  )
  const health =
    node.up === null
      ? 'not read yet'
      : faults.length === 0
        ? html`<span class="good">ok</span>`
        : html`<span class="bad">!${strange(faults.map(({ summary }) => summary).join(' '))}</span>`
  const age = node.block_timestamp_seconds === null ? null : now / 1000 - node.block_timestamp_seconds
  return html`<article class="card${className}">
<h3>!${strange(node.name)}!${node.source ? ' · source of chain state' : ''}</h3>
!${note}
!${definitionList([
    ['State', health],
    ['Peers', integer(node.peers)],
    ['Syncing', yesNo(node.syncing)],
    ['Head age', age === null ? UNKNOWN : html`${duration(Math.max(0, age))}`],
    ['Finalized', integer(node.finalized_block_height)],
    ['Best', integer(node.best_block_height)],
    ['Pending', integer(node.pending_extrinsics)],
    ['Chain', strange(node.chain)],
    ['Version', strange(node.client_version)],
    ['Spec', integer(node.runtime_spec_version)],
    ['Roles', node.roles === null ? UNKNOWN : strange(node.roles.join(', '))],
  ])}
</article>`
}

/** The table of collectors shows which of them fail. */
const COLLECTOR_ALERT = 'BittensorExporterCollectorFailing'
