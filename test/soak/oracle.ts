import type { SimulatedChain } from '../../src/demo/chain.ts'
import { nextToGo } from '../../src/demo/prune.ts'
import type { StateAt } from '../../src/demo/state.ts'
import type { SubnetState } from '../../src/demo/subnet.ts'
import type { KeyConfig } from '../../src/config/config.ts'
import type { Address } from '../../src/chain/address.ts'
import { expectedOf, priceBitsOf } from '../support/truth.ts'

/** What a collector must say at a height: values by series, written as on /metrics. */
export type Said = Map<string, number>

/**
 * What /metrics must say at each height of a simulated chain, whatever its spec, by plain arithmetic on the
 * simulation's state and with none of the exporter's code between.
 */
export class Oracle {
  readonly #chain: SimulatedChain
  readonly #keys: readonly KeyConfig[]
  readonly #said = new Map<string, Said>()

  constructor(chain: SimulatedChain, keys: readonly KeyConfig[]) {
    this.#chain = chain
    this.#keys = keys
  }

  /** The collectors it knows. */
  static readonly collectors = Object.keys(sayings())

  /** Throws RangeError for heights that are not kept. */
  said(collector: string, height: number): Said {
    const key = `${collector} ${height}`
    const known = this.#said.get(key)
    if (known !== undefined) return known
    const say = sayings()[collector]
    const state = this.#chain.stateAt(height)
    if (say === undefined || state === undefined) throw new RangeError(`nothing is known of ${key}`)
    const said = say({ chain: this.#chain, state, keys: this.#keys })
    this.#said.set(key, said)
    for (const oldest of this.#said.keys()) {
      if (this.#said.size <= 1000) break
      this.#said.delete(oldest)
    }
    return said
  }

  /** What `value` must say at a height when of all positions only these are known. */
  stakes(positions: Said, height: number): Said {
    const state = this.#chain.stateAt(height)
    if (state === undefined) throw new RangeError(`nothing is known of height ${height}`)
    return value({ chain: this.#chain, state, keys: this.#keys }, (series) => positions.has(series))
  }
}

interface At {
  readonly chain: SimulatedChain
  readonly state: StateAt
  readonly keys: readonly KeyConfig[]
}

/** A function, so that it can name what is declared below. */
function sayings(): Readonly<Record<string, (at: At) => Said>> {
  return {
    chain,
    accounts,
    hotkeys,
    value: (at) => value(at),
    expectations,
    swaps,
    subnets,
    neurons,
    deregistration,
  }
}

const tokens = (units: bigint): number => Number(`${units}e-9`)

function labelled(family: string, labels: Readonly<Record<string, string | number>>): string {
  return `${family}{${Object.entries(labels)
    .map(([label, text]) => `${label}="${text}"`)
    .join(',')}}`
}

/** The watched keys, and the owners of the watched hotkeys, named after the first they own. */
export function accountsOf(keys: readonly KeyConfig[], state: StateAt) {
  const hotkeys = keys.filter(({ role }) => role === 'hotkey')
  const coldkeys = new Map(
    keys.filter(({ role }) => role === 'coldkey').map(({ address, name }) => [address, name]),
  )
  for (const { address, name } of hotkeys) {
    const owner = state.owner(address)
    if (owner !== undefined && !coldkeys.has(owner)) coldkeys.set(owner, `${name}/coldkey`)
  }
  return {
    hotkeys: hotkeys.map(({ address, name }) => ({ address, name })),
    coldkeys: Array.from(coldkeys, ([address, name]) => ({ address, name })),
  }
}

/** The price of a subnet's alpha, as bits over 2^64. */
function priceOf({ chain, state }: At, { netuid }: SubnetState): bigint {
  const { spec, height } = state.block
  const subnet = chain.truth(height).subnets.get(netuid)!
  const bits = priceBitsOf(subnet, spec)
  return spec >= 423 && netuid !== 0 && subnet.mechanismKind === 1 ? bits : bits << 32n
}

function chain({ chain: { token }, state: { block } }: At): Said {
  const pools = Array.from(block.subnets.values()).reduce((sum, { tao }) => sum + tao, 0n)
  const { symbol, decimals } = token
  return new Map([
    ['bittensor_chain_block_height', block.height],
    ['bittensor_chain_state_spec_version', block.spec],
    ['bittensor_chain_block_timestamp_seconds', block.timestamp / 1000],
    [labelled('bittensor_chain_token_info', { symbol, decimals, ss58_format: 42 }), 1],
    ['bittensor_chain_total_issuance_tao', tokens(block.totalIssuance)],
    ['bittensor_chain_total_stake_tao', tokens(block.spec < 233 ? block.totalStake : pools)],
    ['bittensor_chain_subnets', block.subnets.size],
  ])
}

function accounts({ state, keys }: At): Said {
  const said: Said = new Map()
  const { hotkeys, coldkeys } = accountsOf(keys, state)
  const all = [
    ...hotkeys.map((key) => ({ ...key, role: 'hotkey' })),
    ...coldkeys.map((key) => ({ ...key, role: 'coldkey' })),
  ]
  for (const { address, name, role } of all) {
    const { nonce, free, reserved, frozen } = state.account(address)
    said.set(labelled('bittensor_account_free_tao', { address, name }), tokens(free))
    said.set(labelled('bittensor_account_reserved_tao', { address, name }), tokens(reserved))
    said.set(labelled('bittensor_account_frozen_tao', { address, name }), tokens(frozen))
    said.set(labelled('bittensor_account_nonce', { address, name }), nonce)
    said.set(labelled('bittensor_account_info', { address, name, role }), 1)
  }
  return said
}

function hotkeys(at: At): Said {
  const { state } = at
  const said: Said = new Map()
  const subnets = Array.from(state.block.subnets.values())
  for (const { address: hotkey, name } of accountsOf(at.keys, state).hotkeys) {
    const on = subnets.filter(({ keys }) => keys.includes(hotkey))
    said.set(labelled('bittensor_hotkey_registrations', { hotkey, name }), on.length)
    const coldkey = state.owner(hotkey)
    if (coldkey === undefined) continue
    said.set(labelled('bittensor_hotkey_info', { hotkey, name, coldkey }), 1)
    said.set(labelled('bittensor_hotkey_stake_tao', { hotkey, name }), tokens(stakeOn(at, hotkey)))
    said.set(
      labelled('bittensor_hotkey_take_ratio', { hotkey, name }),
      (state.take(hotkey) ?? 11_796) / 65_535,
    )
  }
  return said
}

/** What is staked on a hotkey, in rao: from spec 290 all of it is rounded once. */
function stakeOn(at: At, hotkey: Address): bigint {
  const { spec, subnets } = at.state.block
  if (spec < 233) return at.state.stake(hotkey)
  const values = Array.from(subnets.values(), (subnet) => {
    const value = at.state.alpha(subnet.netuid, hotkey) * priceOf(at, subnet)
    return spec < 290 ? (value >> 64n) << 64n : value
  })
  return values.reduce((sum, value) => sum + value, 0n) >> 64n
}

/** @param counts tells which positions are known; all of them where it is not given. */
function value(at: At, counts: (series: string) => boolean = () => true): Said {
  const { state } = at
  const said: Said = new Map()
  for (const { address: coldkey, name } of accountsOf(at.keys, state).coldkeys) {
    if (state.block.spec < 233) {
      const owned = state.owned(coldkey).reduce((sum, hotkey) => sum + state.stake(hotkey), 0n)
      said.set(labelled('bittensor_coldkey_stake_tao', { coldkey, name }), tokens(owned))
      continue
    }
    let total = 0n
    for (const { hotkey, subnet, amount } of positionsOf(state, coldkey)) {
      const series = labelled('bittensor_coldkey_stake_alpha', {
        coldkey,
        name,
        hotkey,
        netuid: subnet.netuid,
      })
      if (!counts(series)) continue
      said.set(series, tokens(amount))
      total += (amount * priceOf(at, subnet)) >> 64n
    }
    said.set(labelled('bittensor_coldkey_stake_tao', { coldkey, name }), tokens(total))
  }
  return said
}

function positionsOf(state: StateAt, coldkey: Address) {
  return state.staking(coldkey).flatMap((hotkey) =>
    Array.from(state.block.subnets.values()).flatMap((subnet) => {
      const portions = state.portions(subnet.netuid, hotkey)
      const all = Array.from(portions.values()).reduce((sum, part) => sum + part, 0)
      const part = portions.get(coldkey) ?? 0
      const amount = all === 0 ? 0n : (state.alpha(subnet.netuid, hotkey) * BigInt(part)) / BigInt(all)
      return amount === 0n ? [] : [{ hotkey, subnet, amount }]
    }),
  )
}

function expectations({ state, keys }: At): Said {
  const said: Said = new Map()
  const { height } = state.block
  for (const { name, address, expect } of keys) {
    const met = (
      expectation: string,
      netuid: number | '',
      wanted: unknown,
      { holds, actual }: { holds: boolean; actual?: string | undefined },
    ) => {
      const labels = { name, expectation, netuid, wanted: String(wanted) }
      said.set(labelled('bittensor_expectation_met', labels), Number(holds))
      if (actual !== undefined)
        said.set(labelled('bittensor_expectation_actual_info', { ...labels, actual }), 1)
    }
    const places = Array.from(state.block.subnets.values()).flatMap((subnet) => {
      const uid = subnet.keys.indexOf(address)
      return uid === -1 ? [] : [{ subnet, uid }]
    })
    const netuids = expect?.netuids ?? []
    const onEach = (
      expectation: string,
      wanted: unknown,
      judge: (subnet: SubnetState, uid: number) => { holds: boolean; actual?: string },
    ) => {
      for (const netuid of netuids) {
        const place = places.find(({ subnet }) => subnet.netuid === netuid)
        const absent = { holds: false, actual: 'not registered there' }
        if (netuid !== 0 || expectation === 'netuids')
          met(expectation, netuid, wanted, place === undefined ? absent : judge(place.subnet, place.uid))
      }
    }
    const flag = (holds: boolean) => ({ holds, actual: holds ? 'true' : 'false' })
    if (expect?.coldkey !== undefined) {
      const owner = state.owner(address)
      met('coldkey', '', expect.coldkey, { holds: owner === expect.coldkey, actual: owner ?? 'no hotkey' })
    }
    onEach('netuids', 'registered', () => ({ holds: true, actual: 'registered' }))
    if (expect?.validatorPermit === true)
      onEach('validator_permit', true, (subnet, uid) => flag(subnet.validatorPermit[uid] === true))
    if (expect?.active === true) onEach('active', true, (subnet, uid) => flag(subnet.active[uid] === true))
    const most = expect?.maxUpdatedBlocks
    if (most !== undefined)
      onEach('max_updated_blocks', most, ({ lastUpdate }, uid) => ({
        holds: height - Math.max(...kept(state, lastUpdate).map((heights) => heights[uid] ?? 0)) <= most,
      }))
    if (expect?.minFreeTao !== undefined) {
      const least = BigInt(expect.minFreeTao) * 1_000_000_000n
      met('min_free_tao', '', expect.minFreeTao, { holds: state.account(address).free >= least })
    }
  }
  return said
}

/** What a runtime keeps of vectors by mechanism: one before spec 320. */
const kept = <Vector>(state: StateAt, byMechanism: readonly Vector[]): readonly Vector[] =>
  state.block.spec < 320 ? byMechanism.slice(0, 1) : byMechanism

function swaps({ state, keys }: At): Said {
  const said: Said = new Map()
  const { spec } = state.block
  const { hotkeys, coldkeys } = accountsOf(keys, state)
  for (const { address: coldkey, name } of coldkeys) {
    const { scheduledAt, to } = spec >= 273 && spec <= 380 ? state.swap(coldkey) : {}
    const { announcedFor, disputedAt } = spec >= 381 ? state.swap(coldkey) : {}
    const identity = spec >= 195 ? state.identity(coldkey) : undefined
    const of = { coldkey, name }
    if (scheduledAt !== undefined)
      said.set(labelled('bittensor_coldkey_swap_scheduled_block', of), scheduledAt)
    if (scheduledAt !== undefined && to !== undefined)
      said.set(labelled('bittensor_coldkey_swap_info', { ...of, new_coldkey: to }), 1)
    if (announcedFor !== undefined)
      said.set(labelled('bittensor_coldkey_swap_announced_block', of), announcedFor)
    if (disputedAt !== undefined) said.set(labelled('bittensor_coldkey_swap_disputed_block', of), disputedAt)
    if (identity !== undefined) said.set(labelled('bittensor_coldkey_identity_info', { ...of, identity }), 1)
  }
  for (const { address: hotkey, name } of hotkeys)
    for (const netuid of state.block.subnets.keys()) {
      const { children, from } = state.pendingChildren(netuid, hotkey)
      if (from === 0 || spec < 216) continue
      said.set(labelled('bittensor_hotkey_pending_children', { hotkey, name, netuid }), children.length)
      said.set(labelled('bittensor_hotkey_pending_children_block', { hotkey, name, netuid }), from)
    }
  return said
}

function subnets(at: At): Said {
  const said: Said = new Map()
  const { height, spec } = at.state.block
  for (const subnet of at.state.block.subnets.values()) {
    const { netuid, tempo } = subnet
    const name = spec < 195 ? '' : subnet.name
    const symbol = spec < 233 ? '' : subnet.symbol
    const say = (family: string, number: number) =>
      said.set(labelled(`bittensor_subnet_${family}`, { netuid }), number)
    const owner = {
      owner_coldkey: spec < 133 ? '' : subnet.ownerColdkey,
      owner_hotkey: spec < 233 ? '' : subnet.ownerHotkey,
    }
    said.set(labelled('bittensor_subnet_info', { netuid, name, symbol, ...owner }), 1)
    say('neurons', subnet.keys.length)
    say('neurons_limit', subnet.maxAllowedUids)
    say('validators_limit', subnet.maxValidators)
    if (spec >= 320) say('mechanisms', subnet.mechanisms)
    say('tempo_blocks', tempo)
    say('blocks_since_epoch', height - subnet.lastEpoch)
    say('immunity_period_blocks', subnet.immunityPeriod)
    const byFactor = Math.max(1, Math.floor((subnet.activityCutoffFactorMilli * tempo) / 1000))
    say('activity_cutoff_blocks', spec >= 423 ? byFactor : subnet.activityCutoff)
    say('registration_cost_tao', tokens(subnet.burn))
    if (spec >= 437) say('collateral_lock_ratio', subnet.collateralLockShare / 65_535)
    if (spec >= 448) say('staked_alpha', tokens(subnet.staked))
    const consensus = subnet.epochConsensus
    if (spec >= 474) said.set(labelled('bittensor_subnet_consensus_info', { netuid, consensus }), 1)
    if (spec < 233) continue
    say('alpha_price_tao', Number(priceOf(at, subnet)) / 2 ** 64)
    const market = netuid !== 0 && subnet.mechanismKind === 1
    say('alpha_price_moving_tao', market ? Number(subnet.movingPrice) / 2 ** 32 : 1)
    say('pool_tao', tokens(subnet.tao))
    say('pool_alpha', tokens(subnet.alphaIn))
    say('outstanding_alpha', tokens(subnet.alphaOut))
  }
  return said
}

function neurons({ chain, state, keys }: At): Said {
  const said: Said = new Map()
  const truth = chain.truth(state.block.height)
  for (const [series, number] of expectedOf(truth, 9))
    if (series.startsWith('bittensor_neuron_')) said.set(series, number)
  const names = new Map(
    keys.filter(({ role }) => role === 'hotkey').map(({ address, name }) => [address, name]),
  )
  for (const subnet of truth.subnets.values()) {
    const { netuid } = subnet
    const mechanisms = kept(state, subnet.incentive).length
    const weights =
      mechanisms === 1 ? [1] : (subnet.emissionSplit ?? Array.from({ length: mechanisms }, () => 1))
    const whole = weights.reduce((sum, weight) => sum + weight, 0)
    for (const { uid, hotkey, coldkey, incentive } of subnet.neurons) {
      const name = names.get(hotkey)
      const facts = { coldkey, name: name ?? '', watched: String(name !== undefined) }
      said.set(labelled('bittensor_neuron_info', { netuid, uid, hotkey, ...facts }), 1)
      const weighted = kept(state, incentive).reduce(
        (sum, score, index) => sum + score * (weights[index] ?? 0),
        0,
      )
      said.set(
        labelled('bittensor_neuron_incentive_ratio', { netuid, uid, hotkey }),
        weighted / (whole * 65_535),
      )
    }
  }
  return said
}

function deregistration({ state, keys }: At): Said {
  const said: Said = new Map()
  const { height, spec } = state.block
  const watched = accountsOf(keys, state).hotkeys.map(({ address }) => address)
  for (const subnet of state.block.subnets.values()) {
    const { netuid, registeredAt, immunityPeriod } = subnet
    const places = watched.filter((hotkey) => subnet.keys.includes(hotkey))
    if (places.length === 0) continue
    const order = pruneOrder(subnet, state)
    for (const hotkey of places) {
      const uid = subnet.keys.indexOf(hotkey)
      const neuron = { netuid, uid, hotkey }
      if (order.includes(uid))
        said.set(labelled('bittensor_neuron_prune_rank', neuron), order.indexOf(uid) + 1)
      said.set(
        labelled('bittensor_neuron_immunity_ends_block', neuron),
        (registeredAt[uid] ?? 0) + immunityPeriod,
      )
    }
    const say = (family: string, number: number) =>
      said.set(labelled(`bittensor_subnet_${family}`, { netuid }), number)
    if (spec <= 396 || netuid === 0) {
      say('registrations_this_interval', subnet.registrationsThisInterval)
      say('target_registrations', subnet.targetRegistrations)
      say('adjustment_interval_blocks', subnet.adjustmentInterval)
    }
    say('recent_registrations', registeredAt.filter((registered) => height - registered < 7200).length)
  }
  return said
}

/** The UIDs in the order they would go: the simulation's next to go, taken away, and again. */
function pruneOrder(subnet: SubnetState, state: StateAt): readonly number[] {
  const { spec } = state.block
  if ((subnet.netuid === 0 && spec < 473) || subnet.keys.length < subnet.maxAllowedUids) return []
  const order: number[] = []
  for (;;) {
    const left = subnet.keys.map((_, uid) => uid).filter((uid) => !order.includes(uid))
    const only = <Element>(vector: readonly Element[]) => left.map((uid) => vector[uid]!)
    const rest = {
      ...subnet,
      keys: only(subnet.keys),
      registeredAt: only(subnet.registeredAt),
      emission: only(subnet.emission),
      pruningScores: only(subnet.pruningScores),
    }
    // Those that are to be left go when nobody else is there.
    const next = nextToGo(rest, state) ?? nextToGo({ ...rest, minNonImmuneUids: 0 }, state)
    if (next === undefined) return order
    order.push(left[next]!)
  }
}
