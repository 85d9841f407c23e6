/** A way in which operators run the exporter. */
export interface Field {
  readonly exporters: 1 | 2
  /** Whether the scrape configuration gives the target labels that the exporter uses as well (with honor_labels, as shipped). */
  readonly clash: boolean
  /** Seconds. */
  readonly poll: number
  /** Blocks. */
  readonly tempo: number
  /** Share of the incentive that the owner of the subnet burns. */
  readonly burn: number
  /** Seconds by which the clock of Prometheus is ahead of the chain and the exporter. */
  readonly skew: number
}

const EXPORTERS = [1, 2] as const
const CLASH = [false, true]
const POLLS = [12, 60, 300]
const TEMPOS = [99, 360, 3600]
const BURNS = [0, 0.9]
const SKEWS = [0, 20]

/** Every combination. */
export const ALL_FIELDS: readonly Field[] = EXPORTERS.flatMap((exporters) =>
  CLASH.flatMap((clash) =>
    POLLS.flatMap((poll) =>
      TEMPOS.flatMap((tempo) =>
        BURNS.flatMap((burn) => SKEWS.map((skew) => ({ exporters, clash, poll, tempo, burn, skew }))),
      ),
    ),
  ),
)

/** A few of them, in which each value occurs, and the hardest ones together. */
export const SAMPLED_FIELDS: readonly Field[] = [
  { exporters: 1, clash: false, poll: 12, tempo: 360, burn: 0, skew: 0 },
  { exporters: 2, clash: true, poll: 300, tempo: 3600, burn: 0.9, skew: 20 },
  { exporters: 1, clash: true, poll: 60, tempo: 99, burn: 0.9, skew: 0 },
]

export interface InputSeries {
  readonly series: string
  readonly values: string
}

/** Value of a series at a minute, undefined while it is absent. */
type Value = number | undefined

/** One value of a series that a fault may replace. */
interface Reading {
  readonly field: Field
  /** Number of the exporter, from 0. */
  readonly exporter: number
  readonly metric: string
  readonly labels: Readonly<Record<string, string>>
  /** Without a fault. */
  readonly calm: Value
  /** At the last minute before the fault. */
  readonly before: Value
  /** Minutes since the fault began. */
  readonly elapsed: number
}

export interface Fault {
  readonly name: string
  /** All alerts that fire, and no others do. */
  readonly alerts: (field: Field) => readonly string[]
  /** Minute at which it begins, if that is not FAULT_AT. */
  readonly begins?: (field: Field) => number
  /** Minutes after its beginning until which its alerts must fire, an hour if not given. */
  readonly within?: (field: Field) => number
  /** The value to be read instead; `absent` if the series is gone, undefined if the fault does not change it. */
  readonly change: (reading: Reading) => number | 'absent' | undefined
}

/** Minute at which most faults begin: rules that compare with an hour before need more than an hour. */
const FAULT_AT = 65

const COLDKEY = '5F66EHJWc6ZjATkAmC2dP9RefHjgWmLp9KswW2L7ymR3aMBh'
const NEW_COLDKEY = '5Ccmf1dJKzGtXX7h17eN72MVMRsFwvYjPVmkXPUaapczECf6'
const BLOCK_SECONDS = 12
/** Height of the chain at second 0. */
const FIRST_BLOCK = 9_000_000
const REQUESTS_PER_POLL = 50

/** Seconds after which the exporter drops families that it cannot read again: the default of `poll.stale_after`. */
const staleAfter = ({ poll }: Field): number => Math.max(120, 2 * poll)

const minutesOf = ({ tempo }: Field): number => Math.ceil((tempo * BLOCK_SECONDS) / 60)

/** Minutes until so many tempos have passed, and an hour. */
const afterTempos =
  (tempos: number) =>
  (field: Field): number =>
    Math.ceil(tempos * minutesOf(field)) + 60

/** The minute after a whole tempo, at which all fields poll: a score that nobody has seen before cannot fall. */
const afterTempo = (field: Field): number => Math.max(FAULT_AT, Math.ceil(minutesOf(field) / 5) * 5)

/** The same alerts in every field. */
const always =
  (...alerts: readonly string[]) =>
  (): readonly string[] =>
    alerts

/** A change of one family, to the same value in all of its series, or by a function of their calm values. */
const only =
  (metric: string, value: (calm: number, reading: Reading) => number | undefined) =>
  (reading: Reading): number | undefined =>
    reading.metric === metric && reading.calm !== undefined ? value(reading.calm, reading) : undefined

