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

/** What breaks at a minute, as a change of the calm value of a series; undefined leaves the value. */
export interface Fault {
  readonly name: string
  readonly alerts: readonly string[]
  readonly change: (metric: string, labels: string, calm: number, minute: number) => number | undefined
}

/** Minute at which faults begin. */
export const FAULT_AT = 180

const COLDKEY = '5F66EHJWc6ZjATkAmC2dP9RefHjgWmLp9KswW2L7ymR3aMBh'
const since = (minute: number, value: number): number | undefined => (minute >= FAULT_AT ? value : undefined)

/** Each fires its alert within an hour, however the exporter is run. */
export const FAULTS: readonly Fault[] = [
  {
    name: 'a node stalls',
    alerts: ['BittensorNodeStalled', 'BittensorNodeBehind'],
    change: (metric, labels, calm, minute) => {
      if (!labels.includes('node="finney-a"') || minute < FAULT_AT) return undefined
      if (metric === 'bittensor_node_block_timestamp_seconds') return calm - (minute - FAULT_AT) * 60
      if (metric === 'bittensor_node_finalized_block_height') return calm - (minute - FAULT_AT) * 5
      return undefined
    },
  },
  {
    name: 'a node does not answer',
    alerts: ['BittensorNodeDown'],
    change: (metric, labels, calm, minute) => {
      if (!labels.includes('node="finney-a"')) return undefined
      if (metric === 'bittensor_node_up') return since(minute, 0)
      if (metric.endsWith('last_success_timestamp_seconds'))
        return since(minute, calm - (minute - FAULT_AT) * 60)
      return undefined
    },
  },
  {
    name: 'a coldkey signs',
    alerts: ['BittensorColdkeySigned'],
    change: (metric, _, calm, minute) =>
      metric === 'bittensor_account_nonce' ? since(minute, calm + 1) : undefined,
  },
  {
    name: 'a balance falls',
    alerts: ['BittensorFreeBalanceFell'],
    change: (metric, _, calm, minute) =>
      metric === 'bittensor_account_free_tao' ? since(minute, calm / 2) : undefined,
  },
  {
    name: 'a validator loses its permit',
    alerts: ['BittensorNeuronPermitLost'],
    change: (metric, labels, _, minute) =>
      metric === 'bittensor_neuron_validator_permit' && labels.includes('uid="1"')
        ? since(minute, 0)
        : undefined,
  },
  {
    name: 'a delegation leaves',
    alerts: ['BittensorColdkeyStakeFell'],
    change: (metric, _, calm, minute) =>
      metric === 'bittensor_coldkey_stake_alpha' ? since(minute, calm / 2) : undefined,
  },
]

/** Series of an exporter with two nodes, a coldkey, a validator, a miner and others on one subnet, one value a minute. */
export function seriesOf(field: Field, minutes: number, fault?: Fault): readonly InputSeries[] {
  const found: InputSeries[] = []
  for (let index = 0; index < field.exporters; index += 1) {
    const instance = `exporter-${index}:9645`
    const clashing = field.clash ? { node: `worker-${index}`, name: 'exporter', address: '10.0.0.1' } : {}
    const add = (
      metric: string,
      labels: Readonly<Record<string, string>>,
      at: (minute: number) => number,
    ) => {
      // honor_labels: a label of the exporter wins, and a label that only the target has is added.
      const all = { ...clashing, ...labels, job: 'bittensor-exporter', instance }
      const text = Object.entries(all)
        .map(([name, value]) => `${name}="${value}"`)
        .join(',')
      const values = Array.from({ length: minutes + 1 }, (_, minute) => {
        const calm = at(minute)
        return String(fault?.change(metric, text, calm, minute) ?? calm)
      })
      found.push({ series: `${metric}{${text}}`, values: values.join(' ') })
    }
    describe(field, add)
  }
  return found
}

type Add = (metric: string, labels: Readonly<Record<string, string>>, at: (minute: number) => number) => void

/** Height of the chain at second 0. */
const START = 9_000_000

