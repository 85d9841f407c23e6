import { NO_RULES, numberFiring } from './alerts.ts'
import { HEAD_AGE } from './nodes-now.ts'
import type { Panel } from '../kit/panel.ts'
import {
  by,
  metric,
  neuron,
  NEURON,
  ON,
  perSubnet,
  signedIn,
  grewIn,
  height,
  timeToGo,
} from '../kit/promql.ts'
import { stat } from '../kit/stat.ts'
import { ALL_IS_GOOD, ANY_AMOUNT_IS_BAD, ANY_IS_BAD, ANY_IS_WORTH_A_LOOK, judged } from '../kit/theme.ts'
import { UNIT } from '../kit/units.ts'
import { THRESHOLDS } from '../../src/thresholds.ts'

/** Validators weigh miners everywhere but on root, where newer runtimes have no weights. */
const NOT_ROOT = 'netuid!="0"'
const PERMITTED = `${neuron('validator_permit', ON.hotkey, NOT_ROOT)} == 1`

const NOT_FOLLOWED = { empty: 'Absent while followed blocks are missing, or extrinsics is off.' } as const

const registrations = metric('bittensor_hotkey_registrations', ON.hotkey)

/** Swaps of watched coldkeys and child keys of watched hotkeys; 0 where keys are watched and nothing is pending. */
const PENDING = [
  ...['scheduled', 'announced'].map((kind) => by('coldkey', metric(`bittensor_coldkey_swap_${kind}_block`))),
  by('hotkey, netuid', metric('bittensor_hotkey_pending_children_block')),
]
  .map((pending) => `(count(${pending}) or 0 * count(${metric('bittensor_account_info')}))`)
  .join(' + ')

/** The exporter, and how much is wrong. */
export const health: readonly Panel[] = [
  stat({
    title: 'Exporter up',
    runbook: 'BittensorExporterDown',
    description: 'Whether Prometheus reaches the exporter: 100 % is every instance of the job.',
    unit: UNIT.ratio,
    decimals: 0,
    noValue: 'no exporter is scraped',
    thresholds: ALL_IS_GOOD,
    w: 3,
    h: 3,
    more: 'exporter',
    freshness: 'own',
    queries: [{ expr: `avg(${metric('up')})`, legend: 'up' }],
  }),
  stat({
    title: 'Age of the data',
    runbook: 'BittensorChainStateOld',
    description:
      'Time since the block that all chain state shown here was read at. Finality, polls and scrapes make about a minute of it.',
    unit: UNIT.seconds,
    noValue: 'no data',
    thresholds: HEAD_AGE,
    w: 3,
    h: 3,
    more: 'exporter',
    freshness: 'own',
    queries: [{ expr: `time() - max(${metric('bittensor_chain_block_timestamp_seconds')})`, legend: 'age' }],
  }),
  stat({
    title: 'Collectors failing',
    runbook: 'BittensorExporterCollectorFailing',
    description:
      'Collectors whose last round failed. What they own is stale, and disappears after stale_after.',
    unit: UNIT.number,
    noValue: 'no data',
    thresholds: ANY_IS_BAD,
    w: 3,
    h: 3,
    more: 'exporter',
    freshness: 'scrape',
    queries: [
      {
        expr: `sum(1 - ${by('collector, node', metric('bittensor_exporter_collector_success'))})`,
        legend: 'failing',
      },
    ],
  }),
  stat({
    title: 'Critical alerts',
    description: 'Alerts of severity critical that fire, of all subjects. 0 is all right.',
    unit: UNIT.number,
    noValue: 'no alert rules',
    thresholds: ANY_IS_BAD,
    w: 3,
    h: 3,
    freshness: 'own',
    queries: [{ expr: numberFiring('critical'), legend: 'critical', calm: NO_RULES }],
  }),
  stat({
    title: 'Warnings',
    description: 'Alerts of severity warning that fire: tickets.',
    unit: UNIT.number,
    noValue: 'no alert rules',
    thresholds: ANY_IS_WORTH_A_LOOK,
    w: 3,
    h: 3,
    freshness: 'own',
    queries: [{ expr: numberFiring('warning'), legend: 'warnings', calm: NO_RULES }],
  }),
  stat({
    title: 'Nodes down',
    runbook: 'BittensorNodeDown',
    description: 'Nodes that did not answer the last round, by themselves or through their Sidecar.',
    unit: UNIT.number,
    noValue: 'no data',
    thresholds: ANY_IS_BAD,
    w: 3,
    h: 3,
    more: 'nodes',
    freshness: 'scrape',
    queries: [{ expr: `sum(1 - ${by('node', metric('bittensor_node_up'))})`, legend: 'down' }],
  }),
  stat({
    title: 'Expectations not met',
    runbook: 'BittensorExpectationNotMet',
    description: 'Entries of expect in the configuration that do not hold.',
    unit: UNIT.number,
    noValue: 'none given',
    thresholds: ANY_IS_BAD,
    w: 3,
    h: 3,
    more: 'keys',
    queries: [
      {
        expr: `sum(1 - ${by('name, expectation, netuid', metric('bittensor_expectation_met'))})`,
        legend: 'not met',
        calm: { empty: 'The configuration has no expect.' },
      },
    ],
  }),
  stat({
    title: 'Deregistered in 24 h',
    runbook: 'BittensorHotkeyRegistrationsFell',
    description:
      'UIDs that the chosen hotkeys lost: how far the number of their registrations is below its maximum of the last day.',
    unit: UNIT.number,
    noValue: 'no hotkey is watched',
    thresholds: ANY_IS_BAD,
    w: 3,
    h: 3,
    more: 'keys',
    queries: [
      {
        expr: `sum(${by('hotkey', `max_over_time(${registrations}[1d]) - ${registrations}`)})`,
        legend: 'deregistered',
      },
    ],
  }),
]

