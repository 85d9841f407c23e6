import { describe, expect, test } from 'vitest'
import { inventedAddress } from '../../src/demo/names.ts'
import { read, small, subnetOf } from './small.ts'

const candidate = (name: string) => ({
  hotkey: inventedAddress(`test/${name}`),
  coldkey: inventedAddress(`test/${name}-cold`),
})

describe('levers', () => {
  test('take effect in the next block, not in one that can be read already', () => {
    const chain = small({ still: true })
    const { height } = chain
    const { hotkey } = subnetOf(chain, 1).neurons[5]!
    const before = chain.truth(height).account(hotkey)
    chain.setBalance(hotkey, { free: 7n, frozen: 3n })
    chain.sign(hotkey, 2n)
    expect(chain.truth(height).account(hotkey)).toEqual(before)
    chain.advance()
    expect(chain.truth(height).account(hotkey)).toEqual(before)
    expect(chain.truth(height + 1).account(hotkey)).toEqual({
      free: 5n,
      frozen: 3n,
      reserved: before.reserved,
      nonce: before.nonce + 1,
    })
  })

  test('a registration appends while there is room', () => {
    const chain = small({ still: true })
    const newcomer = candidate('appended')
    chain.registerNeuron(1, newcomer)
    chain.advance()
    const { neurons } = subnetOf(chain, 1)
    expect(neurons).toHaveLength(25)
    expect(neurons[24]).toMatchObject({
      ...newcomer,
      registeredAt: chain.height,
      lastUpdate: [chain.height],
      emission: 0n,
      validatorPermit: false,
    })
  })

  test('a replacement leaves nothing of the neuron that was there', () => {
    const chain = small({ still: true })
    const gone = subnetOf(chain, 11).neurons[2]!
    const newcomer = candidate('replacing')
    chain.replaceNeuron(11, 2, newcomer)
    chain.advance()
    expect(subnetOf(chain, 11).neurons[2]).toMatchObject({
      ...newcomer,
      registeredAt: chain.height,
      lastUpdate: [chain.height, chain.height],
      incentive: [0, 0],
      dividends: 0,
      alpha: 0n,
    })
    expect(read(chain, chain.height, 'Uids', 11, gone.hotkey)).toBeNull()
    expect(read(chain, chain.height - 1, 'Uids', 11, gone.hotkey)).toBe(2)
    expect(chain.truth(chain.height).owner(gone.hotkey)).toBe(gone.coldkey)
  })

  test('on a full subnet the least emission goes, the immune and the owner’s stay', () => {
    const chain = small({ still: true, subnets: [3], neurons: 256 })
    const age = (uid: number) => (uid < 20 || uid > 60 ? 10 : 5000)
    chain.setSubnet(3, {
      emission: Array.from({ length: 256 }, (_, uid) => (uid === 30 ? 1n : BigInt(1000 - uid))),
      registeredAt: Array.from({ length: 256 }, (_, uid) => chain.height - age(uid)),
    })
    chain.registerNeuron(3, candidate('a'))
    chain.advance()
    expect(subnetOf(chain, 3).keys[30]).toBe(candidate('a').hotkey)
    chain.setSubnet(3, { ownerHotkey: subnetOf(chain, 3).keys[60]! })
    chain.registerNeuron(3, candidate('b'))
    chain.advance()
    expect(subnetOf(chain, 3).keys[59]).toBe(candidate('b').hotkey)
  })

  test('weights, permits, activity, owners, stake, takes and parameters', () => {
    const chain = small({ still: true })
    const [cold] = [inventedAddress('test/new-owner')]
    const { hotkey } = subnetOf(chain, 11).neurons[4]!
    chain.setWeights(11, 4, 1)
    chain.setPermit(11, 4, true)
    chain.setActive(11, 4, false)
    chain.setOwner(hotkey, cold)
    chain.setStake(11, hotkey, 123n)
    chain.setTake(hotkey, 99)
    chain.setSubnet(11, { tempo: 7 })
    chain.advance()
    const subnet = subnetOf(chain, 11)
    expect(subnet.tempo).toBe(7)
    expect(subnet.neurons[4]).toMatchObject({
      validatorPermit: true,
      active: false,
      coldkey: cold,
      alpha: 123n,
    })
    expect(subnet.neurons[4]!.lastUpdate[1]).toBe(chain.height)
    expect(subnet.neurons[4]!.lastUpdate[0]).toBeLessThan(chain.height)
    expect(chain.truth(chain.height).take(hotkey)).toBe(99)
    expect(read(chain, chain.height, 'OwnedHotkeys', cold)).toEqual([hotkey])
  })

  test('a runtime upgrade begins with its block', () => {
    const chain = small({ still: true, spec: 381 })
    chain.setSpec(475)
    chain.advance()
    expect([chain.specAt(chain.height - 1), chain.specAt(chain.height)]).toEqual([381, 475])
  })

  test('subnets come, in order, and go', () => {
    const chain = small({ still: true })
    chain.addSubnet(2, 8)
    chain.removeSubnet(3)
    chain.advance()
    expect([...chain.truth(chain.height).subnets.keys()]).toEqual([0, 1, 2, 11])
    expect([...chain.truth(chain.height - 1).subnets.keys()]).toEqual([0, 1, 3, 11])
    expect(subnetOf(chain, 2).neurons).toHaveLength(8)
    expect(read(chain, chain.height, 'NetworksAdded', 3)).toBe(false)
  })
})
