import { AccountId } from '@polkadot-api/substrate-bindings'
import { afterEach, describe, expect, test } from 'vitest'
import { SimulatedChain } from '../../src/demo/chain.ts'
import { startSimulatedSidecar, type SimulatedSidecarOptions } from '../../src/demo/sidecar.ts'
import { until } from '../support/until.ts'

const running: { close(): Promise<void> }[] = []
afterEach(async () => {
  await Promise.all(running.splice(0).map((sidecar) => sidecar.close()))
})

const start = async (options: Partial<SimulatedSidecarOptions> = {}) => {
  const chain = options.chain ?? new SimulatedChain({ subnets: [0, 1, 3, 11], neurons: 24 })
  const sidecar = await startSimulatedSidecar({ ...options, chain })
  running.push(sidecar)
  const ask = async (path: string) => {
    const response = await fetch(sidecar.url + path)
    return { status: response.status, body: (await response.json()) as Record<string, unknown> }
  }
  const value = async (path: string, height?: number): Promise<unknown> => {
    const at = height === undefined ? '' : `${path.includes('?') ? '&' : '?'}at=${height}`
    const { status, body } = await ask(path + at)
    expect(status, path).toBe(200)
    return body['value']
  }
  const item = (name: string, ...keys: (string | number)[]) =>
    `/pallets/SubtensorModule/storage/${name}?${keys.map((key) => `keys[]=${key}`).join('&')}`
  return { chain, sidecar, ask, value, item }
}

const numbers = (values: readonly (number | bigint)[]): string[] => values.map(String)

describe.each([103, 240, 300, 381, 424, 475])('spec %i: what HTTP answers is the truth', (spec) => {
  test.each([1, 11])('subnet %i, pinned while the chain moves on', async (netuid) => {
    const chain = new SimulatedChain({ spec, subnets: [0, 1, 3, 11], neurons: 24 })
    chain.advance(110)
    const { value, item } = await start({ chain })
    const truth = chain.truth()
    const subnet = truth.subnets.get(netuid)!
    chain.advance(30)
    const read = (name: string, ...keys: (string | number)[]) => value(item(name, ...keys), truth.height)
    expect(await read('TotalNetworks')).toBe('4')
    expect(await read('SubnetworkN', netuid)).toBe(String(subnet.neurons.length))
    expect(await read('Tempo', netuid)).toBe(String(subnet.tempo))
    expect(await read('Burn', netuid)).toBe(String(subnet.burn))
    expect(await read('BlocksSinceLastStep', netuid)).toBe(String(truth.height - subnet.lastEpoch))
    expect(await read('Consensus', netuid)).toEqual(numbers(subnet.consensus))
    expect(await read('Dividends', netuid)).toEqual(numbers(subnet.dividends))
    expect(await read('ValidatorTrust', netuid)).toEqual(numbers(subnet.validatorTrust))
    expect(await read('Emission', netuid)).toEqual(numbers(subnet.emission))
    expect(await read('Active', netuid)).toEqual(subnet.active)
    expect(await read('ValidatorPermit', netuid)).toEqual(subnet.validatorPermit)
    for (const mechanism of spec >= 320 ? subnet.incentive.keys() : [0]) {
      const index = netuid + 4096 * mechanism
      expect(await read('Incentive', index)).toEqual(numbers(subnet.incentive[mechanism]!))
      expect(await read('LastUpdate', index)).toEqual(numbers(subnet.lastUpdate[mechanism]!))
    }
    if (spec < 397) expect(await read('Rank', netuid)).toEqual(spec < 365 ? numbers(subnet.rank) : [])
    for (const { uid, hotkey, coldkey, alpha, stake, registeredAt } of subnet.neurons) {
      expect(await read('Keys', netuid, uid)).toBe(hotkey)
      expect(await read('Owner', hotkey)).toBe(coldkey)
      expect(await read('BlockAtRegistration', netuid, uid)).toBe(String(registeredAt))
      if (spec >= 233) expect(await read('TotalHotkeyAlpha', hotkey, netuid)).toBe(String(alpha))
      else expect(await read('TotalHotkeyStake', hotkey)).toBe(String(stake))
    }
    if (spec >= 233) {
      expect(await read('SubnetTAO', netuid)).toBe(String(subnet.tao))
      expect(await read('SubnetAlphaIn', netuid)).toBe(String(subnet.alphaIn))
      expect(await read('SubnetMovingPrice', netuid)).toEqual({ bits: String(subnet.movingPrice) })
      const symbol = (await read('TokenSymbol', netuid)) as string
      expect(Buffer.from(symbol.slice(2), 'hex').toString()).toBe(subnet.symbol)
    }
    if (spec >= 290 && spec < 423)
      expect(await value(`/pallets/Swap/storage/AlphaSqrtPrice?keys[]=${netuid}`, truth.height)).toEqual({
        bits: String(subnet.squareRootPriceBits),
      })
    if (spec >= 423)
      expect(await value(`/pallets/Swap/storage/SwapBalancer?keys[]=${netuid}`, truth.height)).toEqual({
        quote: String(subnet.balancerQuote),
      })
    expect(await value('/pallets/Timestamp/storage/Now', truth.height)).toBe(String(truth.timestamp))
  })

  test('accounts, in storage and in balance-info', async () => {
    const chain = new SimulatedChain({ spec, subnets: [1], neurons: 8, still: true })
    const { hotkey } = chain.truth().subnets.get(1)!.neurons[0]!
    chain.setBalance(hotkey, { free: 2n ** 60n, reserved: 5n, frozen: 8n, nonce: 3 })
    chain.advance(3)
    const { value, ask } = await start({ chain })
    const old = spec <= 146
    expect(await value(`/pallets/System/storage/Account?keys[]=${hotkey}`)).toEqual({
      nonce: '3',
      consumers: '0',
      providers: '1',
      sufficients: '0',
      data: {
        free: '1152921504606846976',
        reserved: '5',
        ...(old
          ? { miscFrozen: '8', feeFrozen: '4' }
          : { frozen: '8', flags: '170141183460469231731687303715884105728' }),
      },
    })
    expect((await ask(`/accounts/${hotkey}/balance-info`)).body).toMatchObject({
      nonce: '3',
      free: '1152921504606846976',
      frozen: old ? 'frozen does not exist for this runtime' : '8',
    })
  })
})

