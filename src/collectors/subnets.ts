import type { Subnet } from '../chain/subnet.ts'
import { gauge } from '../metrics/define.ts'
import { readSubnetList, type SubnetList } from '../storage/incremental/index.ts'
import { defineCollector, type ReadContext } from './define.ts'
import { readSelection } from './lib/selection.ts'

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
      "Name and symbol of the subnet and its owner's keys; empty where the runtime does not store them.",
      [...LABELS, 'name', 'symbol', 'owner_coldkey', 'owner_hotkey'],
    ),
    neurons: gauge('bittensor_subnet_neurons', 'Number of neurons registered on the subnet.', LABELS),
    neuronsLimit: gauge(
      'bittensor_subnet_neurons_limit',
      'Maximum number of neurons; when full, each registration replaces one.',
      LABELS,
    ),
    tempo: gauge('bittensor_subnet_tempo_blocks', 'Tempo: blocks per epoch.', LABELS),
    sinceEpoch: gauge(
      'bittensor_subnet_blocks_since_epoch',
      'Blocks since the last epoch of the subnet that ran, skipped and deferred epochs not counted; absent until one has run.',
      LABELS,
    ),
    immunityPeriod: gauge(
      'bittensor_subnet_immunity_period_blocks',
      'Blocks after its registration during which a neuron cannot be replaced.',
      LABELS,
    ),
    activityCutoff: gauge(
      'bittensor_subnet_activity_cutoff_blocks',
      'Blocks without a weights update after which an epoch marks a neuron inactive.',
      LABELS,
    ),
    registrationCost: gauge(
      'bittensor_subnet_registration_cost_tao',
      'Current price of a registration. It is burned, less bittensor_subnet_collateral_lock_ratio of it, which is locked as stake of the miner; collateral that still stands is credited.',
      LABELS,
    ),
    collateralLock: gauge(
      'bittensor_subnet_collateral_lock_ratio',
      'Share of the registration cost that is locked as stake of the miner instead of burned. From spec 437.',
      LABELS,
    ),
    consensus: gauge(
      'bittensor_subnet_consensus_info',
      'Consensus of the epochs of the subnet, Yuma or Null. Under Null an epoch sets consensus and trust to 0 and gives one validator permit. From spec 474; before, every subnet has Yuma.',
      [...LABELS, 'consensus'],
    ),
    price: gauge(
      'bittensor_subnet_alpha_price_tao',
      'Spot price of one alpha of the subnet in TAO, from spec 233.',
      LABELS,
    ),
    movingPrice: gauge(
      'bittensor_subnet_alpha_price_moving_tao',
      'Moving average of the alpha price, as stored by the chain.',
      LABELS,
    ),
    poolTao: gauge('bittensor_subnet_pool_tao', 'TAO in the pool of the subnet.', LABELS),
    poolAlpha: gauge('bittensor_subnet_pool_alpha', 'Alpha in the pool of the subnet.', LABELS),
    leftOut: gauge(
      'bittensor_exporter_subnet_left_out',
      '1 for each subnet whose neurons are not published because they would exceed limits.max_series.',
      LABELS,
    ),
    outstandingAlpha: gauge(
      'bittensor_subnet_outstanding_alpha',
      'Alpha of the subnet issued outside its pool: staked, burned, of the protocol, and pending emission.',
      LABELS,
    ),
    stakedAlpha: gauge(
      'bittensor_subnet_staked_alpha',
      'Alpha of the subnet staked on all hotkeys. From spec 448 at the latest.',
      LABELS,
    ),
  },
  async read(view, { scope, previous, warn }: ReadContext<SubnetsReading>) {
    const { rows, missing, leftOut } = await view.shared(readSelection, scope)
    for (const netuid of missing)
      warn(`subnet ${netuid} is listed under subnets, and the chain has no subnet ${netuid}`)
    if (leftOut.length > 0)
      warn(
        `the neurons of subnets ${leftOut.join(', ')} are left out: with them there would be more than ${scope.maxSeries} series (limits.max_series)`,
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
      say.sinceEpoch({ netuid }, subnet.sinceEpoch)
      say.immunityPeriod({ netuid }, subnet.immunityPeriod)
      say.activityCutoff({ netuid }, subnet.activityCutoff)
      say.registrationCost({ netuid }, subnet.registrationCost)
      say.collateralLock({ netuid }, subnet.collateralLock)
      if (subnet.consensus !== undefined) say.consensus({ netuid, consensus: subnet.consensus })
      say.price({ netuid }, pool?.price)
      say.movingPrice({ netuid }, pool?.movingPrice)
      say.poolTao({ netuid }, pool?.tao)
      say.poolAlpha({ netuid }, pool?.alphaIn)
      say.outstandingAlpha({ netuid }, pool?.alphaOut)
      say.stakedAlpha({ netuid }, pool?.alphaStaked)
    }
  },
})
