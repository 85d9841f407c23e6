import type { Subnet } from '../../chain/subnet.ts'
import { UpstreamError } from '../../upstream/errors.ts'
import type { View } from '../view.ts'
import { readChanges, usableChanges, type Changes, type UsableChanges } from './changes.ts'
import { readSubnet } from '../subnet.ts'
import { readSettings, type PreviousSettings, type SettingsReading } from './subnet-settings.ts'

/** Subnets at one block, and the data to continue incrementally. */
export interface SubnetList {
  readonly height: number
  readonly specVersion: number
  readonly subnets: readonly Subnet[]
  /** By netuid. */
  readonly settings: ReadonlyMap<number, SettingsReading>
  readonly unreadablePolls: UsableChanges['unreadablePolls']
}

/** Reads existing subnets. With the list of an earlier block, reads only what can have changed since (see readSettings). */
export async function readSubnetList(
  view: View,
  netuids: readonly number[],
  previous: SubnetList | undefined,
): Promise<SubnetList> {
  const { height } = view.block
  const { specVersion } = view.layout
  const usable = previous?.specVersion === specVersion ? previous : undefined
  const found = usable === undefined ? undefined : await changesSince(view, usable.height)
  const { changes, unreadablePolls } = usableChanges(found, usable?.unreadablePolls ?? 0)
  const settings = new Map<number, SettingsReading>()
  const subnets = await Promise.all(
    netuids.map((netuid) =>
      readSubnet(view, netuid, async (lastEpoch) => {
        const previous = previousSettings(netuid, usable, changes, lastEpoch)
        const reading = await readSettings(view, netuid, lastEpoch, previous)
        settings.set(netuid, reading)
        return reading.values
      }),
    ),
  )
  return { height, specVersion, subnets, settings, unreadablePolls }
}

/** Changes since a height; undefined if blocks are unavailable, in which case all settings are read. */
async function changesSince(view: View, height: number): Promise<Changes | undefined> {
  try {
    return await view.shared(readChanges, height)
  } catch (error) {
    if (error instanceof UpstreamError) return undefined
    throw error
  }
}

function previousSettings(
  netuid: number,
  list: SubnetList | undefined,
  changes: Changes | undefined,
  lastEpoch: number | undefined,
): PreviousSettings | undefined {
  const reading = list?.settings.get(netuid)
  if (reading === undefined) return undefined
  return { reading, changes, epoch: lastEpoch === undefined || lastEpoch !== reading.lastEpoch }
}
