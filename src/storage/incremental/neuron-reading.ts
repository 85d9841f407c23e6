import type { Address } from '../../chain/address.ts'
import type { SubnetNeurons } from '../../chain/neuron.ts'
import type { Changes } from './changes.ts'

/** The neurons of a subnet to read: all, or these UIDs with their hotkeys. */
export type UidSelection = 'all' | ReadonlyMap<number, Address>

/** The neurons of a subnet, and the data to detect changes later. */
export interface SubnetReading extends SubnetNeurons {
  readonly selected: UidSelection
  /** Number of neurons on the subnet, regardless of the selection. */
  readonly size: number
  /** Height of the last epoch, 0 without one. Undefined if unknown; every poll is then treated as following an epoch. */
  readonly lastEpoch: number | undefined
  /** LastUpdate of all neurons, by mechanism. */
  readonly updates: readonly (readonly number[] | undefined)[]
  readonly mechanismWeights: readonly number[]
  readonly vectors: Vectors
  /** Height of the last full read. */
  readonly wholeAt: number
}

/** The reading of a subnet at an earlier height, and the changes since. */
export interface PreviousSubnet {
  readonly subnet: SubnetReading
  readonly height: number
  readonly changes: Changes
  /** Hotkeys whose stakes are read at every poll while blocks are missing. */
  readonly watched: { has(hotkey: string): boolean }
}

/** The values of all neurons that the chain writes at epochs, as last read. */
export type Vectors = Columns & { readonly immunityPeriod: number | undefined }

export type Columns = Pick<SubnetNeurons, 'scores' | 'incentive' | 'emission' | 'validatorPermit' | 'active'>
