import { z } from 'zod'
import { EXPECTATION_NAMES } from '../../scope/expectation.ts'
import { NEURON_FIELDS, type FieldKinds } from './neuron-fields.ts'
import {
  address,
  amount,
  block,
  blocks,
  count,
  head,
  netuid,
  price,
  ratio,
  seconds,
  strangersName,
} from './values.ts'

/**
 * Schemas of the API's responses. Fields are named after the corresponding metrics. The compiler checks the handlers against
 * them, tests check the responses, and openapi.json and docs/API.md are generated from them.
 */

export const status = z
  .strictObject({
    ...head,
    version: z.string(),
    ready: z.boolean().describe('Whether fresh data is published.'),
    source: z.string().nullable().describe('Node from which chain state is read.'),
    block: block.nullable().describe('Newest block at which chain state was read.'),
    block_timestamp_seconds: seconds.nullable(),
    token: z.strictObject({ symbol: strangersName, decimals: count, ss58_format: count }).nullable(),
    total_issuance_tao: amount.nullable(),
    total_stake_tao: amount.nullable(),
    subnets: count.nullable(),
    expectations: z
      .strictObject({ met: count, broken: count, unknown: count })
      .describe('Number of configured expectations that are met, broken, or cannot be checked.'),
    collectors: z.strictObject({ succeeding: count, failing: count }),
  })
  .meta({ id: 'Status', description: 'Summary of the exporter and the chain.' })

export const node = z
  .strictObject({
    name: z.string(),
    up: z.boolean().nullable().describe('Whether the node answered any request in the last round.'),
    source: z.boolean().describe('Whether chain state is read from this node.'),
    chain: strangersName.nullable(),
    client_name: strangersName.nullable(),
    client_version: strangersName.nullable(),
    roles: z.array(strangersName).nullable(),
    peers: count.nullable(),
    syncing: z.boolean().nullable(),
    should_have_peers: z.boolean().nullable(),
    best_block_height: blocks.nullable(),
    finalized_block_height: blocks.nullable(),
    block_timestamp_seconds: seconds.nullable().describe('Timestamp of the finalized block.'),
    pending_extrinsics: count.nullable(),
    runtime_spec_version: count.nullable(),
    runtime_transaction_version: count.nullable(),
  })
  .meta({ id: 'Node' })

export const nodes = z
  .strictObject({ ...head, nodes: z.array(node) })
  .meta({ id: 'Nodes', description: 'Every configured node, as of its last successful round.' })

const fieldSchemas = { amount, ratio, number: blocks, flag: z.boolean() } as const

type FieldSchemas = {
  readonly [Field in keyof FieldKinds]: z.ZodNullable<(typeof fieldSchemas)[FieldKinds[Field]]>
}

/** The columns of the neuron table. */
const neuronFields = Object.fromEntries(
  NEURON_FIELDS.map(({ field, kind, help }) => {
    const schema = fieldSchemas[kind].nullable()
    // The help of a flag describes a gauge of 1 and 0.
    return [field, kind === 'flag' ? schema : schema.describe(help)]
  }),
  // Each schema is that of the kind of its column.
) as FieldSchemas

export const neuron = z
  .strictObject({
    netuid,
    uid: count,
    hotkey: address,
    coldkey: address.nullable(),
    name: z.string().nullable().describe('Configured name of a watched hotkey.'),
    watched: z.boolean(),
    ...neuronFields,
    immunity_ends_block: blocks.nullable(),
    prune_rank: count
      .nullable()
      .describe(
        'Deregistration order; 1 is the next to be replaced. Known on full subnets of watched neurons.',
      ),
  })
  .meta({ id: 'Neuron' })

export const account = z
  .strictObject({
    free_tao: amount.nullable(),
    reserved_tao: amount.nullable(),
    frozen_tao: amount.nullable(),
    nonce: count,
  })
  .meta({ id: 'Account' })

