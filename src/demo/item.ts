import type { Address } from '../chain/address.ts'
import { NETUID_LIMIT } from '../chain/subnet.ts'
import type { StorageValue } from './encode.ts'
import type { StateAt } from './state.ts'
import type { SubnetState } from './subnet.ts'

/** The type of a storage key part, as named in the runtime's metadata. */
export type KeyType = 'u16' | 'u32' | 'AccountId32' | 'Bytes'

/** A storage key part after decoding; bytes are 0x hex. */
export type KeyPart = number | Address | `0x${string}`

/** A storage item: the specs that have it, and how its value is derived from the state. */
export interface Item {
  readonly pallet: string
  readonly name: string
  readonly keys: readonly KeyType[]
  readonly from: number
  /** The last spec that has it; Infinity if the newest known runtime has it. */
  readonly to: number
  readonly read: (state: StateAt, ...keys: readonly KeyPart[]) => StorageValue
}

/** `to` of items that the newest known runtime has. */
export const NOW = Infinity

/** An item of any pallet. */
export const item = (
  pallet: string,
  name: string,
  keys: readonly KeyType[],
  [from, to]: readonly [number, number],
  read: Item['read'],
): Item => ({ pallet, name, keys, from, to, read })

type Specs = readonly [number, number]
type Default = StorageValue | ((spec: number) => StorageValue)

const defaultAt = (value: Default, state: StateAt): StorageValue =>
  typeof value === 'function' ? value(state.block.spec) : value

/** An item keyed by netuid. `missing` is the default, which the runtime returns for a subnet that does not exist. */
export const ofSubnet = (
  name: string,
  specs: Specs,
  missing: Default,
  read: (subnet: SubnetState, state: StateAt) => StorageValue,
  pallet = 'SubtensorModule',
): Item =>
  item(pallet, name, ['u16'], specs, (state, netuid) => {
    const subnet = state.block.subnets.get(Number(netuid))
    return subnet === undefined ? defaultAt(missing, state) : read(subnet, state)
  })

/** An item keyed by netuid, from spec 320 by netuid + 4096 × mechanism (subnets/mechanism.rs:35). */
export const ofMechanism = (
  name: string,
  read: (subnet: SubnetState) => readonly (readonly number[])[],
): Item =>
  item('SubtensorModule', name, ['u16'], [101, NOW], (state, index) => {
    const mechanism = Math.floor(Number(index) / NETUID_LIMIT)
    if (mechanism > 0 && state.block.spec < 320) return []
    const subnet = state.block.subnets.get(Number(index) % NETUID_LIMIT)
    return subnet === undefined ? [] : (read(subnet)[mechanism] ?? [])
  })

/** A vector that epochs no longer write from spec 365, when a migration emptied it (commit 8fb5c3688). */
export const untilEmptied = (name: string, read: (subnet: SubnetState) => readonly number[]): Item =>
  ofSubnet(name, [101, 396], [], (subnet, state) => (state.block.spec >= 365 ? [] : read(subnet)))

/** An item of SubtensorModule with any other keys. */
export const ofKey = (
  name: string,
  keys: readonly KeyType[],
  specs: Specs,
  read: (state: StateAt, ...keys: readonly KeyPart[]) => StorageValue,
): Item => item('SubtensorModule', name, keys, specs, read)
