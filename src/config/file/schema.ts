import { z } from 'zod'
import type { Address } from '../../chain/address.ts'
import { checkNetwork } from '../../scope/networks.ts'
import { NETUID_LIMIT } from '../../chain/subnet.ts'
import { COLLECTORS } from '../../collectors/index.ts'
import {
  BLOCK_HASH,
  DURATION,
  RATE,
  TAO,
  checkBlockHash,
  checkDuration,
  checkKeyAddress,
  checkTao,
  checkRate,
  rateOf,
  durationOf,
  checkName,
  normalUrl,
  checkRpcUrl,
  checkSidecarUrl,
  type DurationBounds,
} from './values.ts'

/**
 * The schema of the configuration file, from which error messages, CONFIG.md and config.schema.json are made. Keys of `meta`
 * that begin with x- are extensions: `x-type` names the type in messages and in CONFIG.md, `x-quote` is the advice for an
 * unquoted number, `x-bounds` and `x-default` are shown in CONFIG.md where JSON Schema cannot express them. check.ts has the
 * checks that involve several options.
 */

/** The default interval of polls. */
export const DEFAULT_INTERVAL = '12s'

export const text = (type: string, issue: (value: string) => string | undefined = () => undefined) =>
  z
    .string()
    .check((context) => {
      const message = issue(context.value)
      if (message !== undefined) context.issues.push({ code: 'custom', input: context.value, message })
    })
    .meta({ 'x-type': type })

const name = text('a name', checkName).meta({ minLength: 1, maxLength: 64, 'x-bounds': '1–64 characters' })

const address = (example: string) =>
  text('an SS58 address', checkKeyAddress)
    .meta({
      pattern: '^5[1-9A-HJ-NP-Za-km-z]{47}$',
      'x-quote': 'an address begins with 5, not with 0x',
      examples: [example],
    })
    .transform((value) => value as Address)

const hotkey = address('5F4tQyWrhfGVcNhoqeiNsR6KjD4wMZ2kfhLj4oHYuyHbZAc3')

const coldkey = address('5Ccmf1dJKzGtXX7h17eN72MVMRsFwvYjPVmkXPUaapczECf6')

const file = text('a file name', (value) =>
  value === '' ? 'a file name must not be empty' : undefined,
).meta({
  minLength: 1,
})

export const duration = (bounds: DurationBounds) =>
  text('a duration', (value) => checkDuration(value, bounds))
    .meta({
      pattern: DURATION.source,
      'x-quote': 'add a unit, such as 12s',
      'x-bounds': `${bounds.least} to ${bounds.most}`,
    })
    .transform((value) => durationOf(value) ?? 0)

const amount = text('an amount in quotes', checkTao).meta({
  pattern: TAO.source,
  'x-bounds': '0 to 21000000, at most 9 decimals',
  'x-quote': 'put it in quotes, such as "10", because a bare number may lose digits',
})

export const count = (least: number, most: number) =>
  z.int().min(least).max(most).meta({ 'x-type': 'a whole number' })

const netuids = z
  .array(count(0, NETUID_LIMIT - 1))
  .min(1)
  .meta({ uniqueItems: true, 'x-type': 'a list of netuids' })

export const flag = () => z.boolean().meta({ 'x-type': 'true or false' })

const username = text('text', (value) => {
  if (value === '') return 'a user name must not be empty'
  // RFC 7617: the first colon ends the user name.
  return /[:\p{Cc}]/u.test(value) ? 'a user name must not contain a colon or control characters' : undefined
})

const basicAuth = z.strictObject({
  username: username.meta({ description: 'User name, without a colon.', examples: ['exporter'] }),
  password_file: file.meta({
    description: 'File that contains only the password. One trailing line break is ignored.',
    examples: ['/run/secrets/node-password'],
  }),
})

/** JSON Schema for "this option is present". */
const has = (option: string) => ({ type: 'object', properties: { [option]: {} }, required: [option] })

