import { describe, expect, onTestFinished, test } from 'vitest'
import { inventedAddress } from '../../../src/demo/names.ts'
import { readNeuronTable, type NeuronTable } from '../../../src/storage/incremental/neuron-table.ts'
import type { UidSelection } from '../../../src/storage/incremental/neuron-reading.ts'
import { readSubnetList, type SubnetList } from '../../../src/storage/incremental/subnet-list.ts'
import { readNetuids } from '../../../src/storage/subnet.ts'
import { allSucceed, testExporter } from '../../support/exporter.ts'
import { simulate } from '../../support/simulation.ts'
import { reader } from '../../support/views.ts'
import { valueOf } from '../../support/parse-exposition.ts'

/** What Sidecar 18 answers without the types bundle for a block with a transfer. */
const UNDECODABLE = {
  status: 500,
  body: JSON.stringify({ code: 500, message: 'createType(SignedBlock):: Struct: failed on block' }),
}
const BLOCKS = /^\/blocks\/\d+\?/

const NETUIDS = [0, 1, 3, 11]
const NEURONS = 12

/** A chain whose blocks cannot be read, and its subnets, all rows of them, read at block after block. */
async function reading(
  rows: ReadonlyMap<number, UidSelection> = new Map(NETUIDS.map((netuid) => [netuid, 'all'])),
) {
  const options = { spec: 425, subnets: NETUIDS, neurons: NEURONS, still: true, finalityLag: 0 }
  const { chain, sidecars, view, requests, close } = await reader(options)
  onTestFinished(close)
  const watched = chain.truth().subnets.get(3)?.keys[4] ?? inventedAddress('none')
  let table: NeuronTable | undefined
  let list: SubnetList | undefined
  const next = async () => {
    const now = await view()
    const asked = requests()
    table = await readNeuronTable(now, rows, table, new Set([watched]))
    const forTable = requests() - asked
    list = await readSubnetList(now, await readNetuids(now), list)
    return forTable
  }
  const whole = await next()
  const undo = sidecars[0]?.fault(BLOCKS, UNDECODABLE)
  const subnet = (netuid: number) => table!.subnets.find((each) => each.netuid === netuid)!
  const stake = (netuid: number, uid: number) =>
    subnet(netuid).stake?.amounts[subnet(netuid).uids.indexOf(uid)]
  const tempo = (netuid: number) => list!.subnets.find((each) => each.netuid === netuid)?.tempo
  const hotkey = (netuid: number, uid: number) => chain.truth().subnets.get(netuid)!.keys[uid]!
  return { chain, sidecars, undo, next, whole, subnet, stake, tempo, hotkey }
}

