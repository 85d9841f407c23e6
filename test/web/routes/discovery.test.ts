import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { COLLECTORS } from '../../../src/collectors/index.ts'
import { ipv4, publish } from '../../support/endpoints.ts'
import { hotkey, testExporter, type TestConfig } from '../../support/exporter.ts'
import { simulate } from '../../support/simulation.ts'

const STORAGE = '/pallets/:pallet/storage/:item'

/** Nothing is polled but heads, so that what is read is read for service discovery. */
const QUIET = { collectors: Object.fromEntries(COLLECTORS.map(({ name }) => [name, false])) }

async function discovering(config: Partial<TestConfig> & Pick<TestConfig, 'urls'>) {
  const exporter = await testExporter({ ...QUIET, ...config })
  return async (query: string) => {
    const response = await fetch(`${exporter.url}/sd/neurons${query}`)
    const { status, headers } = response
    return {
      status,
      type: headers.get('content-type'),
      retry: headers.get('retry-after'),
      text: await response.text(),
    }
  }
}

const PUBLIC = { ip: ipv4('8.8.4.4'), port: 9100 }

test('published endpoints are listed with labels of their neurons', async () => {
  const { chain, urls } = await simulate()
  const third = publish(chain, 1, 3, PUBLIC)
  const fifth = publish(chain, 1, 5, {
    ip: 0x2a01_04f8_0000_0000_0000_0000_0000_0001n,
    port: 65_535,
    ipType: 6,
  })
  publish(chain, 1, 0, { ip: ipv4('127.0.0.2'), port: 9100 })
  publish(chain, 1, 1, { ip: ipv4('169.254.169.254'), port: 80 })
  publish(chain, 1, 2, { ip: ipv4('8.8.8.8'), port: 0 })
  publish(chain, 1, 4, { ip: 0n, port: 9100 })
  publish(chain, 3, 0, PUBLIC)
  const ask = await discovering({ urls, keys: [hotkey('validator', fifth.hotkey)] })
  const { status, type, text } = await ask('?netuid=1')
  expect([status, type]).toEqual([200, 'application/json; charset=utf-8'])
  expect(JSON.parse(text)).toEqual([
    {
      targets: ['8.8.4.4:9100'],
      labels: {
        __meta_bittensor_netuid: '1',
        __meta_bittensor_uid: '3',
        __meta_bittensor_hotkey: third.hotkey,
        __meta_bittensor_coldkey: third.coldkey,
        __meta_bittensor_version: '7',
        __meta_bittensor_block: '158003',
        __meta_bittensor_ip_type: '4',
      },
    },
    {
      targets: ['[2a01:4f8::1]:65535'],
      labels: {
        __meta_bittensor_netuid: '1',
        __meta_bittensor_uid: '5',
        __meta_bittensor_hotkey: fifth.hotkey,
        __meta_bittensor_coldkey: fifth.coldkey,
        __meta_bittensor_name: 'validator',
        __meta_bittensor_version: '7',
        __meta_bittensor_block: '158005',
        __meta_bittensor_ip_type: '6',
      },
    },
  ])
})

test('allowed networks are listed too, and a subnet where nobody has published anything is an empty list', async () => {
  const { chain, urls } = await simulate()
  publish(chain, 1, 0, { ip: ipv4('127.0.0.2'), port: 9100 })
  publish(chain, 1, 1, { ip: ipv4('10.0.0.1'), port: 9100 })
  const ask = await discovering({ urls, allowNetworks: ['127.0.0.0/8'] })
  expect(JSON.parse((await ask('?netuid=1')).text)).toMatchObject([{ targets: ['127.0.0.2:9100'] }])
  expect((await ask('?netuid=3')).text).toBe('[]')
})

describe('problems are errors, never an empty list', () => {
  test.each([
    '',
    '?netuid=',
    '?netuid=x',
    '?netuid=-1',
    '?netuid=1.5',
    '?netuid=4096',
    '?netuid=1&netuid=3',
    '?uid=1',
  ])('%s', async (query) => {
    const { urls } = await simulate()
    const ask = await discovering({ urls })
    expect(await ask(query)).toMatchObject({
      status: 400,
      text: 'netuid: expected one whole number from 0 to 4095, such as /sd/neurons?netuid=1\n',
    })
  })

  test('a subnet that does not exist', async () => {
    const { chain, urls } = await simulate()
    const ask = await discovering({ urls })
    expect(await ask('?netuid=99')).toMatchObject({ status: 404, text: 'The chain has no subnet 99.\n' })
    chain.removeSubnet(3)
    chain.advance(1 + chain.finalityLag)
    expect((await ask('?netuid=3')).status).toBe(404)
  })

  test('a chain that cannot be read', async () => {
    const { chain, urls, sidecars } = await simulate()
    const { hotkey } = publish(chain, 1, 7, PUBLIC)
    const ask = await discovering({ urls })
    const mend = sidecars[0]!.fault(`Prometheus?keys[]=1&keys[]=${hotkey}`, { status: 500, body: '{}' })
    const { status, retry, text } = await ask('?netuid=1')
    expect([status, retry]).toEqual([503, '30'])
    expect(text).toMatch(
      /^The endpoints of subnet 1 are unavailable: node-a: GET \/pallets\/.*answered 500.*\n$/,
    )
    mend()
    // What failed is not read again for ten seconds.
    expect(await ask('?netuid=1')).toMatchObject({ status: 503 })
    const now = performance.now.bind(performance)
    vi.spyOn(performance, 'now').mockImplementation(() => now() + 10_000)
    onTestFinished(() => {
      vi.restoreAllMocks()
    })
    expect(await ask('?netuid=1')).toMatchObject({ status: 200 })
  })

  test('a runtime that keeps no endpoints', async () => {
    const { urls, sidecars } = await simulate()
    const answer = await (await fetch(`${urls[0]}/runtime/metadata`)).text()
    sidecars[0]!.fault('/runtime/metadata', { body: answer.replace('"name":"Prometheus"', '"name":"Other"') })
    const ask = await discovering({ urls })
    expect(await ask('?netuid=1')).toMatchObject({
      status: 503,
      text: 'The endpoints of subnet 1 are unavailable: the runtime of spec 475 has no item Prometheus\n',
    })
  })
})

