import type { Recording } from '../support/replay.ts'

/**
 * What /metrics must say of neurons, accounts, stakes, subnets and deregistration, worked out a second time and
 * differently: straight from the recorded answers, with decimal text, fractions and floating point, and none of the
 * exporter's code.
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
  const spec = writerOf(recording, get('LastRuntimeUpgrade'))
  const tokens = (units: unknown) => Number(`${String(units)}e-9`)
  const expected = new Map<string, number>([['bittensor_chain_state_spec_version', spec]])

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
    const [item, coldkey = ''] = key.split(' ')
    const labels = `coldkey="${coldkey}",name="${NAMES[coldkey] ?? 'miner/coldkey'}"`
    if (item === 'TotalColdkeyStake') expected.set(`bittensor_coldkey_stake_tao{${labels}}`, tokens(value))
    if (item !== 'StakingHotkeys') continue
    let total = 0n
    for (const hotkey of value as string[]) {
      for (const netuid of NETUIDS) {
        const amount = portionOf(hotkey, coldkey, netuid)
        if (amount === 0n) continue
        total += worthOf(netuid, netuid === 0 ? 1 : priceOf(netuid), amount)
        const of = `{${labels},hotkey="${hotkey}",netuid="${netuid}"}`
        expected.set(`bittensor_coldkey_stake_alpha${of}`, tokens(amount))
        const collateral = get('MinerCollateral', netuid, hotkey, coldkey) as
          { locked: string } | null | undefined
        if (collateral) expected.set(`bittensor_coldkey_collateral_alpha${of}`, tokens(collateral.locked))
      }
      const shares = basketOf(hotkey, coldkey)
      if (shares > 0n)
        expected.set(`bittensor_coldkey_basket_shares{${labels},hotkey="${hotkey}"}`, Number(shares))
    }
    expected.set(`bittensor_coldkey_stake_tao{${labels}}`, tokens(total))
  }

  const height = (JSON.parse(recording.get('/runtime/spec')?.body ?? '') as { at: { height: string } }).at
    .height
  for (const netuid of NETUIDS) {
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
    const tempo = Number(get('Tempo', netuid))
    const parameters = {
      neurons: size,
      neurons_limit: Number(get('MaxAllowedUids', netuid)),
      tempo_blocks: tempo,
      immunity_period_blocks: Number(get('ImmunityPeriod', netuid)),
      activity_cutoff_blocks:
        spec >= 423
          ? Math.max(1, Math.trunc(Number(get('ActivityCutoffFactorMilli', netuid)) * tempo * 0.001))
          : Number(get('ActivityCutoff', netuid)),
    }
    for (const [family, value] of Object.entries(parameters))
      expected.set(`bittensor_subnet_${family}${of}`, value)
    const mechanisms = get('MechanismCountCurrent', netuid)
    if (mechanisms !== undefined) expected.set(`bittensor_subnet_mechanisms${of}`, Number(mechanisms))
    const step = Number(get('LastMechansimStepBlock', netuid))
    if (step > 0) expected.set(`bittensor_subnet_blocks_since_epoch${of}`, Number(height) - step)
    const staked = get('TotalAlphaStaked', netuid)
    if (staked !== undefined) expected.set(`bittensor_subnet_staked_alpha${of}`, tokens(staked))
    const lock = get('CollateralLockShare', netuid)
    if (lock !== undefined) expected.set(`bittensor_subnet_collateral_lock_ratio${of}`, Number(lock) / 65_535)
    const consensus = get('SubnetEpochConsensus', netuid) as string | undefined
    if (consensus !== undefined)
      expected.set(`bittensor_subnet_consensus_info{netuid="${netuid}",consensus="${consensus}"}`, 1)
    const registered = Array.from({ length: size }, (_, uid) =>
      Number(get('BlockAtRegistration', netuid, uid)),
    )
    const places = [MINER, ROOT_VALIDATOR].flatMap((hotkey) => {
      const uid = get('Uids', netuid, hotkey)
      return typeof uid === 'string' ? [{ hotkey, uid: Number(uid) }] : []
    })
    const order = places.length > 0 ? replacementOrder(netuid, size, registered) : []
    for (const { hotkey, uid } of places) {
      const neuron = `{netuid="${netuid}",uid="${uid}",hotkey="${hotkey}"}`
      const ends = (registered[uid] ?? NaN) + Number(get('ImmunityPeriod', netuid))
      expected.set(`bittensor_neuron_immunity_ends_block${neuron}`, ends)
      const rank = order.indexOf(uid) + 1
      if (rank > 0) expected.set(`bittensor_neuron_prune_rank${neuron}`, rank)
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
        const split = (get('MechanismEmissionSplit', netuid) ?? ['1', '1']) as string[]
        const [first = 0, other = 0] = split.map(Number)
        const sum = Number(vector('Incentive')?.[uid]) * first + Number(second[uid]) * other
        expected.set(`bittensor_neuron_incentive_ratio${labels}`, sum / ((first + other) * 65_535))
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

  /** A whole number of shares; the lab has no parts of them. A row of an earlier epoch of its pool is none. */
  function sharesOf(first: string, second: string, ...keys: readonly (string | number)[]): bigint {
    const bits = BigInt((get(first, ...keys) as { bits: string } | undefined)?.bits ?? '0')
    if (bits % 2n ** 64n !== 0n) throw new Error('the lab has whole shares')
    if (bits > 0n) return bits / 2n ** 64n
    const { mantissa, exponent } = (get(second, ...keys) as Record<string, string> | undefined) ?? {
      mantissa: '0',
      exponent: '0',
    }
    const digits = `${mantissa ?? ''}${'0'.repeat(Math.max(0, Number(exponent)))}`
    return BigInt(Number(exponent) < 0 && digits !== '0' ? digits.slice(0, Number(exponent)) : digits)
  }

  function portionOf(hotkey: string, coldkey: string, netuid: number): bigint {
    const share = sharesOf('Alpha', 'AlphaV2', hotkey, coldkey, netuid)
    const epoch = get('AlphaSharePoolEpoch', hotkey, netuid) ?? '0'
    if (share === 0n || (epoch !== '0' && get('AlphaShareEpoch', hotkey, coldkey, netuid) !== epoch))
      return 0n
    const pool = BigInt(get('TotalHotkeyAlpha', hotkey, netuid) as string)
    const all = sharesOf('TotalHotkeyShares', 'TotalHotkeySharesV2', hotkey, netuid)
    // To spec 396 what a share is worth is rounded down to 2^-64 first.
    return spec >= 397 ? (pool * share) / all : (((pool << 64n) / all) * share) >> 64n
  }

  function basketOf(hotkey: string, coldkey: string): bigint {
    const all = BigInt((get('BasketShares', hotkey) as string | undefined) ?? '0')
    if (all === 0n) return 0n
    const { bits } = get('BasketRate', hotkey) as { bits: string }
    const earned = (BigInt(bits) * portionOf(hotkey, coldkey, 0)) / 2n ** 32n
    const owed = earned - BigInt(String(get('BasketClaimed', hotkey, coldkey)))
    return owed > all ? all : owed
  }

  /** The UIDs as newcomers would replace them, one after the other: found by taking the next one away each time. */
  function replacementOrder(netuid: number, size: number, registered: readonly number[]): readonly number[] {
    if (size < Number(get('MaxAllowedUids', netuid)) || (netuid === 0 && spec < 473)) return []
    const scores = (spec >= 365 ? get('Emission', netuid) : get('PruningScores', netuid)) as string[]
    const score = (uid: number) =>
      BigInt(
        netuid === 0
          ? (get('TotalHotkeyAlpha', get('Keys', 0, uid) as string, 0) as string)
          : (scores[uid] ?? '0'),
      )
    const isImmune = (uid: number) =>
      Number(height) - (registered[uid] ?? NaN) < Number(get('ImmunityPeriod', netuid))
    const goesFirst = (a: number, b: number): boolean => {
      if (score(a) !== score(b)) return score(a) < score(b)
      if (spec < 195) return isImmune(a) ? a < b : a > b
      const [first, second] = [registered[a] ?? NaN, registered[b] ?? NaN]
      return first === second ? a < b : first < second
    }
    const kept = netuid === 0 ? [] : ownersUids(netuid, size, registered)
    const left = Array.from({ length: size }, (_, uid) => uid).filter((uid) => !kept.includes(uid))
    const order: number[] = []
    const least = spec >= 365 && netuid !== 0 ? Number(get('MinNonImmuneUids', netuid)) : 0
    for (;;) {
      const mortal = left.filter((uid) => !isImmune(uid))
      const immune = netuid === 0 ? [] : left.filter(isImmune)
      const from = mortal.length > least ? mortal : immune.length > 0 ? immune : mortal
      const next = from.reduce<number | undefined>(
        (best, uid) => (best === undefined || goesFirst(uid, best) ? uid : best),
        undefined,
      )
      if (next === undefined) return order
      order.push(next)
      left.splice(left.indexOf(next), 1)
    }
  }

  /** UIDs of the subnet owner that nobody replaces. The lab's owner coldkeys have no hotkeys on their subnets. */
  function ownersUids(netuid: number, size: number, registered: readonly number[]): readonly number[] {
    if (spec < 238) return []
    const uid = get('Uids', netuid, String(get('SubnetOwnerHotkey', netuid)))
    const limit = spec < 320 ? 1 : Number(get('ImmuneOwnerUidsLimit', netuid))
    const owner = String(get('SubnetOwner', netuid))
    const others = Array.from({ length: size }, (_, each) => each).filter(
      (each) => get('Owner', String(get('Keys', netuid, each))) === owner,
    )
    if (others.length > 0) throw new Error(`expected no other neurons of the owner, at ${registered.length}`)
    return typeof uid === 'string' && limit > 0 ? [Number(uid)] : []
  }

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

