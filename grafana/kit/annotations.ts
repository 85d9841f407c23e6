import { defaultAnnotationQuery, type AnnotationQuery } from '@grafana/grafana-foundation-sdk/dashboard'
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus'
import { metric, oncePerSeries } from './promql.ts'
import { DATASOURCE } from './query.ts'
import { COLOUR } from './theme.ts'

/** A mark in time on every panel of a dashboard. */
export interface Annotation {
  readonly name: string
  readonly expr: string
  readonly model: AnnotationQuery
}

interface Options {
  readonly name: string
  readonly expr: string
  readonly color: string
  readonly title: string
  readonly text: string
}

function annotation({ name, expr: ofEach, color, title, text }: Options): Annotation {
  const expr = oncePerSeries(ofEach)
  // In sight at the top (the SDK's default hides it in a menu).
  const { placement: _menu, ...common } = defaultAnnotationQuery()
  const target = new DataqueryBuilder().refId('Anno').datasource(DATASOURCE).expr(expr).range().build()
  const model = {
    ...common,
    name,
    datasource: DATASOURCE,
    enable: true,
    iconColor: color,
    target,
    titleFormat: title,
    textFormat: text,
  }
  return { name, expr, model }
}

const changed = (selector: string): string => `changes(${selector}[$__rate_interval]) > 0`

/** The runtime of a node changed: signers, and the formulas of the chain, may have changed with it. */
export const runtimeUpgrades = annotation({
  name: 'Runtime upgrades',
  expr: `${metric('bittensor_runtime_info')} and on (node) (${changed(metric('bittensor_runtime_spec_version'))})`,
  color: COLOUR.second,
  title: 'Runtime upgrade',
  text: '{{node}}: spec {{spec_version}}, transaction version {{transaction_version}}',
})

/** A watched coldkey signed: what happens seldom, and is worth a look. Hotkeys of validators sign each tempo. */
export const signedByColdkeys: Annotation = annotation({
  name: 'Signed by coldkeys',
  expr: `${changed(metric('bittensor_account_nonce'))} and on (address) ${metric('bittensor_account_info', 'role="coldkey"')}`,
  color: COLOUR.notice,
  title: 'Signed',
  text: '{{name}} ({{address}})',
})

/** A watched key signed: its nonce moved. `matchers` narrow the keys. */
export const signedOperations = (...matchers: readonly string[]): Annotation =>
  annotation({
    name: 'Signed operations',
    expr: changed(metric('bittensor_account_nonce', ...matchers)),
    color: COLOUR.notice,
    title: 'Signed',
    text: '{{name}} ({{address}})',
  })

/** The same of the one neuron that is shown: its hotkey. */
export const signedByNeuron: Annotation = annotation({
  name: 'Signed operations',
  expr:
    `${changed(metric('bittensor_account_nonce'))} and on (address) label_replace(` +
    `${metric('bittensor_neuron_info', 'netuid="$netuid"', 'uid="$uid"')}, "address", "$1", "hotkey", "(.*)")`,
  color: COLOUR.notice,
  title: 'Signed',
  text: '{{name}} ({{address}})',
})