const node = z
  .strictObject({
    name: name.meta({
      description: 'Value of the `node` label. Unique among the nodes.',
      examples: ['finney-a'],
    }),
    rpc: text('an http, https, ws or wss URL', checkRpcUrl)
      .meta({
        description:
          'URL of the JSON-RPC of the node itself, with a path if a proxy needs one. Without credentials, query and fragment. ws and wss mean HTTP POST to the same port. A node has either this or `url`.',
        pattern: '^([hH][tT][tT][pP]|[wW][sS])[sS]?://[^\\s/@?#\\\\]+(/[^\\s?#\\\\]*)?$',
        examples: ['ws://127.0.0.1:9944'],
      })
      .transform(normalUrl)
      .optional(),
    url: text('an http or https URL', (value) => checkSidecarUrl(value))
      .meta({
        description:
          'Base URL of the Sidecar of the node, with a path if a proxy needs one. Without credentials, query and fragment. A node has either this or `rpc`.',
        pattern: '^[hH][tT][tT][pP][sS]?://[^\\s/@?#\\\\]+(/[^\\s?#\\\\]*)?$',
        examples: ['http://127.0.0.1:8080'],
      })
      .transform(normalUrl)
      .optional(),
    rate_limit: text('a rate', checkRate)
      .meta({
        pattern: RATE.source,
        description:
          'Maximum number of requests to this node a second (`/s`) or minute (`/m`). More requests wait.',
        'x-quote': 'add a unit, such as 1/s',
        'x-bounds': '1/m or more',
        'x-default': '1/s for endpoints of opentensor.ai, otherwise none',
        examples: ['1/s'],
      })
      .transform((value) => rateOf(value))
      .optional(),
    headers_file: file
      .meta({
        description:
          'JSON file with an object of header names and values, which are sent with every request to this node.',
        examples: ['/run/secrets/node-headers.json'],
      })
      .optional(),
    basic_auth: basicAuth
      .meta({ description: 'User name and password for a node behind HTTP basic authentication.' })
      .optional(),
  })
  .meta({ oneOf: [has('rpc'), has('url')] })

const netuidKey = text('a netuid', (value) =>
  /^(?:0|[1-9]\d*)$/.test(value) && Number(value) < NETUID_LIMIT
    ? undefined
    : `not a netuid: expected a whole number from 0 to ${NETUID_LIMIT - 1}`,
).meta({ pattern: '^(0|[1-9][0-9]{0,3})$' })

/** Expectations of a neuron, which a subnet can have of its own. */
const neuronExpectation = {
  validator_permit: flag()
    .meta({ description: 'Whether the hotkey has a validator permit. Hotkeys only.', examples: [true] })
    .optional(),
  active: flag()
    .meta({ description: 'Whether the chain counts the hotkey as active. Hotkeys only.', examples: [true] })
    .optional(),
  max_updated_blocks: count(1, 1_000_000_000)
    .meta({
      description: 'Maximum number of blocks since the hotkey last set weights. Hotkeys only.',
      examples: [360],
    })
    .optional(),
}

const expectation = z.strictObject({
  coldkey: coldkey.meta({ description: 'The coldkey that owns the hotkey. Hotkeys only.' }).optional(),
  netuids: netuids
    .meta({ description: 'Subnets on which the hotkey is registered. Hotkeys only.', examples: [[1, 3]] })
    .optional(),
  ...neuronExpectation,
  subnets: z
    .record(netuidKey, z.strictObject(neuronExpectation))
    .meta({
      description:
        'By netuid: `validator_permit`, `active` and `max_updated_blocks` of this subnet, in place of those above. Hotkeys only.',
      examples: [{ 0: { max_updated_blocks: 50400 } }],
    })
    .optional(),
  min_free_tao: amount
    .meta({ description: 'Minimum free balance of the key in TAO.', examples: ['10'] })
    .optional(),
})

const genesis = text('a block hash in quotes', checkBlockHash)
  .meta({
    pattern: BLOCK_HASH.source,
    'x-quote': 'put it in quotes, because a bare 0x… is a number',
    'x-default': 'the chain most nodes are on',
    description:
      'Hash of block 0 of the chain to read. Nodes on another chain are rejected. Default: the chain that most nodes are on at startup.',
    examples: ['0x2f0555cc76fc2840a25a6ea3b9637146806f1f44b090c175ffde2a7e5ab36c03'],
  })
  .transform((value) => value.toLowerCase())

