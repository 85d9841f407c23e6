import pLimit from 'p-limit'
import type { View } from '../view.ts'
import { readChanges, withPatience, type Changes, type Patience } from './changes.ts'
import { needsFullRefresh } from './turn.ts'
import type { PreviousSubnet, UidSelection, SubnetReading } from './neuron-reading.ts'
import { readSubnetNeurons } from './neuron.ts'

/** The neurons of the selected subnets at one block, and what is needed to read on from there. */
export interface NeuronTable {
  readonly height: number
  readonly specVersion: number
  readonly subnets: readonly SubnetReading[]
  readonly unreadablePolls: Patience['unreadablePolls']
}

/** Reads that a row has waiting at a time. */
const READS_OF_ROW = 2

/** Reads that a subnet has waiting at a time while its rows are not read: its vectors. Enough subnets keep the client busy. */
const READS_OF_SUBNET = 32

const NOBODY: PreviousSubnet['watched'] = new Set<string>()

/**
 * Reads the selected neurons. With the table of an earlier block only what can have changed since is read: see
 * readSubnetNeurons. Subnets come due for a whole reading one after another, not all at once.
 * @param watched has the hotkeys whose stakes are read each time while blocks cannot be read.
 */
export async function readNeuronTable(
  view: View,
  rows: ReadonlyMap<number, UidSelection>,
  previous: NeuronTable | undefined,
  watched: { has(hotkey: string): boolean } = NOBODY,
): Promise<NeuronTable> {
  const { height } = view.block
  const { specVersion } = view.layout
  const usable = previous?.specVersion === specVersion ? previous : undefined
  const told = usable === undefined ? undefined : await view.shared(readChanges, usable.height)
  const { changes, unreadablePolls } = withPatience(told, usable?.unreadablePolls ?? 0)
  const before = new Map(usable?.subnets.map((subnet) => [subnet.netuid, subnet]))
  // What waits is kept and moved by garbage collection: with all rows at once that takes as long as the requests.
  const atOnce = pLimit(Math.ceil(view.readsAtOnce / READS_OF_SUBNET))
  const rowsAtOnce = pLimit(Math.ceil(view.readsAtOnce / READS_OF_ROW))
  const subnets = await Promise.all(
    Array.from(rows, ([netuid, selected]) => {
      const cached = knownSince(before.get(netuid), usable, changes, watched, height)
      return atOnce(() => readSubnetNeurons(view, netuid, selected, cached, rowsAtOnce))
    }),
  )
  return { height, specVersion, subnets, unreadablePolls }
}

/** What a subnet can be read on from; undefined when it is to be read whole. */
function knownSince(
  known: SubnetReading | undefined,
  table: NeuronTable | undefined,
  changes: Changes | undefined,
  watched: PreviousSubnet['watched'],
  height: number,
): PreviousSubnet | undefined {
  if (known === undefined || table === undefined || changes === undefined) return undefined
  if (needsFullRefresh(known.netuid, known.wholeAt, height)) return undefined
  return { subnet: known, height: table.height, changes, watched }
}
