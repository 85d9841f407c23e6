import { html } from 'ghtml'
import { accounts } from '../../collectors/accounts.ts'
import { deregistration } from '../../collectors/deregistration.ts'
import { expectations as expectationCollector } from '../../collectors/expectations.ts'
import { hotkeys as hotkeyCollector } from '../../collectors/hotkeys.ts'
import { neurons } from '../../collectors/neurons.ts'
import { swaps } from '../../collectors/swaps.ts'
import { value } from '../../collectors/value.ts'
import type { WebState } from '../web-state.ts'
import { marked } from './staleness.ts'
import type { Account, Coldkey, Expectation, Hotkey, Keys, Neuron } from '../api/schema.ts'
import {
  address,
  amount,
  blocksWithTime,
  definitionList,
  integer,
  percent,
  ratio,
  shortAddress,
  strange,
  UNKNOWN,
  UNKNOWN_CELL,
  yesNo,
} from './format.ts'
import { table, type Column } from './table.ts'

/** The watched keys: balances, registrations and expectations. */
export const keysSection = (
  { hotkeys, coldkeys, operations }: Keys,
  roomLeft: ReadonlySet<number>,
  state: Pick<WebState, 'status' | 'explorerUrl'>,
  now: number,
): string =>
  html`<section aria-labelledby="keys">
<h2 id="keys">Watched keys</h2>
!${hotkeys.length + coldkeys.length === 0 ? html`<p>No keys are configured.</p>` : ''}
!${hotkeys.map((key) => hotkeyCard(key, roomLeft, marked(state, now, OF_HOTKEYS), state.explorerUrl))}
<div class="cards">!${coldkeys.map((key) => coldkeyCard(key, marked(state, now, OF_COLDKEYS), state.explorerUrl))}</div>
!${operationList(operations)}
</section>`

type Operation = NonNullable<Keys['operations']>[number]

/** The last operations of the watched keys, the newest first. */
const operationList = (operations: Keys['operations']): string =>
  operations === null
    ? ''
    : html`<h3 id="operations">Recent operations</h3>
!${
        operations.length === 0
          ? html`<p>None since the exporter was started.</p>`
          : table({
              caption: 'Calls by the watched keys, since the exporter was started',
              rows: operations,
              columns: [
                number<Operation>('Block', ({ block }) => integer(block)),
                { heading: 'Key', kind: 'heading', cell: ({ name }) => strange(name) },
                { heading: 'Call', cell: ({ pallet, method }) => html`<code>${pallet}.${method}</code>` },
                { heading: 'Result', cell: ({ result }) => html`${result}` },
                { heading: 'Extrinsic', cell: ({ hash }) => (hash === null ? '' : shortAddress(hash)) },
              ],
            })
      }`

type Marked = ReturnType<typeof marked>

/** What the cards show. */
const OF_HOTKEYS = [hotkeyCollector, accounts, neurons, deregistration, expectationCollector]
const OF_COLDKEYS = [accounts, value, swaps, expectationCollector]

const hotkeyCard = (
  key: Hotkey,
  roomLeft: ReadonlySet<number>,
  { className, note }: Marked,
  explorerUrl: string | undefined,
): string =>
  html`<article class="card${className}">
<h3>!${strange(key.name)} <span class="quiet">hotkey</span></h3>
!${note}
!${definitionList([
    ['Address', address(key.address, explorerUrl)],
    ['Coldkey', address(key.coldkey, explorerUrl)],
    ['Stake (TAO)', amount(key.stake_tao)],
    ...accountFacts(key.account),
    ['Take', percent(key.take_ratio)],
  ])}
!${expectationList(key.expectations)}
!${neuronTable(key, roomLeft)}
</article>`

const coldkeyCard = (key: Coldkey, { className, note }: Marked, explorerUrl: string | undefined): string =>
  html`<article class="card${className}">
<h3>!${strange(key.name)} <span class="quiet">coldkey</span></h3>
!${note}
!${definitionList([
    ['Address', address(key.address, explorerUrl)],
    ...(key.identity === null ? [] : [['Identity', strange(key.identity)] as const]),
    ['Staked (TAO)', amount(key.stake_tao)],
    ...accountFacts(key.account),
    ...swapFacts(key),
  ])}
!${expectationList(key.expectations)}
</article>`

const accountFacts = (account: Account | null): readonly (readonly [string, string])[] => [
  ['Free (TAO)', amount(account?.free_tao ?? null)],
  ['Reserved (TAO)', amount(account?.reserved_tao ?? null)],
  ['Frozen (TAO)', amount(account?.frozen_tao ?? null)],
  ['Nonce', integer(account?.nonce ?? null)],
]

