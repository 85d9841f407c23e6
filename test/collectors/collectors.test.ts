import { describe, expect, test } from 'vitest'
import type { Address } from '../../src/chain/address.ts'
import { alpha, rao } from '../../src/chain/money.ts'
import type { AlphaDigits, RaoDigits } from '../../src/chain/digits.ts'
import type { SubnetNeurons } from '../../src/chain/neuron.ts'
import { poolPrice, PRICE_ONE } from '../../src/chain/price.ts'
import { ratioOfU16, weightedRatio } from '../../src/chain/ratio.ts'
import type { Runtime } from '../../src/chain/runtime.ts'
import type { Subnet } from '../../src/chain/subnet.ts'
import { accounts } from '../../src/collectors/accounts.ts'
import { chain } from '../../src/collectors/chain.ts'
import { hotkeys } from '../../src/collectors/hotkeys.ts'
import { NeuronReadings } from '../../src/collectors/lib/neuron-reading.ts'
import { neurons } from '../../src/collectors/neurons.ts'
import { node } from '../../src/collectors/node.ts'
import { runtime } from '../../src/collectors/runtime.ts'
import { subnets } from '../../src/collectors/subnets.ts'
import { transactionPool } from '../../src/collectors/transaction-pool.ts'
import type { NeuronTable } from '../../src/storage/incremental/index.ts'
import type { WatchedKey } from '../../src/scope/scope.ts'
import { started } from '../support/collectors.ts'
import { expectExposition, renderedText } from '../support/exposition.ts'

const HOT = '5F4tQyWrhfGVcNhoqeiNsR6KjD4wMZ2kfhLj4oHYuyHbZAc3' as Address
const COLD = '5Ccmf1dJKzGtXX7h17eN72MVMRsFwvYjPVmkXPUaapczECf6' as Address

test('node', async () => {
  const reading = {
    version: { chain: 'Bittensor', clientName: 'node-subtensor', clientVersion: '4.0.0-dev' },
    network: { roles: ['full'], peers: 387, syncing: false, shouldHavePeers: true },
    bestHeight: 158_797,
    finalizedHeight: 158_795,
    finalizedAt: 1_795_324_137.457,
  }
  await expectExposition(
    node,
    reading,
    `bittensor_node_peers{node="finney-a"} 387
     bittensor_node_syncing{node="finney-a"} 0
     bittensor_node_should_have_peers{node="finney-a"} 1
     bittensor_node_info{node="finney-a",chain="Bittensor",client_name="node-subtensor",client_version="4.0.0-dev",role="full"} 1
     bittensor_node_best_block_height{node="finney-a"} 158797
     bittensor_node_finalized_block_height{node="finney-a"} 158795
     bittensor_node_block_timestamp_seconds{node="finney-a"} 1795324137.457`,
  )
})

test('transaction_pool', async () => {
  await expectExposition(transactionPool, 3, 'bittensor_node_pending_extrinsics{node="finney-a"} 3')
})

const TOKEN = { symbol: 'TAO', decimals: 9, ss58Format: 42 }
const RUNTIME: Runtime = {
  specName: 'node-subtensor',
  specVersion: 475,
  implVersion: 1,
  authoringVersion: 1,
  transactionVersion: 2,
  chainType: 'live',
  token: TOKEN,
}

test('runtime', async () => {
  await expectExposition(
    runtime,
    RUNTIME,
    `bittensor_runtime_spec_version{node="finney-a"} 475
     bittensor_runtime_transaction_version{node="finney-a"} 2
     bittensor_runtime_info{node="finney-a",spec_name="node-subtensor",spec_version="475",impl_version="1",authoring_version="1",transaction_version="2",chain_type="live"} 1`,
  )
})

