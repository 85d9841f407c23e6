import { expect, test } from 'vitest'
import { inventedAddress } from '../../src/demo/names.ts'
import type { Keys, Nodes, Subnets } from '../../src/web/api/schema.ts'
import { coldkey, hotkey, testExporter } from '../support/exporter.ts'
import { simulate } from '../support/simulation.ts'

const HOT = inventedAddress('hostile/hot')
const COLD = inventedAddress('hostile/cold')
const placed = [{ hotkey: HOT, coldkey: COLD, netuids: [1], stake: 5 }]

const MARKUP = `"'><script>alert(1)</script><img src=x onerror=alert(1)>&amp;\`\${x}\`\\`
const BIDI = 'pay\u202egnp.exe\u2066\u2069\u200f\u200bend'
const CONTROLS = 'a\u0000\u001b[2J\u0007\u009b\r\nHTTP/1.1 200 OK\n# TYPE x gauge'

/** Nothing of it may be there anywhere: what is invisible, and what moves text. Lines may end. */
const UNSEEN = /(?![\n])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u

test('what strangers put into names is harmless on page, API, exposition and log', async () => {
  const { chain, sidecars, urls } = await simulate({ placed })
  const [sidecar] = sidecars
  chain.setSubnet(1, { name: `${MARKUP}${'n'.repeat(10_000)}`, symbol: BIDI })
  chain.setSubnet(3, { name: CONTROLS, symbol: '\ud83d' })
  chain.setIdentity(COLD, `${BIDI}${MARKUP}`)
  chain.advance(3)
  Object.assign(sidecar!.node, { clientVersion: MARKUP, clientName: BIDI, chainName: CONTROLS })
  // Invalid UTF-8: the simulated chain keeps text.
  const at = { hash: chain.hashAt(chain.finalizedHeight), height: String(chain.finalizedHeight) }
  const bytes = `0x${Buffer.from([0x61, 0xff, 0xc0, 0x80, 0x62]).toString('hex')}`
  sidecar!.fault(/TokenSymbol\?keys\[\]=11&/, { body: JSON.stringify({ at, value: bytes }) })

  const exporter = await testExporter({
    urls,
    subnets: 'all',
    keys: [hotkey('<b>mine</b>', HOT), coldkey('cold', COLD)],
  })
  await exporter.until(
    (metrics) =>
      metrics.includes('bittensor_subnet_info') &&
      metrics.includes('bittensor_coldkey_identity_info') &&
      metrics.includes('bittensor_neuron_active') &&
      metrics.includes('bittensor_node_info'),
  )
  const body = async (path: string) => (await fetch(exporter.url + path)).text()

  // The first failing answer of a Sidecar is quoted in messages.
  sidecar!.fault('/node/transaction-pool', {
    status: 500,
    body: JSON.stringify({ error: `${MARKUP}${BIDI}${CONTROLS}` }),
  })
  const failed = 'collector_success{collector="transaction_pool",node="node-a"} 0'
  const metrics = await exporter.until((text) => text.includes(failed))

  for (const path of ['/', '/subnets', '/subnets/1', '/subnets/3']) {
    const page = await body(path)
    expect(page).not.toMatch(UNSEEN)
    expect(page).not.toMatch(/<script|<img|onerror=alert|<b>mine/)
    expect(page.length).toBeLessThan(60_000)
  }
  expect(await body('/subnets')).toContain('&#60;script&#62;')
  expect(await body('/')).toContain('pay\ufffdgnp.exe')

  for (const path of ['/nodes', '/keys', '/subnets', '/collectors', '/subnets/1/neurons'])
    expect(await body(`/api/v1${path}`)).not.toMatch(UNSEEN)
  const { subnets } = JSON.parse(await body('/api/v1/subnets')) as Subnets
  const names = subnets?.map(({ name, symbol }) => [name, symbol])
  expect(names?.[1]?.[0]).toHaveLength(128)
  expect(names?.[1]?.[0]?.startsWith(MARKUP)).toBe(true)
  expect(names?.[2]).toEqual(['a\ufffd\ufffd[2J\ufffd\ufffd HTTP/1.1 200 OK # TYPE x gauge', '\ufffd'])
  expect(names?.[3]?.[1]).toBe('a\ufffd\ufffd\ufffdb')
  const { coldkeys } = JSON.parse(await body('/api/v1/keys')) as Keys
  expect(coldkeys[0]?.identity?.startsWith('pay\ufffdgnp.exe')).toBe(true)
  const { nodes } = JSON.parse(await body('/api/v1/nodes')) as Nodes
  expect(nodes[0]?.client_version).toBe(MARKUP)

  expect(metrics).not.toMatch(UNSEEN)
  for (const line of metrics.split('\n')) {
    expect(line.length).toBeLessThan(1000)
    expect(line).toMatch(/^(# .*|\w+(\{(\w+="([^"\\]|\\["\\n])*",?)*\})? \S+)?$/)
  }

  const failing = exporter.log.filter(({ msg }) => msg === 'collectors failing')
  const failure = failing.find(({ collectors }) => [collectors].flat().includes('transaction_pool'))
  expect(failure?.['error']).toContain('pay\ufffdgnp.exe')
  for (const line of exporter.log) {
    const text = Object.values(line).map(String).join(' ')
    expect(text).not.toMatch(UNSEEN)
    expect(text.length).toBeLessThan(2000)
  }
})
