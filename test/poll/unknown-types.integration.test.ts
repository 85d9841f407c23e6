import { describe, expect, test } from 'vitest'
import { inventedAddress } from '../../src/demo/names.ts'
import { allSucceed, hotkey, testExporter } from '../support/exporter.ts'
import { simulate } from '../support/simulation.ts'
import { failuresOf, linesOf } from './log.ts'
import { seriesOf } from '../support/parse-exposition.ts'

const WATCHED = { hotkey: inventedAddress('watched'), coldkey: inventedAddress('its coldkey') }

/** What is published of a chain whose metadata gives some items other types, and the exporter. */
async function published(types: Readonly<Record<string, string>>) {
  const { urls, sidecars } = await simulate({
    spec: 475,
    changedTypes: { from: 0, types },
    placed: [{ ...WATCHED, netuids: [1, 3], stake: 5 }],
  })
  const exporter = await testExporter({ urls, subnets: 'all', keys: [hotkey('validator', WATCHED.hotkey)] })
  return { series: seriesOf(await exporter.until(allSucceed)), exporter, sidecars }
}

const familiesOf = (series: ReadonlyMap<string, number>): ReadonlySet<string> =>
  new Set(
    Array.from(series.keys(), (each) => each.replace(/\{.*/, '')).filter((name) =>
      /^bittensor_(?!exporter_)/.test(name),
    ),
  )

/** Families that go when an item has an unknown type: what is made from it, and nothing else. */
const GOES: Readonly<Record<string, readonly string[]>> = {
  'SubtensorModule.Tempo': ['bittensor_subnet_activity_cutoff_blocks', 'bittensor_subnet_tempo_blocks'],
  'SubtensorModule.Burn': ['bittensor_subnet_registration_cost_tao'],
  'SubtensorModule.TotalIssuance': ['bittensor_chain_total_issuance_tao'],
  'SubtensorModule.TotalStake': ['bittensor_chain_total_stake_tao'],
  'Timestamp.Now': ['bittensor_chain_block_timestamp_seconds'],
  'SubtensorModule.ValidatorTrust': ['bittensor_neuron_validator_trust_ratio'],
  'SubtensorModule.BlockAtRegistration': [
    'bittensor_neuron_immune',
    'bittensor_neuron_immunity_ends_block',
    'bittensor_neuron_registered_block',
    'bittensor_subnet_recent_registrations',
  ],
  'SubtensorModule.Delegates': ['bittensor_hotkey_take_ratio'],
  'SubtensorModule.MinerCollateral': [],
  'SubtensorModule.AlphaSharePoolEpoch': ['bittensor_coldkey_stake_alpha', 'bittensor_coldkey_stake_tao'],
  'SubtensorModule.TotalHotkeyAlpha': [
    'bittensor_coldkey_stake_alpha',
    'bittensor_coldkey_stake_tao',
    'bittensor_hotkey_stake_tao',
    'bittensor_neuron_stake_alpha',
    'bittensor_neuron_stake_tao',
  ],
}

describe('an item with a type that is not known', () => {
  test.each(Object.entries(GOES))('%s takes away what is made from it alone', async (item, gone) => {
    const all = familiesOf((await published({})).series)
    const { series, exporter } = await published({ [item]: 'Vec<Vec<u8>>' })
    expect([...all].filter((family) => !familiesOf(series).has(family)).toSorted()).toEqual(gone)
    const [pallet = '', name = ''] = item.split('.')
    expect(
      series.get(`bittensor_exporter_unknown_layout{kind="storage",pallet="${pallet}",item="${name}"}`),
    ).toBe(1)
    const named = linesOf(exporter, 'collector warning').filter(({ warning }) =>
      String(warning).includes(`${pallet}.${name} has a type in the runtime of spec 475`),
    )
    expect(named.map(({ level }) => level)).toEqual(['warn'])
    expect(failuresOf(exporter)).toEqual([])
  })

  test('SwapBalancer leaves subnets without a price, and nothing is priced by the reserves instead', async () => {
    const { series } = await published({ 'Swap.SwapBalancer': 'Vec<Vec<u8>>' })
    const prices = [...series].filter(([name]) => name.startsWith('bittensor_subnet_alpha_price_tao'))
    // Root has no market: its alpha is TAO.
    expect(prices).toEqual([['bittensor_subnet_alpha_price_tao{netuid="0"}', 1]])
  })
})
