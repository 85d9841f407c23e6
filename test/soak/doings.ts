import type { Address } from '../../src/chain/address.ts'
import type { KeyConfig } from '../../src/config/config.ts'
import { SimulatedChain } from '../../src/demo/chain.ts'
import { inventedAddress } from '../../src/demo/names.ts'
import type { Random } from '../../src/demo/random.ts'

const validator = inventedAddress('soak/validator')
const miner = inventedAddress('soak/miner')
const treasury = inventedAddress('soak/treasury')
const owner = inventedAddress('soak/owner')
const delegator = inventedAddress('soak/delegator')

const NETUIDS = [0, 1, 7]
const NEURONS = 8

/** The keys that are watched, with something expected of each. */
export const KEYS: readonly KeyConfig[] = [
  {
    name: 'validator',
    role: 'hotkey',
    address: validator,
    expect: {
      coldkey: treasury,
      netuids: [1],
      validatorPermit: true,
      active: true,
      maxUpdatedBlocks: 60,
    },
  },
  { name: 'miner', role: 'hotkey', address: miner, expect: { netuids: [7], minFreeTao: '1' } },
  { name: 'treasury', role: 'coldkey', address: treasury, expect: { minFreeTao: '40' } },
]

/** A lively chain with the watched keys on it. Chains of different seeds have the same keys and other values. */
export const soakChain = (seed: number, spec: number, startHeight: number): SimulatedChain =>
  new SimulatedChain({
    seed,
    spec,
    subnets: NETUIDS,
    neurons: NEURONS,
    // All but root are full, so that who registers pushes somebody out.
    limit: () => NEURONS,
    startHeight,
    keepBlocks: 1000,
    placed: [
      { hotkey: validator, coldkey: treasury, netuids: [0, 1], stake: 25_000 },
      { hotkey: miner, coldkey: owner, netuids: [1, 7], stake: 4000 },
    ],
    busy: [validator, miner, treasury],
  })

/** Something that happens on a chain besides what it does by itself. */
type Doing = (chain: SimulatedChain, random: Random) => void

const onSubnet = (chain: SimulatedChain, netuid: number, hotkey: Address): number =>
  chain.stateAt(chain.height)?.block.subnets.get(netuid)?.keys.indexOf(hotkey) ?? -1

/** The height at which the miner was last told to go or come, which it does in the block after. */
const minerMovedAt = new WeakMap<SimulatedChain, number>()

const DOINGS: readonly Doing[] = [
  (chain, random) => {
    chain.setBalance(treasury, {
      free: random.amount(80),
      reserved: random.amount(2),
      frozen: random.amount(1),
    })
  },
  (chain, random) => {
    chain.sign(random.pick([validator, miner, treasury]) ?? treasury, random.amount(0.2))
  },
  // Whoever comes to have a part signs for it, which is how new positions are noticed.
  (chain, random) => {
    const mine = random.pick([0, 1, 3]) ?? 1
    chain.setPortions(
      random.pick([0, 1]) ?? 1,
      validator,
      new Map([
        [treasury, mine],
        [delegator, 4 - mine],
      ]),
    )
    chain.sign(treasury)
  },
  (chain, random) => {
    chain.setIdentity(treasury, random.pick([undefined, 'Soak & Sons', 'Ünïcode ☂']))
  },
  (chain, random) => {
    const announcedFor = chain.height + random.below(7200)
    chain.setSwap(
      treasury,
      random.pick([undefined, { announcedFor }, { announcedFor, disputedAt: chain.height }]),
    )
  },
  (chain, random) => {
    const children = [[1n, delegator]] as const
    const pending = { children: random.chance(0.5) ? children : [], from: chain.height + 7200 }
    chain.setPendingChildren(1, validator, random.pick([undefined, pending]))
  },
  // The miner loses its place on a subnet, or takes that of another.
  (chain, random) => {
    if (minerMovedAt.get(chain) === chain.height) return
    minerMovedAt.set(chain, chain.height)
    const uid = onSubnet(chain, 7, miner)
    const other = { hotkey: inventedAddress(`soak/other-${chain.height}`), coldkey: delegator }
    if (uid === -1) chain.replaceNeuron(7, 2 + random.below(NEURONS - 2), { hotkey: miner, coldkey: owner })
    else chain.replaceNeuron(7, uid, other)
  },
  (chain, random) => {
    chain.setTake(validator, random.below(11_797))
  },
  (chain, random) => {
    const netuid = random.pick(NETUIDS) ?? 1
    chain.setWeights(netuid, random.below(NEURONS), 0)
  },
  (chain, random) => {
    const netuid = random.pick([0, 1]) ?? 1
    const uid = onSubnet(chain, netuid, validator)
    if (uid !== -1) chain.setPermit(netuid, uid, random.chance(0.7))
  },
  (chain, random) => {
    const netuid = random.pick([1, 7]) ?? 1
    const tempo = 20 + random.below(300)
    chain.setSubnet(netuid, { tempo, immunityPeriod: random.below(3000), minNonImmuneUids: random.below(9) })
  },
  // A minute, or a day, forward or back.
  (chain, random) => {
    chain.shiftClock(Math.round(random.between(-1, 1) * (random.chance(0.5) ? 60_000 : 86_400_000)))
  },
]

/** Lets something happen in the next block. */
export function doSomething(chain: SimulatedChain, random: Random): void {
  random.pick(DOINGS)?.(chain, random)
}
