import { expect, test } from 'vitest'
import { testExporter, type TestExporter } from '../support/exporter.ts'
import { samplesOf } from '../support/parse-exposition.ts'
import { simulate } from '../support/simulation.ts'

const OLD = 'The former subnet'
const NEW = 'The new subnet'

/** Names of the subnet on /metrics; none if it does not exist. */
const namesOf = (metrics: string): readonly (string | undefined)[] =>
  samplesOf(metrics, 'bittensor_subnet_info')
    .filter(({ labels }) => labels.get('netuid') === '3')
    .map(({ labels }) => labels.get('name'))

/** Waits for the names on /metrics, then expects the same in the API, and no former name on any page. */
async function expectNames(exporter: TestExporter, names: readonly string[]): Promise<void> {
  const metrics = await exporter.until((text) => JSON.stringify(namesOf(text)) === JSON.stringify(names))
  const read = async (path: string) => (await fetch(`${exporter.url}${path}`)).text()
  const answer = JSON.parse(await read('/api/v1/subnets')) as {
    readonly subnets: readonly { readonly netuid: number; readonly name: string | null }[]
  }
  const found = answer.subnets.filter(({ netuid }) => netuid === 3).map(({ name }) => name ?? '')
  expect(found).toEqual(names)
  if (names.includes(OLD)) return
  for (const text of [metrics, await read('/'), await read('/subnets'), await read('/subnets/3')])
    expect(text).not.toContain(OLD)
}

test.each([
  { named: 'a name of its own', name: NEW },
  { named: 'no name', name: '' },
])('a dissolved subnet loses its name, and the next one with its number has $named', async ({ name }) => {
  const { chain, urls } = await simulate({ subnets: [0, 1, 3] })
  const step = () => {
    chain.advance(1 + chain.finalityLag)
  }
  chain.setSettings(3, { name: OLD })
  step()
  const exporter = await testExporter({ urls, subnets: 'all' })
  await expectNames(exporter, [OLD])
  chain.removeSubnet(3)
  step()
  await expectNames(exporter, [])
  chain.addSubnet(3)
  chain.setSettings(3, { name })
  step()
  await expectNames(exporter, [name])
})

test('a number that is used again between two polls has the new name', async () => {
  const { chain, urls } = await simulate({ subnets: [0, 1, 3] })
  chain.setSettings(3, { name: OLD })
  chain.advance(1 + chain.finalityLag)
  const exporter = await testExporter({ urls, subnets: 'all' })
  await expectNames(exporter, [OLD])
  chain.removeSubnet(3)
  chain.addSubnet(3)
  chain.setSettings(3, { name: NEW })
  chain.advance(1 + chain.finalityLag)
  await expectNames(exporter, [NEW])
})

/** From spec 283 to 360 there are two maps of identities, and only the newer one counts. */
test('a name that only an older map of identities has is not that of the subnet', async () => {
  const { chain, urls, sidecars } = await simulate({ spec: 343, subnets: [0, 1, 3] })
  chain.setSettings(3, { name: OLD })
  chain.advance(1 + chain.finalityLag)
  const item = (name: string) =>
    `${urls[0]!}/pallets/SubtensorModule/storage/${name}?keys[]=3&at=${chain.hashAt(chain.finalizedHeight)}`
  expect(await (await fetch(item('SubnetIdentitiesV2'))).text()).toContain(Buffer.from(OLD).toString('hex'))
  const answer = (await (await fetch(item('SubnetIdentitiesV3'))).json()) as object
  sidecars[0]!.fault(/SubnetIdentitiesV3.*=3&/, { body: JSON.stringify({ ...answer, value: null }) })
  await expectNames(await testExporter({ urls, subnets: 'all' }), [''])
})