/** A series that appears with the fault. */
const appears = (metric: string, value: number) => (reading: Reading) =>
  reading.metric === metric && reading.calm === undefined ? value : undefined

/** What an exporter reads of nodes that do not answer: nothing new, and what it has expires. */
function withoutNodes({ field, metric, calm, before, elapsed }: Reading): number | 'absent' | undefined {
  if (metric === 'bittensor_node_up' || metric === 'bittensor_exporter_collector_success') return 0
  if (metric.endsWith('last_success_timestamp_seconds')) return before
  // Half of the requests of calm polls are sent, and fail.
  if (metric === 'bittensor_exporter_upstream_request_failures_total')
    return (calm ?? 0) + Math.ceil(((elapsed + 1) * 60) / field.poll) * (REQUESTS_PER_POLL / 2)
  if (/^(?:up$|process_|bittensor_exporter_)/.test(metric)) return undefined
  const age = Math.max(60, field.poll) + elapsed * 60
  return age > staleAfter(field) ? 'absent' : before
}

export const FAULTS: readonly Fault[] = [
  {
    name: 'a node stalls',
    alerts: always('BittensorNodeStalled', 'BittensorNodeBehind'),
    change: ({ metric, labels, before }) =>
      labels['node'] === 'finney-a' &&
      (metric === 'bittensor_node_block_timestamp_seconds' ||
        metric === 'bittensor_node_finalized_block_height')
        ? before
        : undefined,
  },
  {
    name: 'a node does not answer',
    alerts: always(
      'BittensorNodeDown',
      'BittensorExporterCollectorFailing',
      'BittensorExporterUpstreamErrors',
    ),
    change: (reading) => (reading.labels['node'] === 'finney-a' ? withoutNodes(reading) : undefined),
  },
  {
    name: 'no node answers',
    alerts: always(
      'BittensorAllNodesDown',
      'BittensorNodeDown',
      'BittensorExporterCollectorFailing',
      'BittensorExporterDataStale',
      'BittensorExporterNotReady',
      'BittensorExporterUpstreamErrors',
    ),
    change: withoutNodes,
  },
  {
    name: 'the nodes do not answer for one poll',
    alerts: always(),
    change: (reading) => (reading.elapsed * 60 < reading.field.poll ? withoutNodes(reading) : undefined),
  },
  {
    name: 'the chain stops',
    alerts: always('BittensorNodeStalled', 'BittensorChainStateOld'),
    change: ({ metric, before }) =>
      /block_(?:height|timestamp_seconds)$|updated_blocks$/.test(metric) ? before : undefined,
  },
  {
    name: 'a node loses its peers',
    alerts: always('BittensorNodePeersLow', 'BittensorNodePeersFalling', 'BittensorNodeIsolated'),
    change: only('bittensor_node_peers', (_, { labels }) => (labels['node'] === 'finney-a' ? 1 : undefined)),
  },
  {
    name: 'an exporter is down',
    alerts: ({ exporters }) => [
      'BittensorExporterInstanceDown',
      ...(exporters === 1 ? ['BittensorExporterDown'] : []),
    ],
    change: ({ exporter, metric }) => (exporter > 0 ? undefined : metric === 'up' ? 0 : 'absent'),
  },
  {
    name: 'a coldkey signs',
    alerts: always('BittensorColdkeySigned'),
    change: only('bittensor_account_nonce', (calm) => calm + 1),
  },
  {
    name: 'a key signs a call that is not about weights',
    alerts: always('BittensorKeyOperation'),
    change: appears('bittensor_key_extrinsics_total', 1),
  },
  {
    name: 'a balance falls',
    alerts: always('BittensorFreeBalanceFell'),
    change: only('bittensor_account_free_tao', (calm) => calm / 2),
  },
  {
    name: 'an account is emptied and deleted',
    alerts: always('BittensorFreeBalanceFell', 'BittensorAccountEmptied', 'BittensorColdkeySigned'),
    change: ({ metric }) =>
      metric === 'bittensor_account_free_tao' || metric === 'bittensor_account_nonce' ? 0 : undefined,
  },
  {
    name: 'a swap of a coldkey is announced',
    alerts: always('BittensorColdkeySwapAnnounced'),
    change: appears('bittensor_coldkey_swap_announced_block', FIRST_BLOCK + 36_000),
  },
  {
    name: 'a hotkey gets another owner',
    alerts: always('BittensorHotkeyOwnerChanged'),
    change: ({ metric, labels, calm }) => {
      if (metric !== 'bittensor_hotkey_info' || labels['name'] !== 'key-1') return undefined
      return calm === undefined ? 1 : 'absent'
    },
  },
  {
    name: 'a delegation leaves',
    alerts: always('BittensorColdkeyStakeFell'),
    change: only('bittensor_coldkey_stake_alpha', (calm) => calm / 2),
  },
  {
    name: 'a validator loses its permit',
    alerts: always('BittensorNeuronPermitLost'),
    change: only('bittensor_neuron_validator_permit', (_, { labels }) =>
      labels['uid'] === '1' ? 0 : undefined,
    ),
  },
  {
    name: 'a validator becomes inactive',
    alerts: always('BittensorNeuronInactive'),
    change: only('bittensor_neuron_active', () => 0),
  },
  {
    name: 'a miner is near its deregistration',
    alerts: always('BittensorNeuronPruningNear', 'BittensorNeuronPruningSoon'),
    change: only('bittensor_neuron_prune_rank', () => 2),
  },
  {
    name: 'a miner is deregistered',
    alerts: always('BittensorNeuronDeregistered', 'BittensorHotkeyRegistrationsFell'),
    change: ({ metric, labels, calm }) => {
      if (labels['hotkey'] !== 'hotkey-2' || calm === undefined) return undefined
      if (metric === 'bittensor_hotkey_registrations') return 0
      return metric.startsWith('bittensor_neuron_') ? 'absent' : undefined
    },
  },
  {
    name: 'a subnet is dissolved',
    alerts: always(
      'BittensorSubnetDissolved',
      'BittensorNeuronDeregistered',
      'BittensorHotkeyRegistrationsFell',
      'BittensorColdkeyStakeFell',
    ),
    change: ({ metric, labels, calm }) => {
      if (calm === undefined) return undefined
      if (metric === 'bittensor_chain_subnets') return calm - 1
      if (metric === 'bittensor_hotkey_registrations') return 0
      return labels['netuid'] === '1' ? 'absent' : undefined
    },
  },
  {
    name: 'a runtime upgrade',
    alerts: always('BittensorRuntimeUpgraded'),
    change: only('bittensor_runtime_spec_version', (calm) => calm + 1),
  },
  {
    name: 'the incentive of a miner falls and stays low',
    alerts: always('BittensorNeuronScoreFell', 'BittensorNeuronScoreBelowMedian'),
    begins: afterTempo,
    // Far below the median is told after two and a half tempos, the later of the two.
    within: afterTempos(2.5),
    change: only('bittensor_neuron_incentive_ratio', (calm, { labels }) =>
      labels['uid'] === '2' ? calm / 10 : undefined,
    ),
  },
  {
    name: 'the incentive of a miner falls for one epoch',
    alerts: always(),
    begins: afterTempo,
    within: afterTempos(1.25),
    change: only('bittensor_neuron_incentive_ratio', (calm, { labels, elapsed, field }) => {
      const polled = Math.floor((elapsed * 60) / field.poll) * field.poll
      return labels['uid'] === '2' && polled < field.tempo * BLOCK_SECONDS ? calm / 10 : undefined
    }),
  },
]

