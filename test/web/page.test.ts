import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { inventedAddress } from '../../src/demo/names.ts'
import { duration } from '../../src/web/problems/words.ts'
import { address, amount, integer, price, ratio } from '../../src/web/page/format.ts'
import { allSucceed, coldkey, hotkey, testExporter, type TestExporter } from '../support/exporter.ts'
import { simulate } from '../support/simulation.ts'
import type { Keys } from '../../src/web/api/schema.ts'
import { build } from '../support/build.ts'

const HOT = inventedAddress('page/hot')
const COLD = inventedAddress('page/cold')
const placed = [{ hotkey: HOT, coldkey: COLD, netuids: [1, 3], stake: 1234.5 }]

const bodyOf = async (exporter: TestExporter, path: string) => (await fetch(exporter.url + path)).text()

/** What a person reads of it. */
const textOf = (html: string): string =>
  html
    .replace(/<style>.*<\/style>/s, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')

describe('the overview', () => {
  test('says what is expected of a key and broken, and how its nodes and keys are', async () => {
    const { urls, chain, sidecars } = await simulate(
      { placed, startTime: Date.now() },
      {},
      { health: { syncing: true } },
    )
    chain.setSwap(COLD, { announcedFor: 999_999 })
    chain.advance(3)
    const exporter = await testExporter({
      urls,
      subnets: [1],
      keys: [
        { ...hotkey('mine', HOT), expect: { coldkey: COLD, netuids: [1, 11] } },
        { ...coldkey('treasury', COLD), expect: { minFreeTao: '0.000000001' } },
      ],
    })
    await exporter.until(allSucceed)
    const page = await bodyOf(exporter, '/')
    const text = textOf(page)
    expect(text).toMatch(
      /A watched key is not as the configuration expects\. Runbook BittensorExpectationNotMet mine: netuids on subnet 11: wanted registered, is not registered there The alert fires after 5 min/,
    )
    expect(page).toContain('<a href="/runbooks/BittensorExpectationNotMet">')
    expect(text).toContain('BROKEN : netuids on subnet 11, wanted registered, is not registered there')
    expect(text).toContain(`met : coldkey , wanted ${COLD}`)
    expect(text).toContain('met : min_free_tao , wanted 0.000000001')
    expect(text).toMatch(
      /A swap of a watched coldkey was announced\. .* treasury: the swap is possible from block 999,999/,
    )
    expect(text).toContain('Swap possible from block 999,999')
    expect(text).toMatch(/Chain state at block [\d,]+, \d+ s old, read from node-a \./)
    expect(text).toContain('node-b reports that it is syncing')
    expect(text).toMatch(/node-a · source of chain state State ok/)
    expect(page).toMatch(/<a href="\/subnets\/3#uid-0">3<\/a>/)
    expect(page).not.toContain('None of the')

    sidecars[1]!.node.down = true
    await exporter.until((metrics) => metrics.includes('bittensor_node_up{node="node-b"} 0'))
    expect(textOf(await bodyOf(exporter, '/'))).toMatch(
      /node-b : answered 500: -32000: the node is down , since \d+ s; 3 collectors wait for it/,
    )
  })

  test('says so when nothing is wrong', async () => {
    const { exporter } = await build({
      chain: { placed, startTime: Date.now() },
      keys: [hotkey('mine', HOT)],
    })
    expect(textOf(await bodyOf(exporter, '/'))).toMatch(
      /None of the \d+ conditions that are judged here is true\. Not known here: \d+ alerts/,
    )
  })
})

test('what is older than stale_after stays on the page with its age, and is not on /metrics or in the API', async () => {
  const { exporter, sidecars, chain } = await build({
    chain: { placed, startTime: Date.now() },
    keys: [hotkey('mine', HOT)],
    subnets: [1],
    poll: { staleAfterMs: 600 },
  })
  const [, stake = ''] = /Stake \(TAO\) ([\d,.]+)/.exec(textOf(await bodyOf(exporter, '/'))) ?? []
  expect(stake).not.toBe('')
  sidecars[0]!.fault(/./, { destroy: true })
  chain.advance()
  await exporter.until((text) => !text.includes('bittensor_hotkey_stake_tao{'))
  await exporter.until((text) => !text.includes('bittensor_neuron_stake_alpha{'))
  const page = await bodyOf(exporter, '/')
  expect(page.match(/<article class="card stale">/g)).toHaveLength(3)
  expect(textOf(page)).toMatch(/mine hotkey Last known values, \d+ s old: [^.]*hotkeys/)
  expect(textOf(page)).toContain(`Stake (TAO) ${stake}`)
  expect(textOf(await bodyOf(exporter, '/subnets/1'))).toMatch(/Last known values, \d+ s old: .*neurons/)
  expect(await (await fetch(`${exporter.url}/api/v1/keys`)).json()).toMatchObject({
    hotkeys: [{ stake_tao: null, neurons: null }],
  })
  expect((await fetch(`${exporter.url}/api/v1/subnets/1/neurons`)).status).toBe(503)
})

describe('the leaderboard', () => {
  test('marks the watched, says how it is sorted, and links to the other ways', async () => {
    const { exporter } = await build({ chain: { placed }, subnets: [1], keys: [hotkey('mine', HOT)] })
    const page = await bodyOf(exporter, '/subnets/1?sort=stake&order=asc')
    expect(page.match(/<tr id="uid-/g)).toHaveLength(8)
    expect(page.match(/<tr id="uid-\d+" class="watched">/g)).toHaveLength(1)
    expect(page).toMatch(/<th scope="col" class="number" aria-sort="ascending"><a href="[^"]*">Stake/)
    expect(page).toContain('href="/subnets/1?sort&#61;stake&#38;order&#61;desc"')
    expect(page).toContain('href="/subnets/1?sort&#61;dividends&#38;order&#61;desc"')
    expect(page).toContain('href="/api/v1/subnets/1/neurons?sort&#61;stake&#38;order&#61;asc"')
    expect(textOf(page)).toContain('Neurons 1–8 of 8')
    const second = await bodyOf(exporter, '/subnets/1?limit=3&offset=3')
    expect(textOf(second)).toMatch(/Neurons 4–6 of 8.*Previous page.*Next page/)
    expect(textOf(await bodyOf(exporter, '/subnets/3'))).toContain(
      'Only the watched neurons of this subnet are read',
    )
  })

  test.each([
    ['/subnets/1?sort=size', 400, 'sort : expected one of stake,'],
    ['/subnets/x', 400, 'netuid : expected a whole number from 0 to 4095, got "x"'.replaceAll('"', '&#34;')],
    ['/subnets/99', 404, 'Subnet 99 does not exist or is not read. Subnets that are read: 1.'],
    ['/?x=1', 400, 'x : unknown parameter: expected one of refresh'],
  ])('%s is %d, as a page that says why', async (path, status, words) => {
    const { exporter } = await build({ chain: { placed }, subnets: [1] })
    const response = await fetch(exporter.url + path)
    expect([response.status, response.headers.get('content-type')]).toEqual([
      status,
      'text/html; charset=utf-8',
    ])
    expect(textOf(await response.text())).toContain(words)
  })
})

test('the policy allows the one style sheet that is in the page, and nothing else', async () => {
  const { urls } = await simulate()
  const exporter = await testExporter({ urls })
  const response = await fetch(`${exporter.url}/`)
  const policy = response.headers.get('content-security-policy') ?? ''
  const page = await response.text()
  const [, style = ''] = /<style>(.*)<\/style>/s.exec(page) ?? []
  expect(policy).toContain(`style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`)
  expect(policy).toContain("default-src 'none'")
  expect(policy).not.toMatch(/unsafe|\*/)
  expect(policy).toContain("img-src 'self'")
  expect(page.match(/<link[^>]*>/g)).toEqual(['<link rel="icon" href="/favicon.svg" type="image/svg+xml" />'])
  expect(page).not.toMatch(/<script|style=| src=|@import|url\(/)
  const icon = await fetch(`${exporter.url}/favicon.svg`)
  expect([icon.status, icon.headers.get('content-type')]).toEqual([200, 'image/svg+xml'])
})

test('pages refresh by a header, at an interval that the reader chooses', async () => {
  const { exporter } = await build({ chain: { placed, startTime: Date.now() }, subnets: [1] })
  const refresh = async (path: string) => {
    const response = await fetch(exporter.url + path)
    return [response.status, response.headers.get('refresh')]
  }
  expect(await refresh('/')).toEqual([200, '60'])
  expect(await refresh('/?refresh=15')).toEqual([200, '15'])
  expect(await refresh('/?refresh=0')).toEqual([200, null])
  expect(await refresh('/?refresh=3601')).toEqual([400, null])
  expect(await refresh('/subnets?refresh=300')).toEqual([200, '300'])
  expect(await refresh('/subnets/1?sort=uid&refresh=300')).toEqual([200, '300'])
  // The links to other intervals keep the order.
  expect(await bodyOf(exporter, '/subnets/1?sort=uid&refresh=300')).toContain(
    'href="/subnets/1?sort&#61;uid&#38;refresh&#61;0"',
  )
  expect(textOf(await bodyOf(exporter, '/'))).toMatch(/Rendered at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/)
})

test.each([
  ['/subnets/', '/subnets'],
  ['/subnets/1/', '/subnets/1'],
])('%s leads to %s', async (path, location) => {
  const { exporter } = await build({ chain: { placed }, subnets: [1] })
  const response = await fetch(exporter.url + path, { redirect: 'manual' })
  expect([response.status, response.headers.get('location')]).toEqual([308, location])
})

test('units and words of a key: take in percent, blocks with their time, room for the prune rank, its operations', async () => {
  const { exporter, chain } = await build({
    chain: { placed, startTime: Date.now() - 120_000, limit: (netuid) => (netuid === 1 ? 8 : 256) },
    keys: [hotkey('mine', HOT), coldkey('treasury', COLD)],
  })
  // 11796 of 65535 is 17.9995 %.
  chain.setTake(HOT, 11_796)
  chain.sign(COLD)
  chain.advance(5)
  await exporter.until((text) => /bittensor_key_extrinsics_total\{.*name="treasury".*\} 1/.test(text))
  await exporter.until((text) => text.includes('bittensor_hotkey_take_ratio{hotkey="'))
  const text = textOf(await bodyOf(exporter, '/'))
  expect(text).toContain('Take 18 %')
  expect(text).toMatch(/ 3 0 (yes|no) (yes|no) [\d,]+ \([\d,]+ (s|min|h|d)\) room left /)
  expect(text).toMatch(/ 1 0 (yes|no) (yes|no) [\d,]+ \([\d,]+ (s|min|h|d)\) \d+ /)
  expect(text).toMatch(/Extrinsic [\d,]+ treasury [a-zA-Z]+\.[a-zA-Z_]+ success/)
  const { operations } = (await (await fetch(`${exporter.url}/api/v1/keys`)).json()) as Keys
  expect(operations?.map(({ name, result }) => [name, result])).toEqual([['treasury', 'success']])
})

test('no query, whatever it is, is an error of the server', async () => {
  const { exporter } = await build({ chain: { placed }, subnets: [1] })
  const name = fc.constantFrom('sort', 'order', 'limit', 'offset', 'netuid', '__proto__', 'constructor')
  const value = fc.oneof(
    fc.constantFrom('uid', 'asc', 'desc', '0', '1', '99999999999999999999', 'NaN', '%', '%00'),
    fc.string({ unit: 'grapheme', maxLength: 20 }).map((text) => encodeURIComponent(text)),
  )
  const query = fc.array(fc.tuple(name, value)).map((pairs) => pairs.map((pair) => pair.join('=')).join('&'))
  const paths = [
    '/',
    '/subnets',
    '/subnets/1',
    '/api/v1/keys',
    '/api/v1/subnets/1/neurons',
    '/api/v1/openapi.json',
  ]
  const path = fc.oneof(
    fc.constantFrom(...paths),
    value.map((text) => `/subnets/${text}`),
    value.map((text) => `/api/v1/${text}`),
  )
  await fc.assert(
    fc.asyncProperty(path, query, async (path, query) => {
      const response = await fetch(`${exporter.url}${path}?${query}`)
      const body = await response.text()
      expect([path, query, response.status < 500]).toEqual([path, query, true])
      expect(body).not.toMatch(/at .*\.ts|node_modules/)
    }),
    { numRuns: 300 },
  )
})

describe('values for people', () => {
  const shown = (html: string) => html.replace(/<[^>]*>/g, '')

  test.each([
    ['0', '0'],
    ['25000', '25,000'],
    ['1234567.891234567', '1,234,567.8912'],
    ['0.5', '0.5000'],
    ['0.000000021', '&#60;0.0001'],
    ['1.00000001', '1.0000'],
    [null, 'unknown'],
  ])('the amount %s is %s', (exact, text) => {
    expect(shown(amount(exact))).toBe(text)
  })

  test('an amount has its exact value beside it', () => {
    expect(amount('1234.567890123')).toContain('value="1234.567890123"')
  })

  test('an address links to the explorer, and an address that is no path stays within it', () => {
    expect(address(COLD, undefined)).not.toContain('href')
    expect(address(COLD, 'https://explorer.example/{address}/overview')).toContain(
      `<code>${COLD}</code> <a href="https://explorer.example/${COLD}/overview"`,
    )
    expect(address('../"<', 'https://explorer.example/{address}')).toContain(
      'href="https://explorer.example/..%2F%22%3C"',
    )
    expect(address(null, 'https://explorer.example/{address}')).not.toContain('href')
  })

  test('others', () => {
    expect([integer(8_100_001), integer(0), ratio(0.5), ratio(0), ratio(1e-9)].map(shown)).toEqual([
      '8,100,001',
      '0',
      '0.50000',
      '0.00000',
      '&lt;0.00001',
    ])
    expect([price(0), price(100_000), price(0.0402914924445617), price(1e-8)].map(shown)).toEqual([
      '0',
      '100000',
      '0.0402915',
      '1e-8',
    ])
    expect([0, 119, 120, 7200, 200_000].map(duration)).toEqual(['0 s', '119 s', '2 min', '2 h', '2 d'])
  })
})
