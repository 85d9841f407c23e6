import { boardUrl } from './links.ts'
import type { LabelColumn } from './table.ts'

/** The row's value of a column, fit for a URL: operators choose names. */
const cell = (title: string): string => `\${__data.fields.${title}:percentencode}`

/** A click on a subnet opens it. */
export const SUBNET: LabelColumn = {
  label: 'netuid',
  title: 'Subnet',
  width: 75,
  url: boardUrl('subnet', `var-netuid=${cell('Subnet')}`),
}

/** A click on a UID opens the neuron. */
export const UID: LabelColumn = {
  label: 'uid',
  title: 'UID',
  width: 65,
  url: boardUrl('neuron', `var-netuid=${cell('Subnet')}`, `var-uid=${cell('UID')}`),
}

/** The same on a dashboard of one subnet, where the rows do not name it. */
export const UID_OF_SUBNET: LabelColumn = {
  ...UID,
  url: boardUrl('neuron', '${netuid:queryparam}', `var-uid=${cell('UID')}`),
}

/** A click on a key's name opens the key. */
export const KEY: LabelColumn = {
  label: 'name',
  title: 'Key',
  width: 160,
  url: boardUrl('keys', `var-name=${cell('Key')}`),
}

/** A click on a node opens it. */
export const NODE: LabelColumn = {
  label: 'node',
  title: 'Node',
  url: boardUrl('nodes', `var-node=${cell('Node')}`),
}

/** The address itself. */
export const HOTKEY: LabelColumn = { label: 'hotkey', title: 'Hotkey' }