test('the next node is read where the first cannot be', async () => {
  const { chain, urls, sidecars } = await simulate({}, {}, {})
  publish(chain, 1, 7, PUBLIC)
  sidecars[0]!.fault('Prometheus', { destroy: true })
  const ask = await discovering({ urls, poll: { timeoutMs: 500 } })
  expect(JSON.parse((await ask('?netuid=1')).text)).toMatchObject([{ targets: ['8.8.4.4:9100'] }])
})

test('a subnet is read once for all who ask, two neurons at a time, and then answered from memory', async () => {
  const { chain, urls, sidecars } = await simulate({ neurons: 16 }, { latencyMs: 5 })
  publish(chain, 1, 7, PUBLIC)
  const [sidecar] = sidecars
  const ask = await discovering({ urls, poll: { intervalMs: 3_600_000 } })
  const storage = () => sidecar!.requests.get(STORAGE) ?? 0
  // Reads the list of subnets.
  expect((await ask('?netuid=99')).status).toBe(404)
  Object.assign(sidecar!.inFlight, { most: 0 })
  const before = storage()
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask('?netuid=1')))
  expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1)
  // The runtime, whether there is the subnet, and how large; hotkey and endpoint of each UID; one owner. The first polls ask
  // for the genesis twice at most, and for the runtime.
  const besidesPolls = (requests: number) => [0, 1, 2, 3].map((more) => requests + more)
  expect(besidesPolls(3 + 16 * 2 + 1)).toContain(storage() - before)
  await Promise.all(['?netuid=3', '?netuid=0', '?netuid=11', '?netuid=1'].map(ask))
  expect(sidecar!.inFlight.most).toBeLessThanOrEqual(4)
  expect(besidesPolls(4 * 3 + 4 * 16 * 2 + 1)).toContain(storage() - before)
})

/** From here on, time passes only when the test says so. */
function stopClock() {
  // Whole, so that sums are exact.
  let milliseconds = Math.ceil(performance.now())
  vi.spyOn(performance, 'now').mockImplementation(() => milliseconds)
  onTestFinished(() => {
    vi.restoreAllMocks()
  })
  return { pass: (more: number) => void (milliseconds += more) }
}

test('requests for all subnets cause at most 32 readings, then one every five seconds; other requests get 503', async () => {
  const { urls, sidecars } = await simulate({ subnets: 45, neurons: 1 })
  const ask = await discovering({ urls, poll: { intervalMs: 3_600_000 } })
  // Reads the list of subnets.
  expect((await ask('?netuid=99')).status).toBe(404)
  const clock = stopClock()
  const readings = () => sidecars[0]!.requests.get('/runtime/spec') ?? 0
  const before = readings()
  /** Asks for 44 subnets at once, and gives the numbers of readings so far, of lists, and of refusals. */
  const askForAll = async () => {
    const netuids = Array.from({ length: 44 }, (_, index) => index + 1)
    const answers = await Promise.all(netuids.map((netuid) => ask(`?netuid=${netuid}`)))
    const refused = answers.filter(({ status }) => status !== 200)
    for (const { status, retry, text } of refused) {
      expect([status, retry]).toEqual([503, '30'])
      expect(text).toMatch(
        /^The endpoints of subnet \d+ are unavailable: too many subnets have been read in the last minutes; try again later\n$/,
      )
    }
    return [readings() - before, answers.length - refused.length, refused.length]
  }
  expect(await askForAll()).toEqual([32, 32, 12])
  expect(await askForAll()).toEqual([32, 32, 12])
  clock.pass(4900)
  expect(await askForAll()).toEqual([32, 32, 12])
  clock.pass(100)
  expect(await askForAll()).toEqual([33, 33, 11])
  clock.pass(10_000)
  expect(await askForAll()).toEqual([35, 35, 9])
})

test('the networks that are allowed are those of the newest configuration', async () => {
  const { chain, urls } = await simulate()
  publish(chain, 1, 3, { ip: ipv4('10.1.2.3'), port: 9100 })
  const exporter = await testExporter({ ...QUIET, urls })
  const targets = async () => {
    const response = await fetch(`${exporter.url}/sd/neurons?netuid=1`)
    expect(response.status).toBe(200)
    return ((await response.json()) as { targets: string[] }[]).flatMap((entry) => entry.targets)
  }
  expect(await targets()).toEqual([])
  await exporter.reconfigure({ allowNetworks: ['10.0.0.0/8'] })
  expect(await targets()).toEqual(['10.1.2.3:9100'])
  await exporter.reconfigure({ allowNetworks: [] })
  expect(await targets()).toEqual([])
})
