import { deregistration, placeRows, recentRegistrations } from '../../collectors/deregistration.ts'
import { neurons } from '../../collectors/neurons.ts'
import { subnets } from '../../collectors/subnets.ts'
import { ROOT_NETUID } from '../../chain/subnet.ts'
import { neuronAt, neuronContext } from '../api/neurons.ts'
import type { Neuron } from '../api/schema.ts'
import type { Facts } from './facts.ts'

/** A watched neuron, as alerts judge it. */
export interface WatchedNeuron extends Neuron {
  readonly name: string
}

/** The watched neurons while their data is fresh; none otherwise. */
function watchedNeurons({ state, isStale }: Facts): readonly WatchedNeuron[] {
  const reading = state.latest.of(neurons)
  if (reading === undefined || isStale(neurons.name)) return []
  const { names } = reading.data
  return reading.data.subnets.flatMap(({ netuid, hotkeys }) => {
    const rows = hotkeys.flatMap((hotkey, row) => (names.has(hotkey) ? [row] : []))
    const context = rows.length === 0 ? undefined : neuronContext(state, netuid)
    if (context === undefined) return []
    return rows.map((row) => {
      const neuron = neuronAt(context, row)
      return { ...neuron, name: names.get(neuron.hotkey) ?? '' }
    })
  })
}

/** A watched validator outside root, where epochs judge activity. */
export interface WatchedValidator extends WatchedNeuron {
  readonly tempoBlocks: number | undefined
  readonly activityCutoffBlocks: number | undefined
}

export function watchedValidators(facts: Facts): readonly WatchedValidator[] {
  const known = facts.state.latest.of(subnets)?.data.subnets
  return watchedNeurons(facts)
    .filter(({ netuid, validator_permit: permit }) => netuid !== ROOT_NETUID && permit === true)
    .map((neuron) => {
      const subnet = known?.find(({ netuid }) => netuid === neuron.netuid)
      return { ...neuron, tempoBlocks: subnet?.tempo, activityCutoffBlocks: subnet?.activityCutoff }
    })
}

/** A watched neuron with its place in the order of deregistration. */
export interface RankedNeuron extends WatchedNeuron {
  readonly pruneRank: number
  readonly immunityEnds: number | undefined
  /** Registrations on its subnet in the last day. */
  readonly recent: number | undefined
}

/** The watched neurons on full subnets while their data is fresh; none otherwise. */
export function rankedNeurons(facts: Facts): readonly RankedNeuron[] {
  const reading = facts.state.latest.of(deregistration)?.data
  if (reading === undefined || facts.isStale(deregistration.name, neurons.name)) return []
  const watched = watchedNeurons(facts)
  return placeRows(reading).flatMap(({ netuid, uid, hotkey, pruneRank, immunityEnds }) => {
    const neuron = watched.find(
      (each) => each.netuid === netuid && each.uid === uid && each.hotkey === hotkey,
    )
    if (neuron === undefined || pruneRank === undefined) return []
    const subnet = reading.subnets.find((each) => each.netuid === netuid)
    const recent = subnet && recentRegistrations({ ...subnet, height: reading.height })
    return [{ ...neuron, pruneRank, immunityEnds, recent }]
  })
}
