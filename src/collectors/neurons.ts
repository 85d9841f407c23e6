import type { Neuron } from '../chain/neuron.ts'
import { gauge } from '../metrics/define.ts'
import { readNeurons } from '../sidecar/storage/neuron.ts'
import { defineCollector } from './define.ts'
import { readSelection } from './selection.ts'

interface NeuronReading {
  readonly height: number
  readonly neurons: readonly Neuron[]
  /** The configured names of watched hotkeys, by address. */
  readonly names: ReadonlyMap<string, string>
}

const LABELS = ['netuid', 'uid', 'hotkey'] as const

export const neurons = defineCollector({
  name: 'neurons',
  scope: 'chain',
  families: {
    info: gauge(
      'bittensor_neuron_info',
      'A neuron, the coldkey of its hotkey, and its name where the hotkey is watched.',
      [...LABELS, 'coldkey', 'name', 'watched'],
    ),
    stakeTao: gauge(
      'bittensor_neuron_stake_tao',
      'Stake on the hotkey; from spec 233 its alpha on the subnet at the spot price.',
      LABELS,
    ),
    stakeAlpha: gauge(
      'bittensor_neuron_stake_alpha',
      'Alpha of the subnet staked on the hotkey, from spec 233.',
      LABELS,
    ),
    rank: gauge(
      'bittensor_neuron_rank_ratio',
      'Rank: what validators weighted by stake give it, before consensus; to spec 364.',
      LABELS,
    ),
    trust: gauge(
      'bittensor_neuron_trust_ratio',
      'Trust: how much of its rank consensus left; to spec 364.',
      LABELS,
    ),
    validatorTrust: gauge(
      'bittensor_neuron_validator_trust_ratio',
      'Validator trust: how far its weights agree with consensus.',
      LABELS,
    ),
    consensus: gauge(
      'bittensor_neuron_consensus_ratio',
      'Consensus: the weight a stake majority of validators supports.',
      LABELS,
    ),
    incentive: gauge(
      'bittensor_neuron_incentive_ratio',
      'Share of the incentive miners get; over all mechanisms from spec 320.',
      LABELS,
    ),
    dividends: gauge('bittensor_neuron_dividends_ratio', 'Share of the dividends validators get.', LABELS),
    emissionTao: gauge('bittensor_neuron_emission_tao', 'TAO earned in the last epoch, to spec 232.', LABELS),
    emissionAlpha: gauge(
      'bittensor_neuron_emission_alpha',
      'Alpha earned in the last epoch, from spec 233.',
      LABELS,
    ),
    lastUpdate: gauge(
      'bittensor_neuron_last_update_block',
      'Height at which it last set weights, or was registered.',
      LABELS,
    ),
    updated: gauge('bittensor_neuron_updated_blocks', 'Blocks since the last update.', LABELS),
    validatorPermit: gauge(
      'bittensor_neuron_validator_permit',
      '1 when it may set weights as a validator.',
      LABELS,
    ),
    active: gauge('bittensor_neuron_active', '1 when the last epoch found it active.', LABELS),
    registered: gauge('bittensor_neuron_registered_block', 'Height at which it was registered.', LABELS),
    immune: gauge('bittensor_neuron_immune', '1 while it is too young to be replaced.', LABELS),
  },
  async read(view, { watch }): Promise<NeuronReading> {
    const { rows } = await view.shared(readSelection, watch)
    const bySubnet = await Promise.all(Array.from(rows, ([netuid, uids]) => readNeurons(view, netuid, uids)))
    return {
      height: view.block.height,
      neurons: bySubnet.flat(),
      names: new Map(watch.hotkeys.map(({ address, name }) => [address, name])),
    }
  },
  emit({ height, neurons, names }, say) {
    for (const neuron of neurons) sayOne(neuron)

    function sayOne({ netuid, uid, hotkey, stake, emission, lastUpdate, ...neuron }: Neuron): void {
      const labels = { netuid, uid, hotkey }
      const name = names.get(hotkey)
      say.info({
        ...labels,
        coldkey: neuron.coldkey ?? '',
        name: name ?? '',
        watched: String(name !== undefined),
      })
      say.stakeTao(labels, stake.value)
      if (stake.unit === 'alpha') say.stakeAlpha(labels, stake.amount)
      say.rank(labels, neuron.rank)
      say.trust(labels, neuron.trust)
      say.validatorTrust(labels, neuron.validatorTrust)
      say.consensus(labels, neuron.consensus)
      say.incentive(labels, neuron.incentive)
      say.dividends(labels, neuron.dividends)
      if (emission?.unit === 'tao') say.emissionTao(labels, emission.amount)
      if (emission?.unit === 'alpha') say.emissionAlpha(labels, emission.amount)
      say.lastUpdate(labels, lastUpdate)
      say.updated(labels, lastUpdate === undefined ? undefined : height - lastUpdate)
      say.validatorPermit(labels, neuron.validatorPermit)
      say.active(labels, neuron.active)
      say.registered(labels, neuron.registeredAt)
      say.immune(labels, neuron.immune)
    }
  },
})