describe('chain', () => {
  const reading = {
    node: 'finney-a',
    block: { height: 158_795, hash: `0x${'0'.repeat(64)}` },
    timestamp: 1_795_324_137.457,
    token: TOKEN,
    totalIssuance: rao(9_712_345_678_901_234n),
    totalStake: rao(1n),
    subnets: 4,
    specVersion: 424,
    unknown: [],
  }

  test('with a token', async () => {
    await expectExposition(
      chain,
      reading,
      `bittensor_chain_block_height 158795
       bittensor_chain_block_timestamp_seconds 1795324137.457
       bittensor_chain_source_info{node="finney-a"} 1
       bittensor_chain_token_info{symbol="TAO",decimals="9",ss58_format="42"} 1
       bittensor_chain_total_issuance_tao ${String(9712345.678901234)}
       bittensor_chain_total_stake_tao 1e-9
       bittensor_chain_subnets 4
       bittensor_chain_state_spec_version 424`,
    )
  })

  test('with items of unknown types, and without what is read from them', async () => {
    const unknown = [
      { kind: 'storage', pallet: 'SubtensorModule', item: 'TotalIssuance', found: 'u128' } as const,
      { kind: 'storage', pallet: 'Timestamp', item: 'Now', found: 'str' } as const,
    ]
    await expectExposition(
      chain,
      { ...reading, totalIssuance: undefined, timestamp: undefined, unknown },
      `bittensor_chain_block_height 158795
       bittensor_chain_source_info{node="finney-a"} 1
       bittensor_chain_token_info{symbol="TAO",decimals="9",ss58_format="42"} 1
       bittensor_chain_total_stake_tao 1e-9
       bittensor_chain_subnets 4
       bittensor_chain_state_spec_version 424
       bittensor_exporter_unknown_layout{kind="storage",pallet="SubtensorModule",item="TotalIssuance"} 1
       bittensor_exporter_unknown_layout{kind="storage",pallet="Timestamp",item="Now"} 1`,
    )
  })

  test('of a chain that does not say what its token is, no amounts', async () => {
    await expectExposition(
      chain,
      { ...reading, token: undefined },
      `bittensor_chain_block_height 158795
       bittensor_chain_block_timestamp_seconds 1795324137.457
       bittensor_chain_source_info{node="finney-a"} 1
       bittensor_chain_subnets 4
       bittensor_chain_state_spec_version 424`,
      'unknown',
    )
  })
})

test('accounts', async () => {
  const account = { address: HOT, nonce: 444, free: rao(860_000n), reserved: rao(0n), frozen: rao(7n) }
  await expectExposition(
    accounts,
    [{ name: 'validator "A"', role: 'hotkey', address: HOT, account }],
    `bittensor_account_free_tao{address="${HOT}",name="validator \\"A\\""} 0.00086
     bittensor_account_reserved_tao{address="${HOT}",name="validator \\"A\\""} 0
     bittensor_account_frozen_tao{address="${HOT}",name="validator \\"A\\""} 7e-9
     bittensor_account_nonce{address="${HOT}",name="validator \\"A\\""} 444
     bittensor_account_info{address="${HOT}",name="validator \\"A\\"",role="hotkey"} 1`,
  )
})

describe('hotkeys', () => {
  const key = { name: 'validator', address: HOT }
  const of = `hotkey="${HOT}",name="validator"`
  const registrations = [
    { netuid: 1, uid: 7 },
    { netuid: 3, uid: 0 },
  ]

  test('one that the chain knows', async () => {
    const known = { coldkey: COLD, stake: rao(785_266_577_834_045n), take: ratioOfU16(11_796) }
    await expectExposition(
      hotkeys,
      [{ ...key, registrations, known }],
      `bittensor_hotkey_info{${of},coldkey="${COLD}"} 1
       bittensor_hotkey_registrations{${of}} 2
       bittensor_hotkey_stake_tao{${of}} 785266.577834045
       bittensor_hotkey_take_ratio{${of}} 0.179995422293431`,
    )
  })

  test('one that holds alpha without a known price has no stake in TAO', async () => {
    const known = { coldkey: COLD, stake: undefined, take: ratioOfU16(0) }
    await expectExposition(
      hotkeys,
      [{ ...key, registrations, known }],
      `bittensor_hotkey_info{${of},coldkey="${COLD}"} 1
       bittensor_hotkey_registrations{${of}} 2
       bittensor_hotkey_take_ratio{${of}} 0`,
    )
  })

  test('one that nobody owns: that it is registered nowhere is known, the rest is absent', async () => {
    await expectExposition(
      hotkeys,
      [{ ...key, registrations: [], known: undefined }],
      `bittensor_hotkey_registrations{${of}} 0
       bittensor_exporter_hotkey_unknown{${of}} 1`,
    )
  })
})

