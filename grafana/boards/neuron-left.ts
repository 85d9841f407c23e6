import type { Panel } from '../kit/panel.ts'
import { height, metric, neuron, ON, timeToGo } from '../kit/promql.ts'
import { stat } from '../kit/stat.ts'
import { judged } from '../kit/theme.ts'
import { UNIT } from '../kit/units.ts'
import { THRESHOLDS } from '../../src/thresholds.ts'

const own = (property: string): string => neuron(property, ON.netuid, ON.uid)
const subnet = (property: string): string => `max(${metric(`bittensor_subnet_${property}`, ON.netuid)})`
const NO_NEURON = 'no such neuron is read'
const NO_PLACE = 'no place: the subnet has room, its owner keeps it, or nobody watches it'
const ROOM = { empty: 'Absent while the subnet has room.' } as const

/** Time until it is deregistered. */
export const left: readonly Panel[] = [
  stat({
    title: 'Age',
    description: 'Blocks since its registration.',
    unit: UNIT.blocks,
    decimals: 0,
    noValue: NO_NEURON,
    w: 4,
    h: 4,
    queries: [{ expr: `${height} - max(${own('registered_block')})`, legend: 'age' }],
  }),
  stat({
    title: 'Immunity left',
    runbook: 'BittensorNeuronImmunityEnding',
    description: 'Blocks until it may be replaced; 0 is no immunity.',
    unit: UNIT.blocks,
    decimals: 0,
    noValue: NO_NEURON,
    w: 4,
    h: 4,
    queries: [
      {
        expr: `clamp_min(max(${own('registered_block')}) + ${subnet('immunity_period_blocks')} - ${height}, 0)`,
        legend: 'left',
      },
    ],
  }),
  stat({
    title: 'Place',
    runbook: 'BittensorNeuronPruningNear',
    description: 'Deregistration order, by the rule of the runtime: the next registration replaces 1.',
    unit: UNIT.number,
    decimals: 0,
    noValue: NO_PLACE,
    thresholds: judged({ bad: THRESHOLDS.neuron.pruneRank }),
    w: 5,
    h: 4,
    queries: [{ expr: `min(${own('prune_rank')})`, legend: 'place', calm: ROOM }],
  }),
  stat({
    title: 'Registered in a day',
    description:
      'Neurons of the subnet that registered in the last 7200 blocks and are still there. On subnets of watched neurons.',
    unit: UNIT.count,
    decimals: 0,
    noValue: 'no watched neuron on the subnet',
    w: 5,
    h: 4,
    queries: [
      {
        expr: subnet('recent_registrations'),
        legend: 'registered',
        calm: { empty: 'No watched hotkey is registered on the subnet.' },
      },
    ],
  }),
  stat({
    title: 'Time left',
    runbook: 'BittensorNeuronPruningSoon',
    description:
      'When it goes if the order stays, and others register as in the last 7200 blocks. Not before its immunity is over, as long as others are not immune.',
    unit: UNIT.seconds,
    noValue: NO_PLACE,
    thresholds: judged({ notice: THRESHOLDS.neuron.timeToDeregistration }),
    w: 6,
    h: 4,
    queries: [{ expr: `min(${timeToGo(ON.netuid, ON.uid)})`, legend: 'left', calm: ROOM }],
  }),
]
