import { NETUID_LIMIT } from '../../chain/subnet.ts'
import type { Address } from '../../chain/address.ts'
import type { Item, KeyPart } from '../item.ts'
import { MIGRATIONS } from '../key-items.ts'
import type { StateAt } from '../state.ts'

/**
 * Keys of an item that may have an entry at a height, in no order; those that have none must be left out by their values.
 * The simulation computes values from keys and keeps no list of entries, so the keys come from all it knows that could be one.
 *
 * @param first the first key part that is wanted, where only entries with that one are.
 */
export function possibleKeys(
  item: Item,
  state: StateAt,
  first: KeyPart | undefined,
): Iterable<readonly KeyPart[]> {
  const keys = SOURCES[item.keys.join(' ')]
  if (keys === undefined)
    throw new RangeError(`the simulation cannot list the entries of ${item.pallet}.${item.name}`)
  return keys(state, first)
}

type Source = (state: StateAt, first: KeyPart | undefined) => Iterable<readonly KeyPart[]>

/** By the types of the key parts. */
const SOURCES: Readonly<Record<string, Source>> = {
  '': () => [[]],
  u16: subnetIndexes,
  u32: recentHeights,
  Bytes: () => Object.keys(MIGRATIONS).map((name) => [name as `0x${string}`]),
  AccountId32: accounts,
  'u16 u16': neuronUids,
  'u16 AccountId32': subnetHotkeys,
  'AccountId32 u16': hotkeySubnets,
  'AccountId32 AccountId32': hotkeyColdkeys,
  'AccountId32 AccountId32 u16': hotkeyColdkeySubnets,
  'u16 AccountId32 AccountId32': function* (state) {
    for (const row of state.ledger.collateral.keys()) {
      const [netuid, hotkey, coldkey] = row.split('/')
      yield [Number(netuid), hotkey as Address, coldkey as Address]
    }
  },
}

/** Of subnets, and of their mechanisms. */
function* subnetIndexes({ block }: StateAt): Iterable<readonly KeyPart[]> {
  for (const { netuid, mechanisms } of block.subnets.values())
    for (let mechanism = 0; mechanism < mechanisms; mechanism++) yield [netuid + NETUID_LIMIT * mechanism]
}

function* recentHeights({ block }: StateAt): Iterable<readonly KeyPart[]> {
  yield [0]
  for (let height = Math.max(1, block.height - 4096); height < block.height; height++) yield [height]
}

function* accounts({ ledger }: StateAt): Iterable<readonly KeyPart[]> {
  const maps = [
    ...[ledger.accounts, ledger.owners, ledger.owned, ledger.takes, ledger.stakes],
    ...[ledger.delegations, ledger.swaps, ledger.identities, ledger.baskets],
  ]
  const all = new Set<Address>()
  for (const map of maps) for (const address of map.keys()) all.add(address)
  for (const address of all) yield [address]
}

function* neuronUids({ block }: StateAt, first: KeyPart | undefined): Iterable<readonly KeyPart[]> {
  for (const { netuid, keys } of block.subnets.values())
    if (first === undefined || first === netuid) for (const uid of keys.keys()) yield [netuid, uid]
}

/** Pairs `netuid/hotkey` that something is known of. */
function pairs({ block, ledger }: StateAt): ReadonlySet<string> {
  const all = new Set<string>()
  for (const { netuid, keys } of block.subnets.values())
    for (const hotkey of keys) all.add(`${netuid}/${hotkey}`)
  const maps = [ledger.alphas, ledger.portions, ledger.pendingChildren, ledger.endpoints, ledger.poolEpochs]
  for (const map of maps) for (const pair of map.keys()) all.add(pair)
  return all
}

function* subnetHotkeys(state: StateAt, first: KeyPart | undefined): Iterable<readonly KeyPart[]> {
  for (const pair of pairs(state)) {
    const [netuid, hotkey] = pair.split('/')
    if (first === undefined || first === Number(netuid)) yield [Number(netuid), hotkey as Address]
  }
}

function* hotkeySubnets(state: StateAt, first: KeyPart | undefined): Iterable<readonly KeyPart[]> {
  // Clients list the subnets of one hotkey.
  if (first !== undefined) for (const netuid of state.block.subnets.keys()) yield [first, netuid]
  else for (const pair of subnetHotkeys(state, undefined)) yield pair.toReversed()
}

function* hotkeyColdkeys(
  { ledger, block }: StateAt,
  first: KeyPart | undefined,
): Iterable<readonly KeyPart[]> {
  for (const hotkey of ledger.owners.keys()) {
    const coldkey = ledger.owners.get(hotkey, block.height)
    if (coldkey !== undefined && (first === undefined || first === hotkey)) yield [hotkey, coldkey]
  }
  for (const claim of ledger.claimed.keys()) {
    const [hotkey, coldkey] = claim.split('/')
    if (ledger.owners.get(hotkey as Address, block.height) !== coldkey)
      yield [hotkey as Address, coldkey as Address]
  }
}

function* hotkeyColdkeySubnets(state: StateAt, first: KeyPart | undefined): Iterable<readonly KeyPart[]> {
  const rows = new Set<string>(state.ledger.shareEpochs.keys())
  for (const [hotkey, netuid] of hotkeySubnets(state, first))
    for (const coldkey of state.portions(Number(netuid), hotkey as Address).keys())
      rows.add(`${String(netuid)}/${String(hotkey)}/${coldkey}`)
  for (const row of rows) {
    const [netuid, hotkey, coldkey] = row.split('/')
    yield [hotkey as Address, coldkey as Address, Number(netuid)]
  }
}