describe('subnets', () => {
  const subnet: Subnet = {
    netuid: 3,
    name: '',
    symbol: '',
    ownerColdkey: undefined,
    ownerHotkey: undefined,
    neurons: 64,
    neuronsLimit: 256,
    validatorsLimit: 64,
    mechanisms: undefined,
    tempo: 99,
    sinceEpoch: 29,
    immunityPeriod: 4096,
    activityCutoff: 5000,
    registrationCost: rao(1_194_112_111n),
    collateralLock: undefined,
    consensus: undefined,
    pool: undefined,
  }
  const list = {
    height: 7,
    specVersion: 475,
    settings: new Map<number, never>(),
    leftOut: [],
    missing: [],
    unreadablePolls: 0,
  }
  const common = `bittensor_subnet_neurons{netuid="3"} 64
       bittensor_subnet_neurons_limit{netuid="3"} 256
       bittensor_subnet_validators_limit{netuid="3"} 64
       bittensor_subnet_tempo_blocks{netuid="3"} 99
       bittensor_subnet_blocks_since_epoch{netuid="3"} 29
       bittensor_subnet_immunity_period_blocks{netuid="3"} 4096
       bittensor_subnet_activity_cutoff_blocks{netuid="3"} 5000
       bittensor_subnet_registration_cost_tao{netuid="3"} 1.194112111`

  test('before alpha', async () => {
    await expectExposition(
      subnets,
      { ...list, subnets: [subnet] },
      `bittensor_subnet_info{netuid="3",name="",symbol="",owner_coldkey="",owner_hotkey=""} 1
       ${common}`,
    )
  })

  test('with a pool', async () => {
    const pool = {
      price: poolPrice(rao(1n), alpha(4n, 3)),
      movingPrice: PRICE_ONE,
      tao: rao(21_500_000_000n),
      alphaIn: alpha(86_000_000_000n, 3),
      alphaOut: alpha(1n, 3),
      alphaStaked: alpha(3_500_000_000n, 3),
    }
    await expectExposition(
      subnets,
      {
        ...list,
        leftOut: [11],
        missing: [99],
        subnets: [
          {
            ...subnet,
            name: 'Subnet 3',
            symbol: 'γ',
            ownerColdkey: COLD,
            ownerHotkey: HOT,
            mechanisms: 2,
            collateralLock: ratioOfU16(13_107),
            consensus: 'Null',
            pool,
          },
        ],
      },
      `bittensor_subnet_info{netuid="3",name="Subnet 3",symbol="γ",owner_coldkey="${COLD}",owner_hotkey="${HOT}"} 1
       ${common}
       bittensor_subnet_collateral_lock_ratio{netuid="3"} 0.2
       bittensor_subnet_consensus_info{netuid="3",consensus="Null"} 1
       bittensor_subnet_mechanisms{netuid="3"} 2
       bittensor_subnet_alpha_price_tao{netuid="3"} 0.25
       bittensor_subnet_alpha_price_moving_tao{netuid="3"} 1
       bittensor_subnet_pool_tao{netuid="3"} 21.5
       bittensor_subnet_pool_alpha{netuid="3"} 86
       bittensor_subnet_outstanding_alpha{netuid="3"} 1e-9
       bittensor_subnet_staked_alpha{netuid="3"} 3.5
       bittensor_exporter_subnet_left_out{netuid="11"} 1
       bittensor_exporter_subnet_missing{netuid="99"} 1`,
    )
  })

  test('of a subnet that has had no epoch', async () => {
    await expectExposition(
      subnets,
      { ...list, subnets: [{ ...subnet, sinceEpoch: undefined }] },
      `bittensor_subnet_info{netuid="3",name="",symbol="",owner_coldkey="",owner_hotkey=""} 1
       ${common.replace(/\n.*blocks_since_epoch.*\n/, '\n')}`,
    )
  })

  test('none', async () => {
    await expectExposition(subnets, { ...list, subnets: [] }, '')
  })
})

