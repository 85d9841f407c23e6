import type { Recording } from '../support/replay.ts'

/**
 * What /metrics must say of neurons, accounts and pools, worked out a second time and differently: straight from the
 * recorded answers, with decimal text and floating point, and none of the exporter's code.
 */
export function expectedOf(recording: Recording): Map<string, number> {
  const answers = new Map<string, unknown>()
  for (const [path, { body }] of recording) {
    const match = /^\/pallets\/(\w+)\/storage\/(\w+)\?(.*)at=/.exec(path)
    if (match === null) continue
    const keys = [...(match[3] ?? '').matchAll(/keys%5B%5D=(\w+)&/g)].map(([, key]) => key)
    answers.set([match[2], ...keys].join(' '), (JSON.parse(body) as { value: unknown }).value)
  }
  const get = (...key: readonly (string | number)[]) => answers.get(key.join(' '))
  const tokens = (units: unknown) => Number(`${String(units)}e-9`)
  const expected = new Map<string, number>()

  for (const [key, value] of answers) {
    const [item, first = ''] = key.split(' ')
    if (item !== 'Account') continue
    const { nonce, data } = value as { nonce: string; data: Record<string, string> }
    const name = NAMES[first] ?? 'miner/coldkey'
    const labels = `{address="${first}",name="${name}"}`
    expected.set(`bittensor_account_nonce${labels}`, Number(nonce))
    expected.set(`bittensor_account_free_tao${labels}`, tokens(data['free']))
    expected.set(`bittensor_account_reserved_tao${labels}`, tokens(data['reserved']))
    const locks = [data['frozen'], data['miscFrozen'], data['feeFrozen']].filter((lock) => lock !== undefined)
    expected.set(`bittensor_account_frozen_tao${labels}`, Math.max(...locks.map(tokens)))
  }

  for (const [key, value] of answers) {
    const [item, first = ''] = key.split(' ')
    const labels = `{coldkey="${first}",name="${NAMES[first] ?? 'miner/coldkey'}"}`
    if (item === 'TotalColdkeyStake') expected.set(`bittensor_coldkey_stake_tao${labels}`, tokens(value))
    // The lab keeps no shares: nobody stakes on anything.
    if (item === 'StakingHotkeys') {
      if (!Array.isArray(value) || value.length > 0) throw new Error('the lab keeps no shares')
      expected.set(`bittensor_coldkey_stake_tao${labels}`, 0)
    }
  }

  const height = (JSON.parse(recording.get('/runtime/spec')?.body ?? '') as { at: { height: string } }).at
    .height
  for (const netuid of [0, 1, 3, 11]) {
    const of = `{netuid="${netuid}"}`
    const dynamic = get('SubnetMechanism', netuid) === '1'
    const price = netuid === 0 || !dynamic ? 1 : priceOf(netuid)
    if (get('SubnetTAO', netuid) !== undefined) {
      expected.set(`bittensor_subnet_pool_tao${of}`, tokens(get('SubnetTAO', netuid)))
      expected.set(`bittensor_subnet_pool_alpha${of}`, tokens(get('SubnetAlphaIn', netuid)))
      expected.set(`bittensor_subnet_outstanding_alpha${of}`, tokens(get('SubnetAlphaOut', netuid)))
    }
    expected.set(`bittensor_subnet_registration_cost_tao${of}`, tokens(get('Burn', netuid)))
    const size = Number(get('SubnetworkN', netuid))
    const registered = Array.from({ length: size }, (_, uid) =>
      Number(get('BlockAtRegistration', netuid, uid)),
    )
    const miner = get('Uids', netuid, MINER)
    if (typeof miner === 'string') {
      const neuron = `{netuid="${netuid}",uid="${miner}",hotkey="${MINER}"}`
      const ends = (registered[Number(miner)] ?? NaN) + Number(get('ImmunityPeriod', netuid))
      expected.set(`bittensor_neuron_immunity_ends_block${neuron}`, ends)
      const recent = registered.filter((block) => block > Number(height) - 7200)
      expected.set(`bittensor_subnet_recent_registrations${of}`, recent.length)
      const intervals = {
        registrations_this_interval: 'RegistrationsThisInterval',
        target_registrations: 'TargetRegistrationsPerInterval',
        adjustment_interval_blocks: 'AdjustmentInterval',
      }
      for (const [family, item] of Object.entries(intervals))
        if (get(item, netuid) !== undefined)
          expected.set(`bittensor_subnet_${family}${of}`, Number(get(item, netuid)))
    }
    const vector = (name: string, index = netuid) => get(name, index) as unknown[] | undefined
    for (let uid = 0; uid < size; uid++) {
      const hotkey = String(get('Keys', netuid, uid))
      const labels = `{netuid="${netuid}",uid="${uid}",hotkey="${hotkey}"}`
      const score = (family: string, item: string) => {
        const raw = vector(item)?.[uid]
        if (raw !== undefined) expected.set(`bittensor_neuron_${family}_ratio${labels}`, Number(raw) / 65_535)
      }
      score('rank', 'Rank')
      score('trust', 'Trust')
      score('validator_trust', 'ValidatorTrust')
      score('consensus', 'Consensus')
      score('dividends', 'Dividends')
      const second = netuid === 11 ? vector('Incentive', 11 + 4096) : undefined
      if (second === undefined) score('incentive', 'Incentive')
      else {
        const sum = Number(vector('Incentive')?.[uid]) + Number(second[uid])
        expected.set(`bittensor_neuron_incentive_ratio${labels}`, sum / (2 * 65_535))
      }
      const updates = [vector('LastUpdate')?.[uid], vector('LastUpdate', netuid + 4096)?.[uid]].filter(
        (update) => update !== undefined,
      )
      const lastUpdate = Math.max(...updates.map(Number))
      expected.set(`bittensor_neuron_last_update_block${labels}`, lastUpdate)
      expected.set(`bittensor_neuron_updated_blocks${labels}`, Number(height) - lastUpdate)
      expected.set(`bittensor_neuron_active${labels}`, vector('Active')?.[uid] === true ? 1 : 0)
      expected.set(
        `bittensor_neuron_validator_permit${labels}`,
        vector('ValidatorPermit')?.[uid] === true ? 1 : 0,
      )
      const registered = Number(get('BlockAtRegistration', netuid, uid))
      expected.set(`bittensor_neuron_registered_block${labels}`, registered)
      expected.set(`bittensor_neuron_immune${labels}`, Number(height) - registered < 4096 ? 1 : 0)
      const alpha = get('TotalHotkeyAlpha', hotkey, netuid)
      const unit = alpha === undefined ? 'tao' : 'alpha'
      expected.set(`bittensor_neuron_emission_${unit}${labels}`, tokens(vector('Emission')?.[uid]))
      if (alpha === undefined)
        expected.set(`bittensor_neuron_stake_tao${labels}`, tokens(get('TotalHotkeyStake', hotkey)))
      else {
        expected.set(`bittensor_neuron_stake_alpha${labels}`, tokens(alpha))
        expected.set(
          `bittensor_neuron_stake_tao${labels}`,
          tokens(worthOf(netuid, price, BigInt(alpha as string))),
        )
      }
    }
  }
  return expected

  /** Rounded down where the chain does: the price at 2^-32, or at 2^-64 from spec 423, and the product at a rao. */
  function worthOf(netuid: number, price: number, alpha: bigint): bigint {
    const balancer = get('SwapBalancer', netuid) as { quote: string } | undefined
    if (balancer === undefined || price === 1) return (BigInt(Math.floor(price * 2 ** 32)) * alpha) >> 32n
    if (balancer.quote !== '500000000000000000')
      throw new Error('the lab weighs both sides of its pools evenly')
    const bits =
      (BigInt(String(get('SubnetTAO', netuid))) << 64n) / BigInt(String(get('SubnetAlphaIn', netuid)))
    return (bits * alpha) >> 64n
  }

  /** TAO per alpha by the formulas of chain/NOTES §3, in floating point; exact enough to 2^-32 on the lab's values. */
  function priceOf(netuid: number): number {
    const sqrt = get('AlphaSqrtPrice', netuid) as { bits: string } | undefined
    if (sqrt !== undefined) return (Number(sqrt.bits) / 2 ** 64) ** 2
    return Number(get('SubnetTAO', netuid)) / Number(get('SubnetAlphaIn', netuid))
  }
}

const MINER = '5CUY9cfe5XKgNwDtuK6TpqbW7NhKu7ZGoYFjWYW7ceW7pE8g'

const NAMES: Readonly<Record<string, string>> = {
  [MINER]: 'miner',
  '5F66EHJWc6ZjATkAmC2dP9RefHjgWmLp9KswW2L7ymR3aMBh': 'treasury',
  '5GZLr7Ub1q5oZw9s6n1r1PicHZEVfGaSteKav2TiTgFiRsqU': 'unknown',
}
