import type { Decimals } from '../../chain/money.ts'
import { priceNumber, type Price } from '../../chain/price.ts'
import type { Subnet as ChainSubnet } from '../../chain/subnet.ts'
import type { NeuronRows } from '../../collectors/lib/neuron-reading.ts'
import { neurons as neuronsCollector } from '../../collectors/neurons.ts'
import { subnets as subnetsCollector } from '../../collectors/subnets.ts'
import type { WebState } from '../web-state.ts'
import { RequestError } from '../request-parameters.ts'
import { amountsIn } from './amounts.ts'
import type { OneSubnet, Subnet, Subnets } from './schema.ts'

export function subnetsNow(state: WebState): Subnets {
  const reading = state.latest.of(subnetsCollector)
  if (reading === undefined) return { demo: state.demo, block: null, subnets: null }
  const subnets = reading.data.subnets.map((subnet) => subnetOf(state, subnet, reading.decimals))
  return { demo: state.demo, block: reading.block ?? null, subnets }
}

/** One subnet; undefined if it is not among the current data. */
export function subnetNow(state: WebState, netuid: number): Subnet | undefined {
  const reading = state.latest.of(subnetsCollector)
  const subnet = reading?.data.subnets.find((each) => each.netuid === netuid)
  return subnet && subnetOf(state, subnet, reading?.decimals)
}

function subnetOf(
  state: WebState,
  { netuid, pool, ...subnet }: ChainSubnet,
  decimals: Decimals | undefined,
): Subnet {
  const amount = amountsIn(decimals)
  return {
    netuid,
    name: subnet.name === '' ? null : subnet.name,
    symbol: subnet.symbol === '' ? null : subnet.symbol,
    owner_coldkey: subnet.ownerColdkey ?? null,
    owner_hotkey: subnet.ownerHotkey ?? null,
    neurons: subnet.neurons,
    neurons_limit: subnet.neuronsLimit ?? null,
    tempo_blocks: subnet.tempo ?? null,
    blocks_since_epoch: subnet.sinceEpoch ?? null,
    immunity_period_blocks: subnet.immunityPeriod ?? null,
    activity_cutoff_blocks: subnet.activityCutoff ?? null,
    registration_cost_tao: amount(subnet.registrationCost),
    collateral_lock_ratio: subnet.collateralLock ?? null,
    consensus: subnet.consensus ?? null,
    alpha_price_tao: numberOf(pool?.price),
    alpha_price_moving_tao: numberOf(pool?.movingPrice),
    pool_tao: amount(pool?.tao),
    pool_alpha: amount(pool?.alphaIn),
    outstanding_alpha: amount(pool?.alphaOut),
    staked_alpha: amount(pool?.alphaStaked),
    neurons_read: neuronsRead(neuronsOf(state, netuid)),
  }
}

/** One subnet. Throws RequestError: 503 without fresh data, 404 if the subnet is not read. */
export function requiredSubnet(state: WebState, netuid: number): OneSubnet {
  const reading = state.latest.of(subnetsCollector)
  if (reading === undefined) throw nothingFresh('subnets')
  const subnet = subnetNow(state, netuid)
  if (subnet === undefined) throw notRead(netuid, reading.data.subnets)
  return { demo: state.demo, block: reading.block ?? null, subnet }
}

export const nothingFresh = (what: string): RequestError =>
  new RequestError(503, `There is no fresh data of ${what}: see the collectors.`)

export const notRead = (netuid: number, read: readonly { readonly netuid: number }[]): RequestError => {
  const netuids = read.map((subnet) => subnet.netuid)
  const which = netuids.length === 0 ? 'none' : netuids.join(', ')
  return new RequestError(
    404,
    `Subnet ${netuid} does not exist or is not read. Subnets that are read: ${which}.`,
  )
}

/** The neurons of a subnet that are known, as columns. */
export const neuronsOf = ({ latest }: WebState, netuid: number): NeuronRows | undefined =>
  latest.of(neuronsCollector)?.data.subnets.find((subnet) => subnet.netuid === netuid)

const neuronsRead = (subnet: NeuronRows | undefined): Subnet['neurons_read'] =>
  subnet === undefined ? 'none' : selectionOf(subnet)

/** Whether all neurons of a subnet are read, or those of watched hotkeys alone. */
export const selectionOf = ({ selected }: NeuronRows): 'all' | 'watched' =>
  selected === 'all' ? 'all' : 'watched'

const numberOf = (price: Price | undefined): number | null =>
  price === undefined ? null : priceNumber(price)
