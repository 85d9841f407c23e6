import { describe, expect, test } from 'vitest'
import { isAddress } from '../../src/chain/address.ts'
import { ARTICLE } from '../../src/demo/article.ts'
import { SimulatedChain } from '../../src/demo/chain.ts'
import { itemsOf } from '../../src/demo/items.ts'
import type { Truth } from '../../src/demo/truth.ts'
import { read, small, subnetOf } from './small.ts'

/** The truth as plain data, to compare. */
const data = (truth: Truth): unknown => ({
  ...Object.fromEntries(Object.entries(truth).filter(([, value]) => typeof value !== 'function')),
  accounts: [...truth.subnets.values()].flatMap(({ neurons }) =>
    neurons.flatMap(({ hotkey, coldkey }) => [truth.account(hotkey), truth.account(coldkey)]),
  ),
})

describe('a chain', () => {
  test('is the same for the same seed, and another for another', () => {
    const [one, two, other] = [small(), small(), small({ seed: 2 })]
    for (const chain of [one, two, other]) chain.advance(150)
    expect(data(one.truth(one.height))).toEqual(data(two.truth(two.height)))
    expect(one.hashAt(one.height)).toBe(two.hashAt(two.height))
    expect(data(one.truth(one.height))).not.toEqual(data(other.truth(other.height)))
    expect(one.hashAt(one.height)).not.toBe(other.hashAt(other.height))
  })

  test('keeps what it said of a height while it moves on', () => {
    const chain = small()
    chain.advance(20)
    const { height } = chain
    const before = data(chain.truth(height))
    chain.advance(150)
    expect(data(chain.truth(height))).toEqual(before)
    expect(data(chain.truth(chain.height))).not.toEqual(before)
  })

  test('discards state below the blocks it keeps, and all of it that is kept can be read', () => {
    const chain = small({ keepBlocks: 10 })
    chain.advance(30)
    expect(chain.oldestHeight).toBe(chain.height - 10)
    for (let height = chain.oldestHeight; height <= chain.height; height++)
      expect(chain.truth(height).height).toBe(height)
    expect(chain.stateAt(chain.oldestHeight - 1)).toBeUndefined()
    expect(() => chain.truth(chain.oldestHeight - 1)).toThrow(RangeError)
    expect(() => chain.truth(chain.height + 1)).toThrow(RangeError)
  })

  test('knows its hashes by height and no others', () => {
    const chain = small()
    expect(chain.heightOf(chain.hashAt(chain.height))).toBe(chain.height)
    expect(chain.heightOf(chain.hashAt(chain.height + 1))).toBeUndefined()
    expect(chain.heightOf(`0x${'f'.repeat(64)}`)).toBeUndefined()
    expect(chain.heightOf(small({ seed: 2 }).hashAt(chain.height))).toBeUndefined()
  })

  test('advances by 12 seconds per block, and finality lags', () => {
    const chain = small({ startHeight: 1000, startTime: 5_000_000, finalityLag: 3 })
    expect([chain.height, chain.finalizedHeight]).toEqual([1000, 997])
    expect(chain.truth(1000).timestamp).toBe(5_000_000)
    chain.advance(2)
    expect([chain.height, chain.finalizedHeight]).toEqual([1002, 999])
    expect(chain.truth(1002).timestamp).toBe(5_024_000)
  })

  test('does nothing but count blocks when it is still', () => {
    const chain = small({ still: true })
    const before = subnetOf(chain, 1)
    chain.advance(200)
    expect(subnetOf(chain, 1)).toEqual(before)
  })

  test('has the subnets it was asked for', () => {
    expect([...small({ subnets: 3 }).truth().subnets.keys()]).toEqual([0, 1, 2])
    expect([
      ...small({ subnets: [3, 11] })
        .truth()
        .subnets.keys(),
    ]).toEqual([3, 11])
  })

  test('has the neuron of the article with its numbers', () => {
    const chain = new SimulatedChain({ spec: 103, subnets: [1], neurons: 1200, article: true })
    const truth = chain.truth()
    const neuron = truth.subnets.get(1)!.neurons[ARTICLE.uid]
    expect(neuron).toMatchObject({
      hotkey: ARTICLE.hotkey,
      coldkey: ARTICLE.coldkey,
      stake: 785_266_577_834_045n,
      dividends: 15_025,
      validatorTrust: 57_930,
      emission: 11_463_921_703n,
      lastUpdate: [truth.height - 246],
      incentive: [0],
      active: true,
      validatorPermit: true,
    })
    expect(truth.account(ARTICLE.coldkey)).toMatchObject({ nonce: 12, free: 500_001_000n })
    expect(truth.account(ARTICLE.hotkey)).toMatchObject({ nonce: 444, free: 860_000n })
  })
})