/** Only the parts of a swap that are pending. */
const swapFacts = (key: Coldkey): readonly (readonly [string, string])[] =>
  (
    [
      ['Swap scheduled', key.swap_scheduled_block],
      ['Swap possible from', key.swap_announced_block],
      ['Swap disputed', key.swap_disputed_block],
    ] as const
  ).flatMap(([name, height]) =>
    height === null ? [] : [[name, html`<span class="bad">block !${integer(height)}</span>`] as const],
  )

const expectationList = (expectations: readonly Expectation[]): string =>
  expectations.length === 0
    ? ''
    : html`<ul class="plain" aria-label="Expectations">
!${expectations.map(expectationItem)}
</ul>`

function expectationItem(each: Expectation): string {
  const { met } = each
  const state =
    met === null
      ? html`<span class="unknown">cannot be checked</span>`
      : met
        ? html`<span class="good">met</span>`
        : html`<strong class="bad">BROKEN</strong>`
  return html`<li>!${state}: <code>${each.expectation}</code>${whereOf(each)}, !${wantedOf(each)}</li>`
}

/** The subnet of an expectation, with a space before it; empty for one of the key itself. */
const whereOf = ({ netuid }: Expectation): string => (netuid === null ? '' : ` on subnet ${netuid}`)

/** What is wanted and, if it is not met, what is, as HTML. */
const wantedOf = ({ expected, actual, met }: Expectation): string =>
  html`wanted ${String(expected)}${met === false && actual !== null ? `, is ${actual}` : ''}`

function neuronTable({ name, neurons }: Hotkey, roomLeft: ReadonlySet<number>): string {
  if (neurons === null) return html`<p>Registrations: !${UNKNOWN}</p>`
  if (neurons.length === 0) return html`<p>Not registered on any subnet that is read.</p>`
  return table({ caption: `Neurons of ${name}`, columns: neuronColumns(roomLeft), rows: neurons })
}

const number = <Row>(heading: string, cell: Column<Row>['cell']): Column<Row> => ({
  heading,
  kind: 'number',
  cell,
})

/** The columns that matter most come first, because a phone shows only those. */
const neuronColumns = (roomLeft: ReadonlySet<number>): readonly Column<Neuron>[] => [
  {
    heading: 'Subnet',
    kind: 'heading',
    cell: ({ netuid, uid }) => html`<a href="/subnets/${netuid}#uid-${uid}">${netuid}</a>`,
  },
  number('UID', ({ uid }) => String(uid)),
  { heading: 'Active', cell: (neuron) => yesNo(neuron.active, UNKNOWN_CELL) },
  { heading: 'Permit', cell: (neuron) => yesNo(neuron.validator_permit, UNKNOWN_CELL) },
  number('Updated (blocks)', (neuron) => blocksWithTime(neuron.updated_blocks, UNKNOWN_CELL)),
  number('Prune rank', (neuron) => pruneRank(neuron, roomLeft)),
  number('Incentive', (neuron) => ratio(neuron.incentive_ratio, UNKNOWN_CELL)),
  number('Dividends', (neuron) => ratio(neuron.dividends_ratio, UNKNOWN_CELL)),
  number('V. trust', (neuron) => ratio(neuron.validator_trust_ratio, UNKNOWN_CELL)),
  number('Emission', emissionOf),
  number('Stake (alpha)', ({ stake_alpha }) => amount(stake_alpha, UNKNOWN_CELL)),
  number('Stake (TAO)', ({ stake_tao }) => amount(stake_tao, UNKNOWN_CELL)),
  { heading: 'Immune', cell: (neuron) => yesNo(neuron.immune, UNKNOWN_CELL) },
]

/** The place in the order of deregistration. A subnet with room replaces nobody. */
export const pruneRank = ({ netuid, prune_rank: rank }: Neuron, roomLeft: ReadonlySet<number>): string =>
  rank === null && roomLeft.has(netuid) ? 'room left' : integer(rank, UNKNOWN_CELL)

/** Alpha of its subnet from spec 233, TAO before. */
function emissionOf({ emission_tao: tao, emission_alpha: alpha }: Neuron): string {
  const unit = alpha !== null ? ' α' : tao !== null ? ' TAO' : ''
  return html`!${amount(alpha ?? tao, UNKNOWN_CELL)}${unit}`
}
