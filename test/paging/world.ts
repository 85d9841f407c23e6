import { inventedAddress } from '../../src/demo/names.ts'
import type { Address } from '../../src/chain/address.ts'
import type { Expectation } from '../../src/scope/expectation.ts'
import { SimulatedChain } from '../../src/demo/chain.ts'
import { ROOT_NETUID } from '../../src/chain/subnet.ts'
import type { KeyConfig } from '../../src/config/config.ts'
import { shortMs } from './shortened.ts'

export const BLOCK_MS = shortMs('12s')

/** The subnet with room, where most watched neurons are, and a full one. */
export const ROOMY = 3
export const FULL = 4
/** Subnets without watched neurons: the alpha of one loses its value, the owner of another changes, and the last is dissolved. */
export const FALLING = 5
export const SOLD = 6
export const ENDING = 7

const NEURONS = 16

const addressOf = (name: string): Address => inventedAddress(`paging/${name}`)

/** The coldkey that most watched hotkeys belong to. */
export const OWNER = addressOf('owner')

/** Watched coldkeys, each for one fault. */
const COLDKEYS = [
  'treasury',
  'vault',
  'drained',
  'staked',
  'deposits',
  'purse',
  'leaving',
  'contested',
  'named',
  'emptied',
  'investor',
  'delegator',
]

/** Watched hotkeys, each for one fault, by their UIDs. */
const HOTKEYS = [
  'signer',
  'moved',
  'permit',
  'idle',
  'overdue',
  'tardy',
  'gone',
  'unstaked',
  'unlike',
  'parent',
  'taking',
]

const EXPECT: Readonly<Record<string, Expectation>> = {
  purse: { minFreeTao: '10' },
  moved: { coldkey: addressOf('treasury') },
  unlike: { active: true },
}

const key = (role: KeyConfig['role'], name: string): KeyConfig => ({
  name,
  role,
  address: addressOf(name),
  expect: EXPECT[name],
})

export const KEYS: readonly KeyConfig[] = [
  ...COLDKEYS.map((name) => key('coldkey', name)),
  ...HOTKEYS.map((name) => key('hotkey', name)),
  key('hotkey', 'last'),
]

/** The address of a watched key; throws for a name that is none. */
export function watched(name: string): Address {
  const found = KEYS.find((each) => each.name === name)
  if (found === undefined) throw new RangeError(`${name} is not watched`)
  return found.address
}

/** The hotkey of somebody else to which a watched coldkey delegates. */
export const DELEGATE = addressOf('delegate')

/** The UID of a watched neuron on its subnet, as the chain began. */
export const uidOf = (name: string): number => (name === 'last' ? 0 : HOTKEYS.indexOf(name))

/** Whose the stake on the delegate is, in parts. */
export const DELEGATED: ReadonlyMap<Address, number> = new Map([
  [addressOf('somebody'), 1],
  [addressOf('delegator'), 1],
])

/** A chain on which all is well for each watched key, and that stands still but for its blocks. */
export function calmChain(): SimulatedChain {
  const chain = new SimulatedChain({
    spec: 423,
    subnets: [ROOT_NETUID, ROOMY, FULL, FALLING, SOLD, ENDING],
    neurons: NEURONS,
    limit: (netuid) => (netuid === FULL ? NEURONS : 256),
    startHeight: 8_000_000,
    startTime: Date.now(),
    blockTimeMs: BLOCK_MS,
    still: true,
    keepBlocks: 300,
    // With polls of 30 s a block is then at most 54 s old; 60 s are the threshold.
    finalityLag: 1,
    placed: [
      ...[...HOTKEYS, 'last'].map((name) => ({
        hotkey: addressOf(name),
        coldkey: name === 'moved' ? addressOf('treasury') : OWNER,
        netuids: [name === 'last' ? FULL : ROOMY],
        stake: 25_000,
      })),
      { hotkey: addressOf('fund'), coldkey: addressOf('investor'), netuids: [FALLING], stake: 25_000 },
      { hotkey: DELEGATE, coldkey: addressOf('somebody'), netuids: [SOLD], stake: 25_000 },
    ],
  })
  for (const name of COLDKEYS) chain.setBalance(addressOf(name), { nonce: 7, free: 10_300_000_000n })
  // It never signed anything, and all it has is less than what counts as a fall.
  chain.setBalance(addressOf('emptied'), { nonce: 0, free: 300_000_000n })
  chain.setPortions(SOLD, DELEGATE, DELEGATED)
  chain.setIdentity(addressOf('named'), 'Good name')
  for (const [uid, name] of HOTKEYS.entries()) {
    chain.setPermit(ROOMY, uid, name !== 'unlike')
    chain.setActive(ROOMY, uid, true)
    chain.setWeights(ROOMY, uid)
  }
  // To register anew is no loss of a balance.
  chain.setSubnet(ROOMY, { burn: 500_000n })
  // Nobody is below the median.
  const same = (value: number) => Array.from({ length: NEURONS }, () => value)
  for (const netuid of [ROOMY, FULL])
    chain.setSubnet(netuid, { validatorTrust: same(60_000), incentive: [same(4096)], dividends: same(4096) })
  const old = Array.from({ length: NEURONS }, () => chain.height - 100_000)
  chain.setSubnet(FULL, { registeredAt: old })
  chain.advance(chain.finalityLag + 1)
  return chain
}
