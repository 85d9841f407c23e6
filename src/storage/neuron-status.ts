import type { Address } from '../chain/address.ts'
import { NETUID_LIMIT } from '../chain/subnet.ts'
import { boolean, count } from '../upstream/decode.ts'
import type { View } from './view.ts'
import { readRegistrations } from './hotkey.ts'
import { ITEMS, type KnownItem } from './layout.ts'
import { readMechanismCount } from './mechanism.ts'
import { perNeuron } from './list.ts'
import { readSize } from './subnet.ts'

/** Reads a value of all neurons of a subnet. Resolves with a lookup by UID; undefined where the runtime does not compute it. */
type SubnetReader<Value> = (view: View, netuid: number) => Promise<(uid: number) => Value | undefined>

export const readPermits: SubnetReader<boolean> = (view, netuid) =>
  readFlags(view, netuid, ITEMS.validatorPermit)

export const readActives: SubnetReader<boolean> = (view, netuid) => readFlags(view, netuid, ITEMS.active)

/** The newest last update of all mechanisms. From spec 320 each has its own, at netuid + 4096 × mechanism (subnets/mechanism.rs:35). */
export const readNewestUpdates: SubnetReader<number> = async (view, netuid) => {
  const size = await view.shared(readSize, netuid)
  const mechanisms = (await view.shared(readMechanismCount, netuid)) ?? 1
  const indices = Array.from({ length: mechanisms }, (_, mechanism) => netuid + NETUID_LIMIT * mechanism)
  const updates = await Promise.all(
    indices.map((index) => view.read(ITEMS.lastUpdate, [index], perNeuron(size, count))),
  )
  return (uid) => {
    const heights = updates.map((vector) => vector?.[uid]).filter((height) => height !== undefined)
    return heights.length === 0 || heights.length < mechanisms ? undefined : Math.max(...heights)
  }
}

/** A hotkey's value on each of these subnets. */
export async function readNeuronStatus<Value>(
  view: View,
  hotkey: Address,
  netuids: readonly number[],
  reader: SubnetReader<Value>,
): Promise<readonly (Value | 'unregistered' | undefined)[]> {
  const registrations = await view.shared(readRegistrations, hotkey)
  const uids = new Map(registrations.map(({ netuid, uid }) => [netuid, uid]))
  return Promise.all(
    netuids.map(async (netuid) => {
      const uid = uids.get(netuid)
      return uid === undefined ? 'unregistered' : (await view.shared(reader, netuid))(uid)
    }),
  )
}

async function readFlags(view: View, netuid: number, item: KnownItem) {
  const size = await view.shared(readSize, netuid)
  const flags = await view.read(item, [netuid], perNeuron(size, boolean))
  return (uid: number): boolean | undefined => flags?.[uid]
}
