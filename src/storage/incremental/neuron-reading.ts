import type { Address } from '../../chain/address.ts'
import type { SubnetNeurons } from '../../chain/neuron.ts'
import type { Changes } from './changes.ts'

/** Which neurons of a subnet to read: every one, or these UIDs, whose hotkeys are known. */
export type UidSelection = 'all' | ReadonlyMap<number, Address>

/** The neurons of a subnet, and what tells later whether they are still so. */
export interface SubnetReading extends SubnetNeurons {
  readonly selected: UidSelection
  /** Neurons on the subnet, whichever are selected. */
  readonly size: number
  /** Height of its last epoch, 0 for none; undefined when that is not known: then every poll may follow an epoch. */
  readonly lastEpoch: number | undefined
  /** LastUpdate by mechanism, of all neurons. */
  readonly updates: readonly (readonly number[] | undefined)[]
  readonly mechanismWeights: readonly number[]
  readonly vectors: Vectors
  /** Height of the last whole reading. */
  readonly wholeAt: number
}

/** A subnet as it was read at an earlier height, and what happened since. */
export interface PreviousSubnet {
  readonly subnet: SubnetReading
  readonly height: number
  readonly changes: Changes
  /** Hotkeys whose stakes are read each time while blocks are missing. */
  readonly watched: { has(hotkey: string): boolean }
}

/** What the chain writes at epochs, of all neurons, as it was last read. */
export type Vectors = Columns & { readonly immunityPeriod: number | undefined }

export type Columns = Pick<SubnetNeurons, 'scores' | 'incentive' | 'emission' | 'validatorPermit' | 'active'>
