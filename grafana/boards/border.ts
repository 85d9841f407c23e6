import type { Panel } from '../kit/panel.ts'
import { by, emission, metric, NEURON, neuron, ofWholeSubnet, ON } from '../kit/promql.ts'
import { HOTKEY, UID_OF_SUBNET } from '../kit/rows.ts'
import { series } from '../kit/series.ts'
import { table, WATCHED } from '../kit/table.ts'
import { COLOUR } from '../kit/theme.ts'
import { UNIT } from '../kit/units.ts'

const of = (property: string): string => by(NEURON, neuron(property, ON.netuid))
/** The chain spares the hotkey of the owner of the subnet. */
const ownerHotkey = `label_replace(${metric('bittensor_subnet_info', ON.netuid, 'owner_hotkey!=""')}, "hotkey", "$1", "owner_hotkey", "(.*)")`
/** Emission of the neurons that may go: old enough, and not the owner's. */
const replaceable = `(${by(NEURON, emission(ON.netuid))} and on (${NEURON}) ${of('immune')} == 0) unless on (netuid, hotkey) ${ownerHotkey}`

const ALMOST =
  'From spec 365 the chain replaces the neuron with the least emission, the oldest of equals; before, the one with the lowest pruning score, which emission follows. Immune neurons and the hotkey of the owner are spared.'
const WHOLE = { needs: 'whole subnet' } as const
const NO_OLD = { empty: 'Every neuron of a young subnet may be immune.' } as const

/** The neurons that registrations replace next on a full subnet. */
export const border: readonly Panel[] = [
  table({
    title: 'The 15 that earn least',
    description: `Neurons that may be replaced, lowest emission first. ${ALMOST} No neuron is replaced while the subnet has free UIDs.`,
    noValue: 'no neuron may be replaced, or not all neurons of the subnet are read',
    w: 12,
    h: 9,
    keys: [UID_OF_SUBNET, { label: 'name', title: 'Key' }, HOTKEY, { ...WATCHED, width: 80 }],
    sort: { column: 'Emission', descending: false },
    columns: [
      {
        title: 'Emission',
        expr: ofWholeSubnet(
          `bottomk(15, ${replaceable}) * on (${NEURON}) group_left (name, watched) ${by(`${NEURON}, name, watched`, neuron('info', ON.netuid))}`,
        ),
        labels: 'uid, hotkey, name, watched',
        unit: UNIT.taoOrAlpha,
        decimals: 6,
        width: 140,
        calm: NO_OLD,
        ...WHOLE,
      },
    ],
  }),
  series({
    title: 'Watched neurons against the border',
    description: `Emission of the watched neurons, and the least emission of a neuron that may be replaced. Who nears the border may go. ${ALMOST}`,
    unit: UNIT.taoOrAlpha,
    decimals: 6,
    noValue: 'no neuron of this subnet is read',
    min: 0,
    w: 12,
    h: 9,
    stepped: true,
    queries: [
      {
        expr: ofWholeSubnet(`min(${replaceable})`),
        legend: 'border',
        color: COLOUR.bad,
        dashed: true,
        calm: NO_OLD,
        ...WHOLE,
      },
      {
        expr: `(${emission(ON.netuid)}) * on (${NEURON}) group_left (name) ${by(`${NEURON}, name`, neuron('info', ON.netuid, 'watched="true"'))}`,
        legend: '{{name}} · UID {{uid}}',
        calm: { empty: 'No watched hotkey is registered on the subnet.' },
      },
    ],
  }),
]