describe.each([103, 200, 240, 300, 330, 381, 410, 424, 475])('at spec %i, after 800 blocks', (spec) => {
  const chain = small({ spec, neurons: (netuid) => (netuid === 3 ? 256 : 40), keepBlocks: 8 })
  chain.advance(800)
  const { height } = chain
  const truth = chain.truth(height)

  test('keys and UIDs are each other’s inverse', () => {
    for (const [netuid, { neurons }] of truth.subnets) {
      expect(new Set(neurons.map(({ hotkey }) => hotkey)).size).toBe(neurons.length)
      for (const { uid, hotkey } of neurons) {
        expect(isAddress(hotkey)).toBe(true)
        expect(read(chain, height, 'Keys', netuid, uid)).toBe(hotkey)
        expect(read(chain, height, 'Uids', netuid, hotkey)).toBe(uid)
        expect(read(chain, height, 'IsNetworkMember', hotkey, netuid)).toBe(true)
      }
    }
  })

  test('every vector has one element per neuron, or none where it is not computed', () => {
    const emptied = spec >= 365 ? ['Rank', 'Trust', 'PruningScores'] : []
    const vectors = [
      'Consensus',
      'Incentive',
      'Dividends',
      'Emission',
      'LastUpdate',
      'ValidatorTrust',
      'Active',
    ]
    const names = itemsOf(spec).map(({ name }) => name)
    for (const netuid of truth.subnets.keys()) {
      const size = read(chain, height, 'SubnetworkN', netuid)
      expect(size).toBeGreaterThan(0)
      for (const name of [...vectors, 'ValidatorPermit'])
        expect(read(chain, height, name, netuid)).toHaveLength(Number(size))
      for (const name of emptied.filter((item) => names.includes(item)))
        expect(read(chain, height, name, netuid)).toEqual([])
    }
    expect(names.includes('Rank')).toBe(spec < 397)
  })

  test('owners and owned hotkeys agree, and stakes add up', () => {
    for (const { neurons } of truth.subnets.values())
      for (const { hotkey, coldkey } of neurons) {
        expect(truth.owner(hotkey)).toBe(coldkey)
        expect(chain.stateAt(height)!.owned(coldkey)).toContain(hotkey)
      }
    if (spec > 232) return
    const hotkeys = new Set([...truth.subnets.values()].flatMap(({ keys }) => keys))
    const sum = [...hotkeys].reduce((total, hotkey) => total + truth.stake(hotkey), 0n)
    expect(read(chain, height, 'TotalStake')).toBe(sum)
  })

  test('neurons came and went, and the values are of plausible size', () => {
    const before = small({ spec, neurons: (netuid) => (netuid === 3 ? 256 : 40) }).truth()
    const [was, is] = [before.subnets.get(3)!, truth.subnets.get(3)!]
    expect(is.keys).toHaveLength(256)
    expect(is.keys.filter((key) => !was.keys.includes(key)).length).toBeGreaterThan(3)
    expect(truth.subnets.get(1)!.keys.length).toBeGreaterThan(40)
    expect(is.tao).toBeGreaterThan(0n)
    expect(is.alphaOut).toBeGreaterThan(0n)
    expect(is.burn >= 500_000n && is.burn <= 126_000_000_000n).toBe(true)
    for (const scores of [
      is.dividends,
      is.incentive[0]!,
      is.rank,
      is.consensus,
      is.validatorTrust,
      is.stakeWeight,
    ]) {
      expect(Math.max(...scores)).toBeGreaterThan(0)
      expect(scores.every((score) => Number.isInteger(score) && score >= 0 && score <= 65_535)).toBe(true)
    }
    expect(is.validatorPermit.filter(Boolean).length).toBeGreaterThan(10)
    expect(is.active.filter(Boolean).length).toBeGreaterThan(10)
    expect(Math.max(...is.lastUpdate[0]!)).toBeGreaterThan(height - 100)
  })
})