export const expectation = z
  .strictObject({
    expectation: z.enum(EXPECTATION_NAMES),
    netuid: netuid
      .nullable()
      .describe(
        'The subnet on which it is judged. Null if it is about the key itself, or until the subnets are known.',
      ),
    expected: z.union([z.string(), z.boolean(), z.number()]),
    actual: z
      .union([z.string(), z.number()])
      .nullable()
      .describe('What was found. Null where it is unknown, and for min_free_tao: see account.'),
    met: z.boolean().nullable().describe('Null if it cannot be checked.'),
  })
  .meta({ id: 'Expectation' })

export const hotkey = z
  .strictObject({
    name: z.string(),
    address,
    coldkey: address.nullable(),
    account: account.nullable(),
    stake_tao: amount.nullable(),
    take_ratio: ratio.nullable(),
    neurons: z.array(neuron).nullable().describe('Its neurons on all subnets, including root.'),
    expectations: z.array(expectation),
  })
  .meta({ id: 'Hotkey' })

const position = z.strictObject({
  hotkey: address,
  netuid,
  stake_alpha: amount.nullable(),
  collateral_alpha: amount
    .nullable()
    .describe('Part of the stake that is locked as registration collateral.'),
})

const basket = z.strictObject({
  hotkey: address,
  shares: z.string().regex(/^\d+$/).describe('Basket shares that can be claimed, in the unit of the chain.'),
})

export const coldkey = z
  .strictObject({
    name: z.string().describe('Configured name, or the name of its hotkey with "/coldkey" appended.'),
    address,
    account: account.nullable(),
    stake_tao: amount.nullable().describe('Stake at the spot price, without basket shares.'),
    positions: z.array(position).nullable().describe('From spec 233.'),
    baskets: z.array(basket).nullable().describe('Funds of root dividends; from spec 448.'),
    identity: strangersName
      .nullable()
      .describe('Name in its on-chain identity. Unverified: anybody can choose any name.'),
    swap_scheduled_block: blocks.nullable(),
    swap_announced_block: blocks.nullable(),
    swap_disputed_block: blocks.nullable(),
    swap_new_coldkey: address.nullable(),
    expectations: z.array(expectation),
  })
  .meta({ id: 'Coldkey' })

const operation = z
  .strictObject({
    block: blocks,
    name: z.string().describe('Configured name of the key.'),
    address,
    pallet: z.string(),
    method: z.string(),
    result: z.string().describe('As in bittensor_key_extrinsics_total.'),
    hash: z.string().nullable().describe('Hash of the extrinsic.'),
  })
  .meta({ id: 'Operation', description: 'A call by a watched key.' })

export const keys = z
  .strictObject({
    ...head,
    block: block.nullable(),
    hotkeys: z.array(hotkey),
    coldkeys: z.array(coldkey),
    operations: z
      .array(operation)
      .nullable()
      .describe(
        'The last calls by the watched keys since the exporter was started, the newest first; at most 50.',
      ),
  })
  .meta({ id: 'Keys', description: 'Watched keys, including the coldkeys that own the watched hotkeys.' })

export const subnet = z
  .strictObject({
    netuid,
    name: strangersName.nullable(),
    symbol: strangersName.nullable(),
    owner_coldkey: address.nullable(),
    owner_hotkey: address.nullable(),
    neurons: count,
    neurons_limit: count.nullable(),
    tempo_blocks: blocks.nullable(),
    blocks_since_epoch: blocks.nullable().describe('Null before the first epoch.'),
    immunity_period_blocks: blocks.nullable(),
    activity_cutoff_blocks: blocks.nullable(),
    registration_cost_tao: amount.nullable(),
    collateral_lock_ratio: ratio.nullable().describe('Locked as stake instead of burned; from spec 437.'),
    consensus: z.string().nullable().describe('Yuma or Null; from spec 474.'),
    alpha_price_tao: price.nullable(),
    alpha_price_moving_tao: price.nullable(),
    pool_tao: amount.nullable(),
    pool_alpha: amount.nullable(),
    outstanding_alpha: amount.nullable(),
    staked_alpha: amount.nullable(),
    neurons_read: z.enum(['all', 'watched', 'none']).describe('Which neurons of the subnet are read.'),
  })
  .meta({ id: 'Subnet' })

export const subnets = z
  .strictObject({ ...head, block: block.nullable(), subnets: z.array(subnet).nullable() })
  .meta({ id: 'Subnets', description: 'The subnets that are read, by netuid.' })

