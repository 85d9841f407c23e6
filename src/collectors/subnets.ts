import type { Subnet } from '../chain/subnet.ts'
import { gauge } from '../metrics/define.ts'
import { readSubnetList, type SubnetList } from '../sidecar/storage/subnet-list.ts'
import { defineCollector, type ReadContext } from './define.ts'
import { readSelection } from './selection.ts'

const LABELS = ['netuid'] as const

interface SubnetsReading extends SubnetList {
  /** Subnets whose neurons are not published. */
  readonly leftOut: readonly number[]
}

export const subnets = defineCollector({
  name: 'subnets',
  scope: 'chain',
  families: {
    info: gauge(
      'bittensor_subnet_info',
      'Names of the subnet and the keys of its owner, as far as its runtime keeps them.',
      [...LABELS, 'name', 'symbol', 'owner_coldkey', 'owner_hotkey'],
    ),
    neurons: gauge('bittensor_subnet_neurons', 'Neurons registered on the subnet.', LABELS),
    neuronsLimit: gauge(
      'bittensor_subnet_neurons_limit',
      'Neurons the subnet has room for; at the limit, one goes for each that comes.',
      LABELS,
    ),
    tempo: gauge('bittensor_subnet_tempo_blocks', 'Blocks between two epochs.', LABELS),
    lastEpoch: gauge('bittensor_subnet_last_epoch_blocks', 'Blocks since the last epoch.', LABELS),
    immunityPeriod: gauge(
      'bittensor_subnet_immunity_period_blocks',
      'Blocks a neuron cannot be replaced after its registration.',
      LABELS,
    ),
    activityCutoff: gauge(
      'bittensor_subnet_activity_cutoff_blocks',
      'Blocks without an update after which an epoch finds a neuron inactive.',
      LABELS,
    ),
    registrationCost: gauge('bittensor_subnet_registration_cost_tao', 'TAO burned to register now.', LABELS),
    price: gauge(
      'bittensor_subnet_alpha_price_tao',
      'Spot price of one alpha of the subnet in TAO, from spec 233.',
      LABELS,
    ),
    movingPrice: gauge(
      'bittensor_subnet_alpha_price_moving_tao',
      'Moving average of that price, as the chain keeps it.',
      LABELS,
    ),
    poolTao: gauge('bittensor_subnet_pool_tao', 'TAO in the pool of the subnet.', LABELS),
    poolAlpha: gauge('bittensor_subnet_pool_alpha', 'Alpha in the pool of the subnet.', LABELS),
    leftOut: gauge(
      'bittensor_exporter_subnet_left_out',
      '1 for a subnet whose neurons are not published, as they would be more series than limits.max_series.',
      LABELS,
    ),
    outstandingAlpha: gauge(
      'bittensor_subnet_outstanding_alpha',
      'Alpha of the subnet outside its pool, held by keys.',
      LABELS,
    ),
  },
  async read(view, { watch, previous, warn }: ReadContext<SubnetsReading>) {
    const { rows, missing, leftOut } = await view.shared(readSelection, watch)
    for (const netuid of missing)
      warn(`subnet ${netuid} is listed under subnets, and the chain has no subnet ${netuid}`)
    if (leftOut.length > 0)
      warn(
        `the neurons of subnets ${leftOut.join(', ')} are left out: with them there would be more than ${watch.maxSeries} series (limits.max_series)`,
      )
    const netuids = Array.from(new Set([...rows.keys(), ...leftOut])).toSorted((a, b) => a - b)
    return { leftOut, ...(await readSubnetList(view, netuids, previous)) }
  },
  emit({ subnets, leftOut }, say) {
    for (const subnet of subnets) sayOne(subnet)
    for (const netuid of leftOut) say.leftOut({ netuid }, true)

    function sayOne({ netuid, pool, ...subnet }: Subnet): void {
      say.info({
        netuid,
        name: subnet.name,
        symbol: subnet.symbol,
        owner_coldkey: subnet.ownerColdkey ?? '',
        owner_hotkey: subnet.ownerHotkey ?? '',
      })
      say.neurons({ netuid }, subnet.neurons)
      say.neuronsLimit({ netuid }, subnet.neuronsLimit)
      say.tempo({ netuid }, subnet.tempo)
      say.lastEpoch({ netuid }, subnet.sinceEpoch)
      say.immunityPeriod({ netuid }, subnet.immunityPeriod)
      say.activityCutoff({ netuid }, subnet.activityCutoff)
      say.registrationCost({ netuid }, subnet.registrationCost)
      say.price({ netuid }, pool?.price)
      say.movingPrice({ netuid }, pool?.movingPrice)
      say.poolTao({ netuid }, pool?.tao)
      say.poolAlpha({ netuid }, pool?.alphaIn)
      say.outstandingAlpha({ netuid }, pool?.alphaOut)
    }
  },
})