describe('epochs', () => {
  /** Heights at which the epoch of a subnet ran, which changed its incentive. */
  const changes = (chain: SimulatedChain, netuid: number, blocks: number): number[] => {
    const heights: number[] = []
    for (let made = 0; made < blocks; made++) {
      const before = subnetOf(chain, netuid).lastEpoch
      chain.advance()
      const { lastEpoch, incentive } = subnetOf(chain, netuid)
      if (lastEpoch === before) continue
      expect(incentive).not.toEqual(subnetOf(chain, netuid, chain.height - 1).incentive)
      heights.push(chain.height)
    }
    return heights
  }

  test('to spec 422 run when (block + netuid + 1) mod (tempo + 1) is 0', () => {
    const heights = changes(small({ spec: 422 }), 1, 250)
    expect(heights).toHaveLength(heights.filter((height) => (height + 2) % 100 === 0).length)
    expect(heights.length).toBeGreaterThanOrEqual(2)
  })

  test('from spec 423 run a tempo after the last one', () => {
    const chain = small({ spec: 423 })
    const first = subnetOf(chain, 1).lastEpoch
    const heights = changes(chain, 1, 250)
    expect(heights.slice(0, 2)).toEqual([first + 99, first + 198])
    expect(read(chain, chain.height, 'LastEpochBlock', 1)).toBe(heights.at(-1))
    expect(read(chain, chain.height, 'BlocksSinceLastStep', 1)).toBe(chain.height - heights.at(-1)!)
  })
})

describe('at spec 475', () => {
  test('the counter of blocks stops one after the tempo where epochs are skipped, and no score changes', () => {
    const chain = small({ spec: 475 })
    chain.setStuck(1, true)
    chain.advance()
    const { lastEpoch, incentive } = subnetOf(chain, 1)
    chain.advance(300)
    expect(subnetOf(chain, 1).lastEpoch).toBe(lastEpoch)
    expect(subnetOf(chain, 1).incentive[0]!.filter((score) => score > 0)).not.toEqual([])
    expect(incentive).toHaveLength(1)
    expect(read(chain, chain.height, 'LastMechansimStepBlock', 1)).toBe(lastEpoch)
    expect(read(chain, chain.height, 'BlocksSinceLastStep', 1)).toBe(100)
    chain.setSpec(425)
    chain.advance(2)
    expect(read(chain, chain.height, 'BlocksSinceLastStep', 1)).toBe(chain.height - lastEpoch)
  })

  test('under Null consensus an epoch gives one permit, and no trust and consensus', () => {
    const chain = small({ spec: 475 })
    expect(subnetOf(chain, 1).validatorPermit.filter(Boolean).length).toBeGreaterThan(1)
    chain.setSettings(1, { epochConsensus: 'Null' })
    chain.advance(200)
    const { validatorPermit, validatorTrust, consensus } = subnetOf(chain, 1)
    expect(validatorPermit.filter(Boolean)).toHaveLength(1)
    expect(new Set([...validatorTrust, ...consensus])).toEqual(new Set([0]))
    expect(read(chain, chain.height, 'SubnetEpochConsensus', 1)).toBe('Null')
  })
})

test('128 subnets of 256 neurons are built and move within the time a demo has', () => {
  const begin = performance.now()
  const chain = new SimulatedChain({ subnets: 128, neurons: 256 })
  const built = performance.now()
  chain.advance(20)
  const advanced = performance.now()
  // Three times what was measured on a slow machine.
  expect(built - begin).toBeLessThan(9000)
  expect((advanced - built) / 20).toBeLessThan(80)
})
