import type { Panel } from '../kit/panel.ts'
import { by, height, metric, NEURON, neuron, ON, timeToGo } from '../kit/promql.ts'
import { UID_OF_SUBNET } from '../kit/rows.ts'
import { series } from '../kit/series.ts'
import { table } from '../kit/table.ts'
import { COLOUR, judged } from '../kit/theme.ts'
import { UNIT } from '../kit/units.ts'
import { THRESHOLDS } from '../../src/thresholds.ts'

const subnet = (property: string): string => `max(${metric(`bittensor_subnet_${property}`, ON.netuid)})`
const ROOM = { empty: 'Absent while the subnet has room.' } as const
const NOBODY = { empty: 'No watched hotkey is registered on the subnet.' } as const
const TO_396 = { empty: 'The chain counts intervals to spec 396 only.' } as const

/** Time until each watched neuron of the selected subnet is deregistered. */
export const places: Panel = table({
  title: 'Places of the watched neurons',
  runbook: 'BittensorNeuronPruningNear',
  description:
    'Deregistration order of each watched neuron, by the rule of the runtime: the next registration replaces 1. No place while the subnet has room. Immunity is 0 when it is over. Time left: when it goes if the order stays, and others register as in the last 7200 blocks (a day).',
  noValue: 'no watched hotkey is registered on the subnet',
  w: 12,
  h: 8,
  keys: [UID_OF_SUBNET, { label: 'name', title: 'Key' }],
  sort: { column: 'Place', descending: false },
  columns: [
    {
      title: 'Info',
      expr: neuron('info', ON.netuid, 'watched="true"'),
      unit: UNIT.number,
      calm: NOBODY,
      hidden: true,
    },
    {
      title: 'Place',
      expr: neuron('prune_rank', ON.netuid),
      labels: 'uid',
      unit: UNIT.number,
      width: 70,
      thresholds: judged({ bad: THRESHOLDS.neuron.pruneRank }),
      calm: ROOM,
    },
    {
      title: 'Time left',
      expr: timeToGo(ON.netuid),
      labels: 'uid',
      unit: UNIT.seconds,
      width: 100,
      thresholds: judged({ notice: THRESHOLDS.neuron.timeToDeregistration }),
      calm: ROOM,
    },
    {
      title: 'Immune for',
      expr: `clamp_min(${neuron('immunity_ends_block', ON.netuid)} - scalar(${height}), 0)`,
      labels: 'uid',
      unit: UNIT.blocks,
      decimals: 0,
      width: 110,
      calm: NOBODY,
    },
  ],
})

/** The neurons' places through time. */
export const placesThroughTime: Panel = series({
  title: 'Registrations before they go',
  description: 'Deregistration order of each watched neuron, over time.',
  unit: UNIT.number,
  noValue: 'the subnet has room: nobody goes',
  min: 0,
  w: 12,
  h: 8,
  stepped: true,
  queries: [
    {
      expr: `${by(NEURON, neuron('prune_rank', ON.netuid))} * on (${NEURON}) group_left (name) ${by(`${NEURON}, name`, neuron('info', ON.netuid, 'watched="true"'))}`,
      legend: '{{name}} · UID {{uid}}',
      calm: ROOM,
    },
  ],
})

/** How many come. */
export const registrations: Panel = series({
  title: 'Registrations',
  description:
    'Neurons that registered in the last 7200 blocks (a day) and are still there; to spec 396 also the registrations of the adjustment interval, what the subnet aims at in one, and how many blocks it has. On subnets of watched neurons.',
  unit: UNIT.count,
  decimals: 0,
  noValue: 'no watched hotkey is registered on the subnet',
  min: 0,
  w: 24,
  h: 7,
  stepped: true,
  queries: [
    { expr: subnet('recent_registrations'), legend: 'in a day', color: COLOUR.plain, calm: NOBODY },
    {
      expr: subnet('registrations_this_interval'),
      legend: 'this interval',
      color: COLOUR.second,
      calm: TO_396,
    },
    {
      expr: subnet('target_registrations'),
      legend: 'target',
      color: COLOUR.notice,
      dashed: true,
      calm: TO_396,
    },
    {
      expr: subnet('adjustment_interval_blocks'),
      legend: 'interval',
      unit: UNIT.blocks,
      color: COLOUR.quiet,
      dashed: true,
      calm: TO_396,
    },
  ],
})