export const beginOf = (fault: Fault, field: Field): number => fault.begins?.(field) ?? FAULT_AT

/** Minutes until a fault has been seen for as long as its alerts may take. */
export const lengthOf = (fault: Fault, field: Field): number =>
  beginOf(fault, field) + (fault.within?.(field) ?? 60)

/** Series of an exporter with two nodes, a coldkey, a validator, a miner and others on one subnet, one value a minute. */
export function seriesOf(job: string, field: Field, minutes: number, fault?: Fault): readonly InputSeries[] {
  const found: InputSeries[] = []
  const begin = fault === undefined ? Infinity : beginOf(fault, field)
  for (let exporter = 0; exporter < field.exporters; exporter += 1) {
    const instance = `exporter-${exporter}:9645`
    const clashing = field.clash ? { node: `worker-${exporter}`, name: 'exporter', address: '10.0.0.1' } : {}
    describe(field, (metric, labels, at) => {
      // honor_labels: a label of the exporter wins, and a label that only the target has is added.
      const text = Object.entries({ ...clashing, ...labels, job, instance })
        .map(([name, value]) => `${name}="${value}"`)
        .join(',')
      const before = fault === undefined ? undefined : at(begin - 1)
      const values = Array.from({ length: minutes + 1 }, (_, minute): Value => {
        const calm = at(minute)
        if (fault === undefined || minute < begin) return calm
        const elapsed = minute - begin
        const changed = fault.change({ field, exporter, metric, labels, calm, before, elapsed })
        return changed === 'absent' ? undefined : (changed ?? calm)
      })
      found.push({ series: `${metric}{${text}}`, values: notation(values) })
    })
  }
  return found
}