const ROOT_VALIDATOR = '5ECWHVowZtjVajjxZtoKt7yUDxDMChKVgAnvZr6wVbLMNxjc'
const NETUIDS = [0, 1, 3, 11]

const NAMES: Readonly<Record<string, string>> = {
  [MINER]: 'miner',
  [ROOT_VALIDATOR]: 'root',
  '5CtYSgRaqbgfT7mdtPMRyfJoRra58TzeEAoHaUyPxErwdxH7': 'root/coldkey',
  '5DGNKs8Vokafu6Xq4mA6xjziWbjXBU9XVfeZVHG65FjcxPLL': 'fund',
  '5DqguJSRN7Q5AS2MWPehpeqKkjjnwUKuQA5y1iyCBARSeAww': 'nominator',
  '5DACMtX1HXetVFmM5VuBip6rEkFv5kqnzbBf8G5JoMcViEM7': 'collateral',
  '5DzRg1HPBzM5PG9eQPEri79iwGbz2mK9VvdeZ13rJT5zUhRm': 'former',
  '5F66EHJWc6ZjATkAmC2dP9RefHjgWmLp9KswW2L7ymR3aMBh': 'treasury',
  '5GZLr7Ub1q5oZw9s6n1r1PicHZEVfGaSteKav2TiTgFiRsqU': 'unknown',
}

/** The spec of the runtime that wrote the state: the one it noted there, or the one in the state of the block before. */
function writerOf(recording: Recording, noted: unknown): number {
  const version = (value: unknown) => Number((value as { specVersion: string }).specVersion)
  if (typeof noted === 'object' && noted !== null) return version(noted)
  const before = Array.from(recording.keys()).find((path) => path.startsWith('/runtime/spec?at='))
  return version(JSON.parse(recording.get(before ?? '')?.body ?? ''))
}
