import { each, gauge, info } from '../metrics/define.ts'
import { readSubnetList, type SubnetList } from '../storage/incremental/index.ts'
import { collector } from './define.ts'
import { readSelection } from './lib/selection.ts'

interface SubnetsReading extends SubnetList {
  /** Subnets whose neurons are not published. */
  readonly leftOut: readonly number[]
  /** Subnets that are listed in the configuration, and that the chain does not have. */
  readonly missing: readonly number[]
}

export const subnets = collector('subnets', {
  description: 'Parameters, price and pool of the subnets.',
  scope: 'chain',
  shard: 'by-subnet',
  create() {
    let previous: SubnetList | undefined
    return {
      async read(view, { scope, warn }): Promise<SubnetsReading> {
        const { rows, missing, leftOut } = await view.shared(readSelection, scope)
        for (const netuid of missing)
          warn(`subnet ${netuid} is listed under subnets, and the chain has no subnet ${netuid}`)
        if (leftOut.length > 0)
          warn(
            `the neurons of subnets ${leftOut.join(', ')} are left out: with them there would be more than ${scope.maxSeries} series (limits.max_series)`,
          )
        const netuids = Array.from(new Set([...rows.keys(), ...leftOut])).toSorted((a, b) => a - b)
        return { leftOut, missing, ...(await readSubnetList(view, netuids, previous)) }
      },
      published(reading) {
        previous = reading
      },
    }
  },
  families: [
    each(({ subnets }: SubnetsReading) => subnets, { netuid: ({ netuid }) => netuid }, [
      info(
        'bittensor_subnet_info',
        "Name and symbol of the subnet and its owner's keys; empty where the runtime does not store them.",
        {
          name: ({ name }) => name,
          symbol: ({ symbol }) => symbol,
          owner_coldkey: ({ ownerColdkey }) => ownerColdkey ?? '',
          owner_hotkey: ({ ownerHotkey }) => ownerHotkey ?? '',
        },
      ),
      gauge(
        'bittensor_subnet_neurons',
        'Number of neurons registered on the subnet.',
        ({ neurons }) => neurons,
      ),
      gauge(
        'bittensor_subnet_neurons_limit',
        'Maximum number of neurons; when full, each registration replaces one.',
        ({ neuronsLimit }) => neuronsLimit,
      ),
      gauge(
        'bittensor_subnet_validators_limit',
        'Maximum number of validator permits that an epoch grants.',
        ({ validatorsLimit }) => validatorsLimit,
      ),
      gauge('bittensor_subnet_tempo_blocks', 'Tempo: blocks per epoch.', ({ tempo }) => tempo),
      gauge(
        'bittensor_subnet_blocks_since_epoch',
        'Blocks since the last epoch of the subnet that ran, skipped and deferred epochs not counted; absent until one has run.',
        ({ sinceEpoch }) => sinceEpoch,
      ),
      gauge(
        'bittensor_subnet_immunity_period_blocks',
        'Blocks after its registration during which a neuron cannot be replaced.',
        ({ immunityPeriod }) => immunityPeriod,
      ),
      gauge(
        'bittensor_subnet_activity_cutoff_blocks',
        'Blocks without a weights update after which an epoch marks a neuron inactive.',
        ({ activityCutoff }) => activityCutoff,
      ),
      gauge(
        'bittensor_subnet_registration_cost_tao',
        'Current price of a registration. It is burned, less bittensor_subnet_collateral_lock_ratio of it, which is locked as stake of the miner; collateral that still stands is credited.',
        ({ registrationCost }) => registrationCost,
      ),
      gauge(
        'bittensor_subnet_collateral_lock_ratio',
        'Share of the registration cost that is locked as stake of the miner instead of burned. From spec 437.',
        ({ collateralLock }) => collateralLock,
      ),
      info(
        'bittensor_subnet_consensus_info',
        'Consensus of the epochs of the subnet, Yuma or Null. Under Null an epoch sets consensus and trust to 0 and gives one validator permit. From spec 474; before, every subnet has Yuma.',
        { consensus: ({ consensus }) => consensus },
      ),
      gauge(
        'bittensor_subnet_mechanisms',
        'Number of incentive mechanisms of the subnet. From spec 320.',
        ({ mechanisms }) => mechanisms,
      ),
      gauge(
        'bittensor_subnet_alpha_price_tao',
        'Spot price of one alpha of the subnet in TAO, from spec 233.',
        ({ pool }) => pool?.price,
      ),
      gauge(
        'bittensor_subnet_alpha_price_moving_tao',
        'Moving average of the alpha price, as stored by the chain.',
        ({ pool }) => pool?.movingPrice,
      ),
      gauge('bittensor_subnet_pool_tao', 'TAO in the pool of the subnet.', ({ pool }) => pool?.tao),
      gauge('bittensor_subnet_pool_alpha', 'Alpha in the pool of the subnet.', ({ pool }) => pool?.alphaIn),
      gauge(
        'bittensor_subnet_outstanding_alpha',
        'Alpha of the subnet issued outside its pool: staked, burned, of the protocol, and pending emission.',
        ({ pool }) => pool?.alphaOut,
      ),
      gauge(
        'bittensor_subnet_staked_alpha',
        'Alpha of the subnet staked on all hotkeys. From spec 448 at the latest.',
        ({ pool }) => pool?.alphaStaked,
      ),
    ]),
    each(({ leftOut }: SubnetsReading) => leftOut, { netuid: (netuid) => netuid }, [
      gauge(
        'bittensor_exporter_subnet_left_out',
        '1 for each subnet whose neurons are not published because they would exceed limits.max_series.',
        () => true,
      ),
    ]),
    each(({ missing }: SubnetsReading) => missing, { netuid: (netuid) => netuid }, [
      gauge(
        'bittensor_exporter_subnet_missing',
        '1 for each subnet that is listed under subnets in the configuration and does not exist on the chain.',
        () => true,
      ),
    ]),
  ],
})