const key = z
  .strictObject({
    name: name.meta({
      description: 'Value of the `name` label. Unique among the keys.',
      examples: ['validator'],
    }),
    hotkey: hotkey
      .meta({ description: 'Address of a hotkey. A key has either this or `coldkey`.' })
      .optional(),
    coldkey: coldkey
      .meta({ description: 'Address of a coldkey. A key has either this or `hotkey`.' })
      .optional(),
    expect: expectation
      .meta({
        description:
          'Expectations of this key. Each entry becomes a `bittensor_expectation_met` series to alert on, for each subnet where it is judged.',
      })
      .optional(),
  })
  .meta({ oneOf: [has('hotkey'), has('coldkey')] })

const poll = z.strictObject({
  interval: duration({ least: '1s', most: '1h' })
    .meta({
      description:
        'Time from the start of one poll to the start of the next. While a node is read by JSON-RPC, a new block starts a poll of the chain up to a quarter of it earlier, unless `rate_limit` is below 5/s.',
    })
    .prefault(DEFAULT_INTERVAL),
  timeout: duration({ least: '100ms', most: '10m' })
    .meta({ description: 'Maximum duration of one request to a node.' })
    .prefault('10s'),
  concurrency: count(1, 256)
    .meta({ description: 'Maximum number of requests in flight per node.' })
    .default(16),
  stale_after: duration({ least: '2s', most: '24h' })
    .meta({
      description: 'Age at which values that could not be read again expire.',
      'x-bounds': 'twice the interval to 24h',
      'x-default': '2m, or twice the interval if that is longer',
    })
    .optional(),
})

const limits = z.strictObject({
  max_series: count(1000, 100_000_000)
    .meta({
      description:
        'Maximum number of series of chain and nodes. Neurons of subnets beyond it are omitted, highest netuids first, and reported in the log and a metric. Watched hotkeys are never omitted. Any other collector fails when its series would exceed what the neurons leave, or 20,000 if they leave less.',
    })
    .default(2_000_000),
})

const network = text('a network', checkNetwork).meta({ 'x-quote': 'write it as 10.0.0.0/8' })

const discovery = z.strictObject({
  allow_networks: z
    .array(network)
    .meta({
      description:
        'Networks whose addresses `/sd/neurons` lists in addition to public ones. Neurons choose the addresses that they publish, so do not allow a network with services that strangers must not reach.',
      'x-type': 'a list of networks in CIDR notation',
      examples: [['10.20.0.0/16']],
    })
    .default([]),
})

const collectors = z.strictObject(
  Object.fromEntries(
    COLLECTORS.map(({ name, description }) => [name, flag().meta({ description }).default(true)]),
  ),
)

/** The schema of a configuration file as parsed from YAML. */
export const fileSchema = z
  .strictObject({
    nodes: z
      .array(node)
      .min(1)
      .meta({ description: 'Subtensor nodes, each read directly or through its own Sidecar.' }),
    genesis: genesis.optional(),
    keys: z.array(key).meta({ description: 'Hotkeys and coldkeys to watch.' }).prefault([]),
    subnets: z
      .union([z.literal('watched'), z.literal('all'), netuids])
      .meta({
        description:
          'Subnets and neurons to read: those of the watched hotkeys (`watched`), `all`, or a list of netuids.',
        'x-type': '`watched`, `all` or a list of netuids',
        examples: [[1, 3]],
      })
      .default('watched'),
    poll: poll.meta({ description: 'When and how the chain is read.' }).prefault({}),
    limits: limits
      .meta({ description: 'Limits that protect Prometheus and the memory of the exporter.' })
      .prefault({}),
    discovery: discovery
      .meta({ description: 'Service discovery of neurons: see SERVICE-DISCOVERY.md.' })
      .prefault({}),
    collectors: collectors.meta({ description: 'Which collectors run.' }).prefault({}),
  })
  .meta({ title: 'bittensor-exporter configuration' })

/** A valid configuration file, with defaults filled in. */
export type FileConfig = z.output<typeof fileSchema>