/** The watched neurons, and the watched keys. */
export const atRisk: readonly Panel[] = [
  stat({
    title: 'Oldest weights',
    runbook: 'BittensorNeuronUpdateLate',
    description:
      'Blocks since the last update of the watched validator that is nearest to the activity cutoff of its subnet, as a share of that cutoff; at 100 % it turns inactive. Neurons with a validator permit, root left out.',
    unit: UNIT.ratio,
    decimals: 0,
    noValue: 'no validator',
    thresholds: judged({ bad: THRESHOLDS.neuron.updatedCutoff }),
    w: 3,
    h: 3,
    queries: [
      {
        expr: `max(${perSubnet(neuron('updated_blocks', ON.hotkey, NOT_ROOT), 'activity_cutoff_blocks')} and on (${NEURON}) ${PERMITTED})`,
        legend: 'of the cutoff',
      },
    ],
  }),
  stat({
    title: 'Validators inactive',
    runbook: 'BittensorNeuronInactive',
    description:
      'Watched neurons that have a validator permit and that the last epoch found inactive, root left out.',
    unit: UNIT.number,
    noValue: 'no validator',
    thresholds: ANY_IS_BAD,
    w: 3,
    h: 3,
    queries: [
      {
        expr: `sum(${by(NEURON, `(1 - ${neuron('active', ON.hotkey, NOT_ROOT)}) and on (${NEURON}) ${PERMITTED}`)})`,
        legend: 'inactive',
      },
    ],
  }),
  stat({
    title: 'Next to go',
    runbook: 'BittensorNeuronPruningNear',
    description:
      'Registrations until the watched neuron that is nearest to it is deregistered: 1 goes with the next. Only on subnets that are full.',
    unit: UNIT.number,
    decimals: 0,
    noValue: 'there is room',
    thresholds: judged({ bad: THRESHOLDS.neuron.pruneRank }),
    w: 3,
    h: 3,
    more: 'subnet',
    queries: [
      {
        expr: `min(${neuron('prune_rank', ON.hotkey)})`,
        legend: 'place',
        calm: { empty: 'Absent while the subnets have room.' },
      },
    ],
  }),
  stat({
    title: 'Time left',
    runbook: 'BittensorNeuronPruningSoon',
    description:
      'When the first watched neuron goes if the order stays, and others register as in the last 7200 blocks. Only on subnets that are full.',
    unit: UNIT.seconds,
    noValue: 'there is room',
    thresholds: judged({ notice: THRESHOLDS.neuron.timeToDeregistration }),
    w: 3,
    h: 3,
    more: 'subnet',
    queries: [
      {
        expr: `min(${timeToGo(ON.hotkey)})`,
        legend: 'left',
        calm: { empty: 'Absent while the subnets have room.' },
      },
    ],
  }),
  stat({
    title: 'Immunity ends in',
    runbook: 'BittensorNeuronImmunityEnding',
    description: 'Blocks until the first watched neuron that is still immune may be replaced.',
    unit: UNIT.blocks,
    decimals: 0,
    noValue: 'none is immune',
    thresholds: judged({ notice: THRESHOLDS.neuron.immunityLeft }),
    w: 3,
    h: 3,
    more: 'subnet',
    queries: [
      {
        expr: `min(${neuron('immunity_ends_block', ON.hotkey)} - on () group_left () ${height} > 0)`,
        legend: 'left',
        calm: { empty: 'No watched neuron is immune.' },
      },
    ],
  }),
  stat({
    title: 'Pending changes of keys',
    runbook: 'BittensorColdkeySwapAnnounced',
    description:
      'Watched coldkeys that are about to be swapped for another key, and changes of child keys of watched hotkeys that are not in force yet. If they are none of yours, somebody else has a key.',
    unit: UNIT.number,
    noValue: 'no key is watched',
    thresholds: ANY_IS_BAD,
    w: 3,
    h: 3,
    more: 'keys',
    queries: [{ expr: PENDING, legend: 'pending' }],
  }),
  stat({
    title: 'Signed in the last hour',
    runbook: 'BittensorColdkeySigned',
    description:
      'Transactions signed with watched keys. Each one that you did not expect is worth a question.',
    unit: UNIT.count,
    noValue: 'no data',
    w: 3,
    h: 3,
    more: 'keys',
    queries: [
      { expr: `sum(${by('address', signedIn('1h', metric('bittensor_account_nonce')))})`, legend: 'signed' },
    ],
  }),
  stat({
    title: 'Unexplained in 24 h',
    runbook: 'BittensorUnexplainedBalanceChange',
    description:
      'How far balances of watched accounts moved in the last day, up or down, without an event that explains it.',
    unit: UNIT.tao,
    decimals: 9,
    noValue: 'not known',
    thresholds: ANY_AMOUNT_IS_BAD,
    w: 3,
    h: 3,
    more: 'keys',
    queries: [
      {
        expr: `sum(${by('address', grewIn('1d', metric('bittensor_account_unexplained_change_tao_total')))})`,
        legend: 'unexplained',
        calm: NOT_FOLLOWED,
      },
    ],
  }),
]