function describe({ poll, tempo, burn, skew }: Field, add: Add): void {
  const polledAt = (minute: number) => Math.floor((minute * 60) / poll) * poll - skew
  const heightAt = (minute: number) => START + Math.floor((polledAt(minute) - 36) / 12)
  const always = (value: number) => () => value
  /** A value that moves by up to 3% from epoch to epoch. */
  const byEpoch = (value: number, phase: number) => (minute: number) =>
    value * (1 + 0.03 * Math.sin(Math.floor(heightAt(minute) / tempo) * 7 + phase))

  add('up', {}, always(1))
  add('bittensor_exporter_build_info', { version: '1', revision: 'r', node_version: 'v20' }, always(1))
  add('bittensor_exporter_poll_interval_seconds', {}, always(poll))
  for (const collector of ['accounts', 'chain', 'hotkeys', 'neurons', 'subnets', 'value']) {
    add('bittensor_exporter_collector_success', { collector }, always(1))
    add('bittensor_exporter_collector_last_success_timestamp_seconds', { collector }, polledAt)
  }
  for (const node of ['finney-a', 'finney-b']) {
    add('bittensor_exporter_collector_success', { collector: 'node', node }, always(1))
    add('bittensor_exporter_collector_last_success_timestamp_seconds', { collector: 'node', node }, polledAt)
    add('bittensor_node_up', { node }, always(1))
    add('bittensor_node_syncing', { node }, always(0))
    add('bittensor_node_peers', { node }, always(300))
    add('bittensor_node_should_have_peers', { node }, always(1))
    add('bittensor_node_finalized_block_height', { node }, heightAt)
    add('bittensor_node_block_timestamp_seconds', { node }, (minute) => polledAt(minute) - 36)
  }
  add('bittensor_chain_block_height', {}, heightAt)
  add('bittensor_chain_block_timestamp_seconds', {}, (minute) => polledAt(minute) - 36)
  add('bittensor_followed_block_height', {}, heightAt)
  add('bittensor_chain_subnets', {}, always(129))

  const account = { address: COLDKEY, name: 'treasury' }
  add('bittensor_account_info', { ...account, role: 'coldkey' }, always(1))
  add('bittensor_account_nonce', account, always(10))
  add('bittensor_account_free_tao', account, always(100))
  const coldkey = { coldkey: COLDKEY, name: 'treasury' }
  add('bittensor_coldkey_stake_alpha', { ...coldkey, hotkey: 'hotkey-1', netuid: '1' }, always(500))
  add('bittensor_coldkey_stake_tao', coldkey, byEpoch(50, 1))

  const netuid = '1'
  add(
    'bittensor_subnet_info',
    { netuid, name: 'one', symbol: 'a', owner_coldkey: 'owner', owner_hotkey: 'hotkey-0' },
    always(1),
  )
  add('bittensor_subnet_neurons', { netuid }, always(6))
  add('bittensor_subnet_tempo_blocks', { netuid }, always(tempo))
  add('bittensor_subnet_activity_cutoff_blocks', { netuid }, always(Math.max(5000, 2 * tempo)))
  const incentives = [burn, 0, ...Array.from({ length: 4 }, () => (1 - burn) / 4)]
  for (const [number, incentive] of incentives.entries()) {
    const uid = String(number)
    const hotkey = `hotkey-${uid}`
    const watched = number === 1 || number === 2
    const neuron = { netuid, uid, hotkey }
    const own = { coldkey: number === 0 ? 'owner' : COLDKEY, name: watched ? `key-${uid}` : '' }
    add('bittensor_neuron_info', { ...neuron, ...own, watched: String(watched) }, always(1))
    add('bittensor_neuron_incentive_ratio', neuron, byEpoch(incentive, number))
    add('bittensor_neuron_validator_permit', neuron, always(number === 1 ? 1 : 0))
    add('bittensor_neuron_active', neuron, always(number === 1 ? 1 : 0))
    add('bittensor_neuron_validator_trust_ratio', neuron, byEpoch(number === 1 ? 0.9 : 0, 2))
    add('bittensor_neuron_updated_blocks', neuron, (minute) => heightAt(minute) % Math.min(tempo, 100))
  }
  for (const uid of ['1', '2'])
    add('bittensor_hotkey_registrations', { hotkey: `hotkey-${uid}`, name: `key-${uid}` }, always(1))
}
