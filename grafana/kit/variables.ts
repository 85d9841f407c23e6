import {
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  VariableHide,
  VariableRefresh,
  VariableSort,
  type VariableModel,
} from '@grafana/grafana-foundation-sdk/dashboard'
import { metric, ON } from './promql.ts'
import { DATASOURCE } from './query.ts'
import { without } from './without.ts'

/** A choice at the top of a dashboard. Those of a query follow from the choices before them. */
export interface Variable {
  readonly model: VariableModel
  /** The PromQL selector whose labels are offered; undefined for the data source. */
  readonly selector?: string
}

interface Options {
  readonly name: string
  readonly label: string
  readonly description: string
  readonly selector: string
  /** The label whose values are offered. */
  readonly of: string
  /** The label shown in place of the value. */
  readonly shown?: string
  /** The order of numbers; text in natural order without it. The first is selected. */
  readonly numeric?: VariableSort.NumericalAsc | VariableSort.NumericalDesc
  /** Several at once, and all of them to begin with. */
  readonly several?: boolean
  /** Not shown: it follows from others. */
  readonly hidden?: boolean
  /** One or all; all is this regular expression. */
  readonly all?: string
}

function variable({
  name,
  label,
  description,
  selector,
  of,
  shown,
  numeric,
  several,
  hidden,
  all,
}: Options): Variable {
  const builder = new QueryVariableBuilder(name)
    .label(label)
    .description(description)
    .datasource(DATASOURCE)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(numeric === undefined ? VariableSort.NaturalAsc : numeric)
  const query = shown === undefined ? `label_values(${selector}, ${of})` : `query_result(${selector})`
  builder.query({ qryType: shown === undefined ? 1 : 3, query, refId: `variable-${name}` }).definition(query)
  // Prometheus gives labels in alphabetical order: `of` comes before `shown`. Other labels may end in the same words.
  if (shown !== undefined) builder.regex(`/[{,]${of}="(?<value>[^"]+)".*?,${shown}="(?<text>[^"]+)"/`)
  if (hidden === true) builder.hide(VariableHide.HideVariable)
  if (several === true) builder.multi(true)
  if (several === true || all !== undefined) {
    builder.includeAll(true).current({ text: 'All', value: '$__all' })
    if (all !== undefined) builder.allValue(all)
  }
  return { model: portable(builder.build()), selector }
}

/** Without properties of interval variables, which the SDK gives to all, and a default value that Grafana 10.4 does not know. */
const portable = (model: VariableModel): VariableModel => ({
  ...without(model, ['auto', 'auto_min', 'auto_count', 'allowCustomValue']),
  name: model.name,
  type: model.type,
})

const datasource: Variable = {
  model: portable(
    new DatasourceVariableBuilder('datasource')
      .label('Data source')
      .description('The Prometheus that scrapes the exporter.')
      .type('prometheus')
      .build(),
  ),
}

const job = variable({
  name: 'job',
  label: 'Job',
  description: 'The scrape job of the exporter: one for each chain.',
  selector: 'bittensor_exporter_build_info',
  of: 'job',
})

/** All variables by name. Every dashboard begins with `datasource` and `job`. */
export const VARIABLES = {
  datasource,
  job,
  node: variable({
    name: 'node',
    label: 'Node',
    description: 'Nodes by their configured names.',
    selector: metric('bittensor_node_up'),
    of: 'node',
    several: true,
  }),
  hotkey: variable({
    name: 'hotkey',
    label: 'Hotkey',
    description: 'Watched hotkeys by their configured names.',
    selector: metric('bittensor_hotkey_registrations'),
    of: 'hotkey',
    shown: 'name',
    several: true,
  }),
  name: variable({
    name: 'name',
    label: 'Key',
    description: 'Watched hotkeys and coldkeys by their configured names.',
    selector: metric('bittensor_account_info'),
    of: 'name',
    several: true,
  }),
  netuid: variable({
    name: 'netuid',
    label: 'Subnet',
    description: 'Subnets the exporter reads (`subnets` in its configuration); 0 is root.',
    selector: metric('bittensor_subnet_info'),
    of: 'netuid',
    // Descending, so that a dashboard does not open on root, where nobody mines.
    numeric: VariableSort.NumericalDesc,
  }),
  /** The hotkeys of the chosen keys, so that their neurons are found by index; out of sight. */
  hotkeyOfName: variable({
    name: 'hotkey_of_name',
    label: 'Hotkeys of the chosen keys',
    description: 'Follows from the chosen keys.',
    selector: metric('bittensor_hotkey_registrations', ON.name),
    of: 'hotkey',
    several: true,
    hidden: true,
  }),
  /** Narrows the subnets and UIDs offered to those of one watched hotkey. */
  watched: variable({
    name: 'watched',
    label: 'Watched hotkey',
    description: 'Offers only the subnets and UIDs of this hotkey; All offers every neuron that is read.',
    selector: metric('bittensor_neuron_info', 'watched="true"'),
    of: 'name',
    all: '.*',
  }),
  netuidOfWatched: variable({
    name: 'netuid',
    label: 'Subnet',
    description: 'Subnets with a neuron of the chosen hotkey; 0 is root.',
    selector: metric('bittensor_neuron_info', 'name=~"$watched"'),
    of: 'netuid',
    numeric: VariableSort.NumericalDesc,
  }),
  uid: variable({
    name: 'uid',
    label: 'UID',
    description: 'Neurons of the subnet.',
    selector: metric('bittensor_neuron_info', ON.netuid, 'name=~"$watched"'),
    of: 'uid',
    numeric: VariableSort.NumericalAsc,
  }),
} as const

/** A variable that a dashboard may ask for. */
export type VariableName = keyof typeof VARIABLES
