import type { Address } from '../chain/address.ts'
import { NETUID_LIMIT } from '../chain/subnet.ts'
import type { StorageValue } from './encode.ts'
import type { StateAt } from './state.ts'
import type { SubnetState } from './subnet.ts'

/** The type of a storage key part, as the runtime's metadata names it. */
export type KeyType = 'u16' | 'u32' | 'AccountId32' | 'Bytes'

/** A storage key part after decoding; bytes are 0x hex. */
export type KeyPart = number | Address | `0x${string}`

/** One storage item: the specs that have it, and how its value follows from the state. */
export interface Item {
  readonly pallet: string
  readonly name: string
  readonly keys: readonly KeyType[]
  readonly from: number
  /** The last spec that has it; Infinity for those the newest known runtime has. */
  readonly to: number
  readonly read: (state: StateAt, ...keys: readonly KeyPart[]) => StorageValue
}

/** The newest known runtime has it. */
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

/** Keyed by netuid; what the runtime answers for a subnet that does not exist is its default. */
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

/** Keyed by netuid, from spec 320 by netuid + 4096 × mechanism (subnets/mechanism.rs:35). */
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

/** The epoch stopped writing them, and a migration emptied them, at spec 365 (commit 8fb5c3688). */
export const untilEmptied = (name: string, read: (subnet: SubnetState) => readonly number[]): Item =>
  ofSubnet(name, [101, 396], [], (subnet, state) => (state.block.spec >= 365 ? [] : read(subnet)))

/** An item of SubtensorModule, keyed by what else there is. */
export const ofKey = (
  name: string,
  keys: readonly KeyType[],
  specs: Specs,
  read: (state: StateAt, ...keys: readonly KeyPart[]) => StorageValue,
): Item => item('SubtensorModule', name, keys, specs, read)
