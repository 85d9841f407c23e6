import { expect, test } from 'vitest'
import { inventedAddress } from '../../src/demo/names.ts'
import { coldkey, hotkey, testExporter } from '../support/exporter.ts'
import { simulate } from '../support/simulation.ts'

const HOT = inventedAddress('secrets/hot')
const COLD = inventedAddress('secrets/cold')
const placed = [{ hotkey: HOT, coldkey: COLD, netuids: [1], stake: 5 }]

/** A password with characters that each encoding spells differently, and a token. */
const PASSWORD = 'Hunter2&"/%é x'
const TOKEN = 'tok-9f8e7d6c5b4a'

/** Their forms. The words of the password are secret too. */
const FORMS: Readonly<Record<string, string>> = {
  plain: PASSWORD,
  base64: 'SHVudGVyMiYiLyXDqSB4',
  'the header': 'bWU6SHVudGVyMiYiLyXDqSB4',
  'percent-encoded': 'Hunter2%26%22%2F%25%C3%A9%20x',
  'form-encoded': 'Hunter2%26%22%2F%25%C3%A9+x',
  'in JSON': 'Hunter2&\\"/%é x',
  'in lower case': PASSWORD.toLowerCase(),
  token: TOKEN,
}

/** What shows that a form leaked, in the escaping of any surface. */
const LEAK = /hunter2|SHVudGVyMiY|bWU6SHVudGVy|tok-9f8e7d/i

test.each(Object.entries(FORMS))(
  'a node that repeats a secret in everything it says gets it on no surface: %s',
  async (_, form) => {
    const { chain, sidecars, urls } = await simulate({ placed })
    const [sidecar] = sidecars
    const padded = `${'n'.repeat(115)}${form}`
    chain.setSubnet(1, { name: form, symbol: form })
    chain.setSubnet(3, { name: padded })
    chain.setIdentity(COLD, `I am ${form}`)
    chain.advance(3)
    Object.assign(sidecar!.node, { clientVersion: form, clientName: padded, chainName: form })
    // Values of the wrong type, which errors quote, and errors of a proxy.
    const at = { hash: chain.hashAt(chain.finalizedHeight), height: String(chain.finalizedHeight) }
    sidecar!.fault('Account?', { body: JSON.stringify({ at, value: { [form]: form } }) })
    sidecar!.fault('/node/transaction-pool', { status: 500, body: JSON.stringify({ message: form }) })
    const credentials = Buffer.from(`me:${PASSWORD}`).toString('base64')
    const exporter = await testExporter({
      urls,
      nodes: [
        {
          name: 'node-a',
          api: 'sidecar',
          url: urls[0] ?? '',
          headers: { authorization: `Basic ${credentials}`, 'x-token': `Bearer ${TOKEN}` },
        },
      ],
      subnets: 'all',
      keys: [hotkey('mine', HOT), coldkey('cold', COLD)],
    })
    await exporter.until(
      (metrics) =>
        ['bittensor_subnet_info', 'bittensor_coldkey_identity_info', 'bittensor_node_info'].every((name) =>
          metrics.includes(`${name}{`),
        ) && metrics.includes('collector_success{collector="transaction_pool",node="node-a"} 0'),
    )
    sidecar!.fault('/node/network', {
      status: 502,
      body: `<h1>${form}</h1>`,
      contentType: form.replace(/[^ -~]/g, ''),
    })
    await exporter.until((metrics) => metrics.includes('collector_success{collector="node",node="node-a"} 0'))
    const paths = ['/', '/subnets', '/subnets/1', '/subnets/3', '/metrics', '/probe?target=node-a']
    const api = ['nodes', 'keys', 'subnets', 'collectors', 'status', 'subnets/1/neurons']
    const surfaces = await Promise.all(
      [...paths, ...api.map((path) => `/api/v1/${path}`)].map(
        async (path) => [path, await (await fetch(exporter.url + path)).text()] as const,
      ),
    )
    surfaces.push(['log', JSON.stringify(exporter.log)])
    for (const [path, text] of surfaces) expect([path, LEAK.exec(text)?.[0]]).toEqual([path, undefined])
    // The texts arrived: the test would find nothing if they had not.
    expect(surfaces.find(([path]) => path === '/subnets')?.[1]).toContain('***')
    expect(surfaces.find(([path]) => path === 'log')?.[1]).toContain('***')
  },
)
