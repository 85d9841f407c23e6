import { expect, test } from 'vitest'
import { COLLECTORS } from '../../src/collectors/index.ts'
import { SelfMetrics } from '../../src/metrics/self.ts'

const build = { version: '0', revision: '0', nodeVersion: '0' }

const families = COLLECTORS.flatMap((collector) => Object.values(collector.families))

test('every family has one name, one owner and a sentence of help', () => {
  expect(families.length).toBeGreaterThan(50)
  expect(new Set(families.map(({ name }) => name)).size).toBe(families.length)
  for (const { name, help } of families)
    expect([name, help]).toEqual([name, expect.stringMatching(/^[A-Z0-9][^"|\n]{8,}\.$/)])
})

test('names keep to the naming guide', () => {
  for (const { name, type, labels } of families) {
    expect(name).toMatch(/^bittensor(_[a-z]+)+$/)
    expect(name.endsWith('_total'), `${name}: only counters end in _total`).toBe(type === 'counter')
    expect(name, 'no type or plural-less unit in the name').not.toMatch(/_(gauge|count|rao|percent)$/)
    for (const label of labels) expect(label).toMatch(/^[a-z][a-z0-9_]*$/)
  }
})

test('every metric of the contract up to the neurons is defined, with its labels', async () => {
  const design = [
    'node_peers{node}',
    'node_syncing{node}',
    'node_should_have_peers{node}',
    'node_info{node,chain,client_name,client_version,role}',
    'node_best_block_height{node}',
    'node_finalized_block_height{node}',
    'node_block_timestamp_seconds{node}',
    'node_pending_extrinsics{node}',
    'runtime_spec_version{node}',
    'runtime_transaction_version{node}',
    'runtime_info{node,spec_name,spec_version,impl_version,authoring_version,transaction_version,chain_type}',
    'chain_block_height{}',
    'chain_block_timestamp_seconds{}',
    'chain_source_info{node}',
    'chain_token_info{symbol,decimals,ss58_format}',
    'chain_total_issuance_tao{}',
    'chain_total_stake_tao{}',
    'chain_subnets{}',
    'chain_state_spec_version{}',
    'exporter_unknown_layout{kind,pallet,item}',
    'account_free_tao{address,name}',
    'account_reserved_tao{address,name}',
    'account_frozen_tao{address,name}',
    'account_nonce{address,name}',
    'account_info{address,name,role}',
    'account_unexplained_change_tao_total{address,name}',
    'key_extrinsics_total{address,name,pallet,method,result}',
    'followed_block_height{}',
    'followed_blocks_total{result}',
    'hotkey_info{hotkey,name,coldkey}',
    'hotkey_registrations{hotkey,name}',
    'hotkey_stake_tao{hotkey,name}',
    'hotkey_take_ratio{hotkey,name}',
    'hotkey_pending_children{hotkey,name,netuid}',
    'hotkey_pending_children_block{hotkey,name,netuid}',
    'coldkey_stake_tao{coldkey,name}',
    'coldkey_stake_alpha{coldkey,name,hotkey,netuid}',
    'coldkey_collateral_alpha{coldkey,name,hotkey,netuid}',
    'coldkey_basket_shares{coldkey,name,hotkey}',
    'coldkey_swap_scheduled_block{coldkey,name}',
    'coldkey_swap_announced_block{coldkey,name}',
    'coldkey_swap_disputed_block{coldkey,name}',
    'coldkey_swap_info{coldkey,name,new_coldkey}',
    'coldkey_identity_info{coldkey,name,identity}',
    'expectation_met{name,expectation}',
    'subnet_info{netuid,name,symbol,owner_coldkey,owner_hotkey}',
    ...[
      'neurons',
      'neurons_limit',
      'tempo_blocks',
      'blocks_since_epoch',
      'immunity_period_blocks',
      'activity_cutoff_blocks',
      'registration_cost_tao',
      'collateral_lock_ratio',
      'alpha_price_tao',
      'alpha_price_moving_tao',
      'pool_tao',
      'pool_alpha',
      'outstanding_alpha',
      'staked_alpha',
      'registrations_this_interval',
      'target_registrations',
      'adjustment_interval_blocks',
      'recent_registrations',
    ].map((name) => `subnet_${name}{netuid}`),
    'subnet_consensus_info{netuid,consensus}',
    'exporter_subnet_left_out{netuid}',
    'neuron_info{netuid,uid,hotkey,coldkey,name,watched}',
    ...[
      'stake_tao',
      'stake_alpha',
      'rank_ratio',
      'trust_ratio',
      'validator_trust_ratio',
      'consensus_ratio',
      'incentive_ratio',
      'dividends_ratio',
      'emission_tao',
      'emission_alpha',
      'last_update_block',
      'updated_blocks',
      'validator_permit',
      'active',
      'registered_block',
      'immune',
      'prune_rank',
      'immunity_ends_block',
    ].map((name) => `neuron_${name}{netuid,uid,hotkey}`),
  ]
  const defined = families.map(({ name, labels }) => `${name.replace('bittensor_', '')}{${labels.join(',')}}`)
  expect(defined.toSorted()).toEqual(design.toSorted())
  const own = await new SelfMetrics(build, true, ['a']).text('text')
  for (const name of ['build_info', 'demo', 'refused_views_total'])
    expect(own).toContain(`bittensor_exporter_${name}{`.replace('demo{', 'demo '))
})