describe('while blocks cannot be decoded', () => {
  test('little is asked for: the vectors that tell of changes, and what is watched', async () => {
    const { chain, next } = await reading()
    chain.advance()
    // A size, a clock, LastUpdate by mechanism and the price of each subnet; the stakes of root, one that is watched; a block.
    const mechanisms = NETUIDS.reduce(
      (sum, netuid) => sum + (chain.truth().subnets.get(netuid)?.lastUpdate.length ?? 0),
      0,
    )
    const ofPrices = 4 * NETUIDS.length
    expect(await next()).toBeLessThanOrEqual(2 * NETUIDS.length + mechanisms + ofPrices + NEURONS + 2)
  })

  test('a row whose LastUpdate moved is read, as that of a neuron that is replaced', async () => {
    const { chain, next, subnet, stake, hotkey } = await reading()
    const registered = inventedAddress('newcomer')
    chain.replaceNeuron(1, 5, { hotkey: registered, coldkey: inventedAddress('its owner') })
    chain.setStake(3, hotkey(3, 6), 77n)
    chain.setWeights(3, 6)
    chain.advance()
    await next()
    expect([subnet(1).hotkeys[5], subnet(1).coldkeys[5]]).toEqual([registered, inventedAddress('its owner')])
    expect(stake(3, 6)).toBe('77')
  })

  test('of stakes, those that are watched are read, and the others at the turn of their subnet', async () => {
    const { chain, next, stake, hotkey } = await reading()
    const before = stake(3, 7)
    for (const uid of [4, 7]) chain.setStake(3, hotkey(3, uid), 1000n + BigInt(uid))
    chain.advance()
    await next()
    expect([stake(3, 4), stake(3, 7)]).toEqual(['1004', before])
    let blocks = 1
    while (stake(3, 7) === before && blocks < 1000) {
      chain.advance(10)
      blocks += 10
      await next()
    }
    expect(stake(3, 7)).toBe('1007')
    expect(blocks).toBeLessThanOrEqual(160)
  })

  test('rows that were selected by name have their stakes read', async () => {
    const { chain, next, stake, hotkey } = await reading()
    const selected = await reading(new Map([[3, new Map([[7, hotkey(3, 7)]])]]))
    selected.chain.setStake(3, hotkey(3, 7), 55n)
    selected.chain.advance()
    await selected.next()
    expect(selected.stake(3, 7)).toBe('55')
    chain.setStake(3, hotkey(3, 7), 55n)
    chain.advance()
    await next()
    expect(stake(3, 7)).not.toBe('55')
  })

  test('a subnet is read whole at its epoch, and only that one', async () => {
    const { chain, next, stake, subnet, hotkey } = await reading()
    const before = stake(1, 7)
    for (const netuid of [1, 3]) chain.setStake(netuid, hotkey(netuid, 7), 9n)
    chain.setOwner(hotkey(3, 8), inventedAddress('new owner'))
    chain.advance()
    chain.setPermit(3, 2, true)
    chain.advance()
    await next()
    expect([stake(1, 7), stake(3, 7)]).toEqual([before, '9'])
    expect(subnet(3).coldkeys[8]).toBe(inventedAddress('new owner'))
  })

  test('the settings of a subnet are read in its turn', async () => {
    const { chain, next, tempo } = await reading()
    const before = tempo(3)
    chain.setSettings(3, { tempo: 77 })
    chain.advance()
    await next()
    expect(tempo(3)).toBe(before)
    let blocks = 1
    while (tempo(3) === before && blocks < 1000) {
      chain.advance(10)
      blocks += 10
      await next()
    }
    expect(tempo(3)).toBe(77)
    expect(blocks).toBeLessThanOrEqual(160)
  })

  test('blocks that can be read beside those that cannot are used', async () => {
    const { chain, sidecars, undo, next, stake, hotkey } = await reading()
    const before = stake(3, 8)
    chain.setStake(3, hotkey(3, 7), 9n)
    chain.advance()
    chain.setStake(3, hotkey(3, 8), 9n)
    chain.advance()
    undo?.()
    sidecars[0]?.fault(`/blocks/${chain.height}?`, UNDECODABLE)
    await next()
    expect([stake(3, 7), stake(3, 8)]).toEqual(['9', before])
  })

  test('everything is read after more blocks than are caught up with', async () => {
    const { chain, next, whole } = await reading()
    chain.advance(21)
    expect(await next()).toBeGreaterThanOrEqual(whole)
  })
})

test('an exporter of all subnets asks for a small part of them at each poll', async () => {
  const { chain, sidecars, urls } = await simulate({ subnets: 8, neurons: 64 })
  const exporter = await testExporter({ urls, subnets: 'all', collectors: { deregistration: false } })
  const items = () => sidecars[0]?.requests.get('/pallets/:pallet/storage/:item') ?? 0
  const height = (metrics: string) => valueOf(metrics, 'bittensor_chain_block_height')
  await exporter.until((metrics) => allSucceed(metrics, 12))
  const whole = items()
  sidecars[0]?.fault(BLOCKS, UNDECODABLE)
  const before = items()
  const polls = 8
  for (let poll = 0; poll < polls; poll++) {
    chain.advance()
    await exporter.until((metrics) => height(metrics) === chain.finalizedHeight && allSucceed(metrics, 12))
  }
  expect(whole).toBeGreaterThan(8 * 64 * 4)
  expect((items() - before) / polls).toBeLessThan(whole / 5)
})

test('blocks that cannot be read for a reason that may pass cost everything at ten polls, and once when they are back', async () => {
  const { chain, sidecars, undo, next, whole } = await reading()
  undo?.()
  const broken = sidecars[0]?.fault(BLOCKS, { status: 500, body: '{"code":500,"message":"out of memory"}' })
  const asked: number[] = []
  for (let poll = 0; poll < 12; poll++) {
    chain.advance()
    asked.push(await next())
  }
  const isWhole = (requests: number): boolean => requests > whole / 2
  expect(asked.map(isWhole)).toEqual([...Array.from({ length: 10 }, () => true), false, false])
  broken?.()
  chain.advance()
  expect(isWhole(await next())).toBe(true)
  chain.advance()
  expect(isWhole(await next())).toBe(false)
})