describe('neurons', () => {
  const subnet: SubnetNeurons = {
    netuid: 1,
    uids: [1169],
    hotkeys: [HOT],
    coldkeys: [COLD],
    stake: { unit: 'tao', amounts: ['785266577834045' as RaoDigits] },
    scores: {
      rank: Uint16Array.of(0),
      trust: Uint16Array.of(0),
      validatorTrust: Uint16Array.of(57_930),
      consensus: Uint16Array.of(0),
      dividends: Uint16Array.of(15_025),
    },
    incentive: Uint16Array.of(0),
    emission: { unit: 'tao', amounts: ['11463921703' as RaoDigits] },
    lastUpdate: [158_548],
    validatorPermit: [true],
    active: [true],
    registeredAt: [146_699],
    immunityPeriod: 4096,
  }
  const watched = [{ name: 'validator', address: HOT }]
  const tableOf = (height: number, subnets: readonly SubnetNeurons[]) =>
    ({ height, specVersion: 103, subnets, unreadablePolls: 0 }) as unknown as NeuronTable
  const reading = (subnets: readonly SubnetNeurons[], keys: readonly WatchedKey[] = watched) =>
    new NeuronReadings().derive(tableOf(158_794, subnets), keys)
  const of = `netuid="1",uid="1169",hotkey="${HOT}"`

  test('of the article', async () => {
    await expectExposition(
      neurons,
      reading([subnet]),
      `bittensor_neuron_info{${of},coldkey="${COLD}",name="validator",watched="true"} 1
       bittensor_neuron_stake_tao{${of}} 785266.577834045
       bittensor_neuron_rank_ratio{${of}} 0
       bittensor_neuron_trust_ratio{${of}} 0
       bittensor_neuron_validator_trust_ratio{${of}} 0.8839551384756237
       bittensor_neuron_consensus_ratio{${of}} 0
       bittensor_neuron_incentive_ratio{${of}} 0
       bittensor_neuron_dividends_ratio{${of}} 0.22926680399786373
       bittensor_neuron_emission_tao{${of}} 11.463921703
       bittensor_neuron_last_update_block{${of}} 158548
       bittensor_neuron_updated_blocks{${of}} 246
       bittensor_neuron_validator_permit{${of}} 1
       bittensor_neuron_active{${of}} 1
       bittensor_neuron_registered_block{${of}} 146699
       bittensor_neuron_immune{${of}} 0`,
    )
  })

  test('a name is quoted, whatever its letters', async () => {
    const text = await renderedText(
      started(neurons),
      reading([subnet], [{ name: 'τ "ü"\\ 😀', address: HOT }]),
      9,
    )
    expect(text.split('\n')[0]).toBe(
      `bittensor_neuron_info{${of},coldkey="${COLD}",name="τ \\"ü\\"\\\\ 😀",watched="true"} 1`,
    )
  })

  test('immunity ends at its height, and begins again with another period', async () => {
    const readings = new NeuronReadings()
    const collector = started(neurons)
    const registeredAt = [100]
    const immuneAt = async (height: number, immunityPeriod = 10) => {
      const table = tableOf(height, [{ ...subnet, registeredAt, immunityPeriod }])
      const text = await renderedText(collector, readings.derive(table, watched), 9)
      return /^bittensor_neuron_immune\{.*\} (.)$/m.exec(text)?.[1]
    }
    const expected = [
      ...[
        [108, 10, '1'],
        [109, 10, '1'],
        [110, 10, '0'],
        [111, 10, '0'],
      ],
      ...[
        [111, 20, '1'],
        [119, 20, '1'],
        [120, 20, '0'],
      ],
      // The reading of a node that is behind is not published, and is right all the same.
      ...[
        [112, 10, '0'],
        [105, 10, '1'],
      ],
    ] as const
    for (const [height, period, immune] of expected)
      expect([height, period, await immuneAt(height, period)]).toEqual([height, period, immune])
  })

  test('of a stranger, in alpha, on a runtime that computes less: what is not known is absent', async () => {
    const bare: SubnetNeurons = {
      ...subnet,
      coldkeys: [undefined],
      stake: { unit: 'alpha', amounts: ['21536900000' as AlphaDigits], price: undefined },
      scores: { ...subnet.scores, rank: undefined, trust: undefined, validatorTrust: undefined },
      incentive: undefined,
      emission: { unit: 'alpha', amounts: ['0' as AlphaDigits] },
      lastUpdate: undefined,
      active: [false],
      registeredAt: [158_000],
    }
    await expectExposition(
      neurons,
      reading([bare], []),
      `bittensor_neuron_info{${of},coldkey="",name="",watched="false"} 1
       bittensor_neuron_stake_alpha{${of}} 21.5369
       bittensor_neuron_consensus_ratio{${of}} 0
       bittensor_neuron_dividends_ratio{${of}} 0.22926680399786373
       bittensor_neuron_emission_alpha{${of}} 0
       bittensor_neuron_validator_permit{${of}} 1
       bittensor_neuron_active{${of}} 0
       bittensor_neuron_registered_block{${of}} 158000
       bittensor_neuron_immune{${of}} 1`,
    )
  })

  test('alpha is worth its price, and several mechanisms are one ratio', async () => {
    const dynamic: SubnetNeurons = {
      ...subnet,
      stake: { unit: 'alpha', amounts: ['3' as AlphaDigits], price: poolPrice(rao(1n), alpha(2n, 1)) },
      incentive: [weightedRatio([65_535, 0], [1, 1])],
    }
    const lines = (await renderedText(started(neurons), reading([dynamic]), 9)).split('\n')
    expect(lines).toContain(`bittensor_neuron_stake_tao{${of}} 1e-9`)
    expect(lines).toContain(`bittensor_neuron_stake_alpha{${of}} 3e-9`)
    expect(lines).toContain(`bittensor_neuron_incentive_ratio{${of}} 0.5`)
  })

  test('without decimals there are no amounts', async () => {
    const text = await renderedText(started(neurons), reading([subnet]), undefined)
    expect(text).not.toMatch(/_(tao|alpha)\{/)
    expect(text).toContain(`bittensor_neuron_active{${of}} 1\n`)
  })

  test('none', async () => {
    await expectExposition(neurons, reading([]), '')
  })
})