export const subnetAnswer = z
  .strictObject({ ...head, block: block.nullable(), subnet })
  .meta({ id: 'OneSubnet', description: 'One of the subnets that are read.' })

export const neurons = z
  .strictObject({
    ...head,
    block,
    netuid,
    neurons_read: z.enum(['all', 'watched']),
    total: count.describe('Number of neurons on all pages.'),
    offset: count,
    neurons: z.array(neuron),
  })
  .meta({
    id: 'Neurons',
    description: 'Neurons of one subnet, sorted. Unknown values come last; ties are ordered by UID.',
  })

export const collector = z
  .strictObject({
    collector: z.string(),
    node: z.string().nullable().describe('Null for chain state.'),
    success: z.boolean().describe('Whether its last round succeeded.'),
    published: z.boolean().describe('False once its samples are older than stale_after.'),
    last_success_timestamp_seconds: seconds.nullable(),
    error: z.string().nullable(),
    warnings: z.array(z.string()),
  })
  .meta({ id: 'Collector' })

export const collectors = z
  .strictObject({ ...head, collectors: z.array(collector) })
  .meta({ id: 'Collectors', description: 'Every collector, with its errors and warnings.' })

const severity = z.enum(['critical', 'warning', 'info'])

const currentProblem = z
  .strictObject({
    alert: z.string().nullable().describe('The alert whose condition is true; null if there is none.'),
    severity,
    summary: z.string().describe('Headline, in the words of the alert.'),
    detail: z.string().describe('The subject, with the values that are wrong.'),
    labels: z
      .record(z.string(), z.string())
      .describe('Labels of the alert that identify its subject, without those of the target.'),
    alert_after_seconds: count
      .nullable()
      .describe('How long the condition must be true before the alert fires.'),
    runbook_url: z.string().nullable(),
    outage: count.nullable().describe('Index of the entry in outages that explains the problem.'),
  })
  .meta({ id: 'CurrentProblem' })

const outage = z
  .strictObject({
    node: z.string().nullable().describe('Node whose requests fail; null if no request is the cause.'),
    reason: z.string(),
    since_timestamp_seconds: seconds.describe('When the first of the collectors began to fail.'),
    collectors: z
      .array(z.strictObject({ collector: z.string(), node: z.string().nullable() }))
      .describe('Collectors that fail because of it.'),
  })
  .meta({ id: 'Outage', description: 'One cause of failing collectors.' })

export const problems = z
  .strictObject({
    ...head,
    problems: z.array(currentProblem).describe('The most severe first.'),
    outages: z.array(outage),
    judged: count.describe('Number of alerts whose conditions are judged here.'),
    not_judged: z
      .array(z.strictObject({ alert: z.string(), severity, reason: z.string() }))
      .describe('Alerts that only Prometheus can judge, with the reason.'),
  })
  .meta({
    id: 'Problems',
    description:
      'What is wrong now: conditions of the shipped alerts that are true, by the thresholds of the release. Alerts fire later, once the condition was true for `alert_after_seconds`.',
  })

/** RFC 9457. */
export const problem = z
  .strictObject({
    type: z.literal('about:blank'),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    errors: z.array(z.strictObject({ parameter: z.string(), detail: z.string() })).optional(),
  })
  .meta({ id: 'Problem', description: 'The error of a request (RFC 9457).' })

export type Status = z.output<typeof status>
export type Nodes = z.output<typeof nodes>
export type Keys = z.output<typeof keys>
export type Subnets = z.output<typeof subnets>
export type Neurons = z.output<typeof neurons>
export type Collectors = z.output<typeof collectors>
export type Problems = z.output<typeof problems>
export type Problem = z.output<typeof problem>
export type Node = z.output<typeof node>
export type Neuron = z.output<typeof neuron>
export type Account = z.output<typeof account>
export type Expectation = z.output<typeof expectation>
export type Hotkey = z.output<typeof hotkey>
export type Coldkey = z.output<typeof coldkey>
export type Subnet = z.output<typeof subnet>
export type Collector = z.output<typeof collector>
export type OneSubnet = z.output<typeof subnetAnswer>