describe('nodes', () => {
  test('stand before one chain, each with its own head, peers and health', async () => {
    const ahead = await start()
    const behind = await start({ chain: ahead.chain, health: { lag: 3, peers: 0, syncing: true } })
    ahead.chain.advance(5)
    const heights = async ({ ask }: typeof ahead) =>
      Promise.all(
        ['/blocks/head/header?finalized=false', '/blocks/head/header'].map(async (path) =>
          Number((await ask(path)).body['number']),
        ),
      )
    const { height } = ahead.chain
    expect(await heights(ahead)).toEqual([height, height - 2])
    expect(await heights(behind)).toEqual([height - 3, height - 5])
    expect((await behind.ask(`/blocks/${height}/header`)).status).toBe(500)
    expect((await behind.ask('/node/network')).body).toMatchObject({ numPeers: '0', isSyncing: true })
    behind.sidecar.node.peers = 12
    behind.sidecar.node.pendingExtrinsics = 2
    expect((await behind.ask('/node/network')).body['numPeers']).toBe('12')
    expect((await behind.ask('/node/transaction-pool')).body['pool']).toHaveLength(2)
    expect((await ahead.ask('/node/network')).body['numPeers']).toBe('387')
  })

  test('that are down answer nothing, as Sidecar says it', async () => {
    const { sidecar, ask, item, value } = await start()
    sidecar.node.down = true
    const down = { status: 500, body: { code: 500, message: '-32000: the node is down', level: 'error' } }
    for (const path of [
      '/node/version',
      '/node/network',
      '/runtime/spec',
      '/blocks/head/header',
      item('Tempo', 1),
    ])
      expect(await ask(path), path).toMatchObject(down)
    expect((await ask('/blocks/158794/header')).body['message']).toBe(
      'Failed while trying to get the latest header.',
    )
    sidecar.node.down = false
    expect(await value(item('Tempo', 1))).toBe('99')
  })

  test('show the token and the runtime of the height that is asked for', async () => {
    const { chain, ask } = await start({
      chain: new SimulatedChain({ subnets: [1], neurons: 8, spec: 381, symbol: 'testTAO', decimals: 6 }),
    })
    const before = chain.height
    chain.setSpec(475)
    chain.advance(4)
    const spec = async (at: string) => (await ask(`/runtime/spec${at}`)).body
    expect(await spec('')).toMatchObject({
      specVersion: '475',
      properties: { tokenSymbol: ['testTAO'], tokenDecimals: ['6'] },
    })
    expect(await spec(`?at=${before}`)).toMatchObject({ specVersion: '381' })
    const swap = async (height: number) =>
      (await ask(`/pallets/Swap/storage?onlyIds=true&at=${height}`)).body['items']
    expect(await swap(before)).toEqual(['SwapV3Initialized', 'AlphaSqrtPrice'])
    // The block that sets new code reports the new version, and the old runtime wrote its state.
    expect(await spec(`?at=${before + 1}`)).toMatchObject({ specVersion: '475' })
    expect(await swap(before + 1)).toEqual(['SwapV3Initialized', 'AlphaSqrtPrice'])
    expect(await swap(before + 2)).toEqual(['SwapBalancer'])
    expect((await ask(`/runtime/metadata?at=${before + 1}`)).status).toBe(500)
    const { hotkey } = chain.truth().subnets.get(1)!.neurons[0]!
    expect((await ask(`/accounts/${hotkey}/balance-info`)).body['tokenSymbol']).toBe('TESTTAO')
  })

  test('refuse whatever is asked of a block whose state is discarded', async () => {
    const { chain, ask, item } = await start({
      chain: new SimulatedChain({ subnets: [1], neurons: 8, keepBlocks: 5 }),
    })
    chain.advance(20)
    const old = chain.height - 6
    const message = `4003: Client error: UnknownBlock: State already discarded for ${chain.hashAt(old)}`
    expect(await ask(`${item('Tempo', 1)}&at=${old}`)).toMatchObject({ status: 500, body: { message } })
    expect((await ask(`${item('Tempo', 1)}&at=${old + 1}`)).status).toBe(200)
    expect(await ask(`/blocks/${old}/header`)).toMatchObject({ status: 500, body: { message } })
  })

  test('read a hash and its height as the same block', async () => {
    const { chain, ask, item } = await start()
    const height = chain.finalizedHeight
    const [byHash, byHeight] = await Promise.all(
      [chain.hashAt(height), String(height)].map((at) => ask(`${item('Burn', 1)}&at=${at}`)),
    )
    expect(byHash).toEqual(byHeight)
  })
})

