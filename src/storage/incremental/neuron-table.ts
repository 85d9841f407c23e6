import pLimit from 'p-limit'
import type { View } from '../view.ts'
import { readChanges, usableChanges, type Changes, type UsableChanges } from './changes.ts'
import { needsFullRefresh } from './full-refresh.ts'
import type { PreviousSubnet, UidSelection, SubnetReading } from './neuron-reading.ts'
import { readSubnetNeurons } from './neuron.ts'

/** The neurons of the selected subnets at one block, and the data to continue incrementally. */
export interface NeuronTable {
  readonly height: number
  readonly specVersion: number
  readonly subnets: readonly SubnetReading[]
  readonly unreadablePolls: UsableChanges['unreadablePolls']
}

/** Rows are read in groups, each item of a group at once; so many groups in parallel keep the client busy. */
const GROUPS_AT_ONCE = 16

/** Reads in flight per subnet before its rows: its vectors. This many subnets in parallel keep the client busy. */
const READS_OF_SUBNET = 32

const NOBODY: PreviousSubnet['watched'] = new Set<string>()

/**
 * Reads the selected neurons. With the table of an earlier block, reads only what can have changed since (see
 * readSubnetNeurons). Full reads of the subnets are spread over time.
 * @param watched contains the hotkeys whose stakes are read at every poll while blocks cannot be read.
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
  const found = usable === undefined ? undefined : await view.shared(readChanges, usable.height)
  const { changes, unreadablePolls } = usableChanges(found, usable?.unreadablePolls ?? 0)
  const before = new Map(usable?.subnets.map((subnet) => [subnet.netuid, subnet]))
  // What waits is kept and moved by garbage collection: with all rows at once that takes as long as the requests.
  const atOnce = pLimit(Math.ceil(view.readsAtOnce / READS_OF_SUBNET))
  const groups = { atOnce: pLimit(GROUPS_AT_ONCE), rowsOfGroup: Math.ceil(view.readsAtOnce / GROUPS_AT_ONCE) }
  const subnets = await Promise.all(
    Array.from(rows, ([netuid, selected]) => {
      const cached = previousSubnet(before.get(netuid), usable, changes, watched, height)
      return atOnce(() => readSubnetNeurons(view, netuid, selected, cached, groups))
    }),
  )
  return { height, specVersion, subnets, unreadablePolls }
}

/** The earlier reading from which a subnet can be continued; undefined if it must be read completely. */
function previousSubnet(
  cached: SubnetReading | undefined,
  table: NeuronTable | undefined,
  changes: Changes | undefined,
  watched: PreviousSubnet['watched'],
  height: number,
): PreviousSubnet | undefined {
  if (cached === undefined || table === undefined || changes === undefined) return undefined
  if (needsFullRefresh(cached.netuid, cached.wholeAt, height)) return undefined
  return { subnet: cached, height: table.height, changes, watched }
}