/** Values as promtool reads them, equal ones as `value+0xCOUNT`. A series that ends is marked as stale, as after a scrape without it. */
export function notation(values: readonly Value[]): string {
  const parts: string[] = []
  for (let index = 0; index < values.length;) {
    const value = values[index]
    let next = index + 1
    while (next < values.length && values[next] === value) next += 1
    const more = next - index - 1
    if (value !== undefined) parts.push(more === 0 ? `${value}` : `${value}+0x${more}`)
    else if (index > 0) parts.push('stale', ...(more === 0 ? [] : [`_x${more}`]))
    else parts.push(`_x${more + 1}`)
    index = next
  }
  return parts.join(' ')
}

type Add = (metric: string, labels: Readonly<Record<string, string>>, at: (minute: number) => Value) => void

/** Every family that a rule reads of an exporter, on a day on which nothing is wrong. */
function describe({ poll, tempo, burn, skew }: Field, add: Add): void {
  const polls = (minute: number) => Math.floor((minute * 60) / poll)
  const polledAt = (minute: number) => polls(minute) * poll - skew
  const heightAt = (minute: number) => FIRST_BLOCK + Math.floor((polledAt(minute) - 36) / BLOCK_SECONDS)
  const constant = (value: Value) => () => value
  /** A value that moves by up to 3% from epoch to epoch. */
  const byEpoch = (value: number, phase: number) => (minute: number) =>
    value * (1 + 0.03 * Math.sin(Math.floor(heightAt(minute) / tempo) * 7 + phase))
  /** An amount that grows with each epoch. */
  const earned = (value: number) => (minute: number) =>
    value + 0.25 * Math.floor((heightAt(minute) - FIRST_BLOCK) / tempo)

  add('up', {}, constant(1))
  add('process_start_time_seconds', {}, constant(-86_400))
  add('bittensor_exporter_build_info', { version: '1', revision: 'r', node_version: 'v20' }, constant(1))
  add('bittensor_exporter_demo', {}, constant(0))
  add('bittensor_exporter_config_last_reload_successful', {}, constant(1))
  add('bittensor_exporter_poll_interval_seconds', {}, constant(poll))
  add('bittensor_exporter_newest_known_spec_version', {}, constant(500))
  for (const collector of [
    ...['accounts', 'chain', 'deregistration', 'expectations', 'extrinsics'],
    ...['hotkeys', 'neurons', 'subnets', 'swaps', 'value'],
  ]) {
    add('bittensor_exporter_collector_success', { collector }, constant(1))
    add('bittensor_exporter_collector_last_success_timestamp_seconds', { collector }, polledAt)
  }
  for (const node of ['finney-a', 'finney-b']) {
    for (const collector of ['node', 'runtime', 'transaction_pool']) {
      add('bittensor_exporter_collector_success', { collector, node }, constant(1))
      add('bittensor_exporter_collector_last_success_timestamp_seconds', { collector, node }, polledAt)
    }
    add('bittensor_node_up', { node }, constant(1))
    add(
      'bittensor_node_info',
      { node, chain: 'Bittensor', client_name: 'Subtensor', client_version: '4', role: 'FULL' },
      constant(1),
    )
    add('bittensor_node_syncing', { node }, constant(0))
    add('bittensor_node_peers', { node }, (minute) => 300 + (polls(minute) % 7))
    add('bittensor_node_should_have_peers', { node }, constant(1))
    add('bittensor_node_decodes_extrinsics', { node }, constant(1))
    add('bittensor_node_finalized_block_height', { node }, heightAt)
    add('bittensor_node_block_timestamp_seconds', { node }, (minute) => polledAt(minute) - 36)
    add('bittensor_runtime_spec_version', { node }, constant(475))
    add('bittensor_runtime_transaction_version', { node }, constant(1))
    add(
      'bittensor_exporter_upstream_requests_total',
      { node, route: '/' },
      (minute) => polls(minute) * REQUESTS_PER_POLL,
    )
    add(
      'bittensor_exporter_upstream_request_failures_total',
      { node, route: '/', reason: 'timeout' },
      (minute) => Math.floor(polls(minute) / 100),
    )
  }
  add('bittensor_chain_block_height', {}, heightAt)
  add('bittensor_chain_block_timestamp_seconds', {}, (minute) => polledAt(minute) - 36)
  add('bittensor_followed_block_height', {}, heightAt)
  add('bittensor_followed_blocks_total', { result: 'skipped' }, constant(0))
  add('bittensor_chain_subnets', {}, constant(129))

  const account = { address: COLDKEY, name: 'treasury' }
  add('bittensor_account_info', { ...account, role: 'coldkey' }, constant(1))
  add('bittensor_account_nonce', account, constant(10))
  add('bittensor_account_free_tao', account, earned(100))
  add('bittensor_account_frozen_tao', account, constant(1))
  add('bittensor_account_reserved_tao', account, constant(0.5))
  add('bittensor_account_unexplained_change_tao_total', account, constant(0))
  const call = { pallet: 'balances', result: 'success' }
  add('bittensor_key_extrinsics_total', { ...account, ...call, method: 'transferAll' }, constant(undefined))
  const validator = { address: 'hotkey-1', name: 'key-1', pallet: 'subtensorModule', result: 'success' }
  const byTempo = (minute: number) =>
    Math.floor(heightAt(minute) / tempo) - Math.floor(FIRST_BLOCK / tempo) + 1
  add('bittensor_key_extrinsics_total', { ...validator, method: 'setWeights' }, byTempo)
  const coldkey = { coldkey: COLDKEY, name: 'treasury' }
  add('bittensor_coldkey_identity_info', { ...coldkey, identity: 'The treasury' }, constant(1))
  add('bittensor_coldkey_swap_announced_block', coldkey, constant(undefined))
  add('bittensor_coldkey_stake_alpha', { ...coldkey, hotkey: 'hotkey-1', netuid: '1' }, earned(500))
  add('bittensor_coldkey_stake_tao', coldkey, byEpoch(50, 1))
  add(
    'bittensor_expectation_met',
    { name: 'treasury', expectation: 'min_free_tao', netuid: '', wanted: '1' },
    constant(1),
  )

  const netuid = '1'
  add(
    'bittensor_subnet_info',
    { netuid, name: 'one', symbol: 'a', owner_coldkey: 'owner', owner_hotkey: 'hotkey-0' },
    constant(1),
  )
  add('bittensor_subnet_neurons', { netuid }, constant(6))
  add('bittensor_subnet_tempo_blocks', { netuid }, constant(tempo))
  add('bittensor_subnet_activity_cutoff_blocks', { netuid }, constant(Math.max(5000, 2 * tempo)))
  add('bittensor_subnet_consensus_info', { netuid, consensus: 'Yuma' }, constant(1))
  add('bittensor_subnet_recent_registrations', { netuid }, constant(20))
  const incentives = [burn, 0, ...Array.from({ length: 4 }, () => (1 - burn) / 4)]
  for (const [number, incentive] of incentives.entries()) {
    const uid = String(number)
    const hotkey = `hotkey-${uid}`
    const isValidator = number === 1
    const watched = number === 1 || number === 2
    const neuron = { netuid, uid, hotkey }
    const own = { coldkey: number === 0 ? 'owner' : COLDKEY, name: watched ? `key-${uid}` : '' }
    add('bittensor_neuron_info', { ...neuron, ...own, watched: String(watched) }, constant(1))
    add('bittensor_neuron_incentive_ratio', neuron, byEpoch(incentive, number))
    add('bittensor_neuron_dividends_ratio', neuron, byEpoch(isValidator ? 1 : 0, number))
    add('bittensor_neuron_emission_alpha', neuron, byEpoch(isValidator ? 41 : 41 * incentive, number))
    add('bittensor_neuron_validator_permit', neuron, constant(isValidator ? 1 : 0))
    add('bittensor_neuron_active', neuron, constant(isValidator ? 1 : 0))
    add('bittensor_neuron_validator_trust_ratio', neuron, byEpoch(isValidator ? 0.9 : 0, 2))
    add('bittensor_neuron_stake_alpha', neuron, earned(isValidator ? 500 : 0))
    add('bittensor_neuron_updated_blocks', neuron, (minute) => heightAt(minute) % Math.min(tempo, 100))
    if (watched) {
      add('bittensor_neuron_prune_rank', neuron, constant(isValidator ? 200 : 100))
      add('bittensor_neuron_immunity_ends_block', neuron, constant(FIRST_BLOCK - 1000))
    }
  }
  for (const uid of ['1', '2']) {
    const hotkey = { hotkey: `hotkey-${uid}`, name: `key-${uid}` }
    add('bittensor_hotkey_info', { ...hotkey, coldkey: COLDKEY }, constant(1))
    add('bittensor_hotkey_info', { ...hotkey, coldkey: NEW_COLDKEY }, constant(undefined))
    add('bittensor_hotkey_registrations', hotkey, constant(1))
    add('bittensor_hotkey_take_ratio', hotkey, constant(0.18))
  }
}