describe('the server', () => {
  test('counts requests by route, and those at once', async () => {
    const { sidecar, item } = await start({ latencyMs: 30 })
    await Promise.all([1, 3, 11].map((netuid) => fetch(sidecar.url + item('Tempo', netuid))))
    const response = await fetch(`${sidecar.url}/nope`, { method: 'POST' })
    expect([response.status, await response.text()]).toEqual([
      404,
      expect.stringContaining('Cannot POST /nope'),
    ])
    expect(Object.fromEntries(sidecar.requests)).toEqual({ '/pallets/:pallet/storage/:item': 3, unknown: 1 })
    expect(sidecar.inFlight).toEqual({ now: 0, most: 3 })
  })

  test('answers with faults where a test wants them, as often as it wants them', async () => {
    const { sidecar, ask, item } = await start()
    sidecar.fault('/storage/Tempo?keys[]=1', { status: 503, body: '{"busy":true}', times: 1 })
    const undo = sidecar.fault(/\/node\/network$/, { destroy: true })
    expect(await ask(item('Tempo', 1))).toEqual({ status: 503, body: { busy: true } })
    expect((await ask(item('Tempo', 1))).status).toBe(200)
    expect((await ask(item('Tempo', 3))).status).toBe(200)
    await expect(ask('/node/network')).rejects.toThrow()
    undo()
    expect((await ask('/node/network')).status).toBe(200)
  })

  test('closes while answers are waiting', async () => {
    const { sidecar } = await start()
    running.pop()
    sidecar.fault('/node/version', { delayMs: 60_000 })
    const waiting = fetch(`${sidecar.url}/node/version`).then(
      () => 'answered',
      () => 'cut',
    )
    await until(() => sidecar.inFlight.now > 0, { intervalMs: 5 })
    await sidecar.close()
    expect(await waiting).toBe('cut')
  })

  test('reads an account as a public key, too', async () => {
    const { chain, value, item } = await start()
    const { hotkey, coldkey } = chain.truth().subnets.get(1)!.neurons[0]!
    const publicKey = Buffer.from(AccountId().enc(hotkey)).toString('hex')
    expect(await value(item('Owner', `0x${publicKey}`))).toBe(coldkey)
  })
})
