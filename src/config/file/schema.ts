import { z } from 'zod'
import { checkAddress, type Address } from '../../chain/address.ts'
import { checkNetwork } from '../../scope/networks.ts'
import { NETUID_LIMIT } from '../../chain/subnet.ts'
import { COLLECTORS } from '../collectors.ts'
import {
  BLOCK_HASH,
  DECIMAL,
  DURATION,
  checkBlockHash,
  checkDecimal,
  checkDuration,
  durationOf,
  checkName,
  normalUrl,
  checkUrl,
  type DurationBounds,
} from './values.ts'

/**
 * The configuration file. Issues, CONFIG.md and config.schema.json are all made from it. Keys of `meta` that begin
 * with x- are ours: `x-type` is what a value is called in issues and in CONFIG.md, `x-quote` what to do about a bare number,
 * `x-bounds` and `x-default` are said in CONFIG.md where JSON Schema has no word for them. What concerns more than
 * one option is in check.ts.
 */

/** The interval of polls where the file has none. */
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
  text('an SS58 address', checkAddress)
    .meta({
      pattern: '^5[1-9A-HJ-NP-Za-km-z]{47}$',
      'x-quote': 'an address begins with 5, not with 0x',
      examples: [example],
    })
    .transform((value) => value as Address)

const hotkey = address('5F4tQyWrhfGVcNhoqeiNsR6KjD4wMZ2kfhLj4oHYuyHbZAc3')

const coldkey = address('5Ccmf1dJKzGtXX7h17eN72MVMRsFwvYjPVmkXPUaapczECf6')

const file = text('a file name', (value) => (value === '' ? 'a file name is not empty' : undefined)).meta({
  minLength: 1,
})

export const duration = (bounds: DurationBounds) =>
  text('a duration', (value) => checkDuration(value, bounds))
    .meta({
      pattern: DURATION.source,
      'x-quote': 'write its unit as well, such as 12s',
      'x-bounds': `${bounds.least} to ${bounds.most}`,
    })
    .transform((value) => durationOf(value) ?? 0)

const amount = text('an amount in quotes', checkDecimal).meta({
  pattern: DECIMAL.source,
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
  if (value === '') return 'a user name is not empty'
  // RFC 7617: the first colon ends the user name.
  return /[:\p{Cc}]/u.test(value) ? 'a user name has no colon and no control characters' : undefined
})

const basicAuth = z.strictObject({
  username: username.meta({ description: 'User name, without a colon.', examples: ['exporter'] }),
  password_file: file.meta({
    description: 'File with the password and nothing else. One line break at its end is left out.',
    examples: ['/run/secrets/sidecar-password'],
  }),
})

const node = z.strictObject({
  name: name.meta({
    description: 'Value of the `node` label. Unique among the nodes.',
    examples: ['finney-a'],
  }),
  url: text('an http or https URL', checkUrl)
    .meta({
      description:
        'Where Sidecar answers, with a path where a proxy needs one. No credentials, query or fragment in it.',
      pattern: '^[hH][tT][tT][pP][sS]?://[^\\s/@?#\\\\]+(/[^\\s?#\\\\]*)?$',
      examples: ['http://127.0.0.1:8080'],
    })
    .transform(normalUrl),
  headers_file: file
    .meta({
      description:
        'JSON file with one object of header names and values, sent with every request to this Sidecar.',
      examples: ['/run/secrets/sidecar-headers.json'],
    })
    .optional(),
  basic_auth: basicAuth
    .meta({ description: 'User name and password for a Sidecar behind HTTP basic authentication.' })
    .optional(),
})

const expectation = z.strictObject({
  coldkey: coldkey.meta({ description: 'The coldkey that owns the hotkey. Hotkeys only.' }).optional(),
  netuids: netuids
    .meta({ description: 'Subnets the hotkey is registered on. Hotkeys only.', examples: [[1, 3]] })
    .optional(),
  validator_permit: flag()
    .meta({ description: 'Whether the hotkey has a validator permit. Hotkeys only.', examples: [true] })
    .optional(),
  active: flag()
    .meta({ description: 'Whether the chain counts the hotkey as active. Hotkeys only.', examples: [true] })
    .optional(),
  max_updated_blocks: count(1, 1_000_000_000)
    .meta({
      description: 'Blocks since the hotkey last set weights, at most. Hotkeys only.',
      examples: [360],
    })
    .optional(),
  min_free_tao: amount
    .meta({ description: 'Free balance of the key in TAO, at least.', examples: ['10'] })
    .optional(),
})

const genesis = text('a block hash in quotes', checkBlockHash)
  .meta({
    pattern: BLOCK_HASH.source,
    'x-quote': 'put it in quotes, because a bare 0x… is a number',
    'x-default': 'the chain most nodes are on',
    description:
      'Hash of block 0 of the chain to read. Nodes of another chain are refused; without it, those of another chain than most nodes were on at the start.',
    examples: ['0x2f0555cc76fc2840a25a6ea3b9637146806f1f44b090c175ffde2a7e5ab36c03'],
  })
  .transform((value) => value.toLowerCase())

/** JSON Schema for "this option is there". */
const has = (option: string) => ({ type: 'object', properties: { [option]: {} }, required: [option] })

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
          'What must hold for this key. Each entry becomes one `bittensor_expectation_met` series to alert on.',
      })
      .optional(),
  })
  .meta({ oneOf: [has('hotkey'), has('coldkey')] })

const poll = z.strictObject({
  interval: duration({ least: '1s', most: '1h' })
    .meta({ description: 'From the beginning of one poll to that of the next.' })
    .prefault(DEFAULT_INTERVAL),
  timeout: duration({ least: '100ms', most: '10m' })
    .meta({ description: 'How long one request to Sidecar may take.' })
    .prefault('10s'),
  concurrency: count(1, 256)
    .meta({ description: 'Requests under way to one Sidecar at a time, at most.' })
    .default(16),
  stale_after: duration({ least: '2s', most: '24h' })
    .meta({
      description: 'When what could not be read again is no longer exposed.',
      'x-bounds': 'twice the interval to 24h',
      'x-default': '2m, or twice the interval where that is longer',
    })
    .optional(),
})

const limits = z.strictObject({
  max_series: count(1000, 100_000_000)
    .meta({
      description:
        'Series of the neuron table, at most. Subnets beyond it are left out, the highest netuids first, and named in the log and a metric; the watched hotkeys never are.',
    })
    .default(2_000_000),
})

const network = text('a network', checkNetwork).meta({ 'x-quote': 'write it as 10.0.0.0/8' })

const discovery = z.strictObject({
  allow_networks: z
    .array(network)
    .meta({
      description:
        'Networks whose addresses `/sd/neurons` lists besides the public ones. Neurons choose what they publish: allow no network that has something to hide from strangers.',
      'x-type': 'a list of networks in CIDR notation',
      examples: [['10.20.0.0/16']],
    })
    .default([]),
})

const collectors = z.strictObject(
  Object.fromEntries(
    COLLECTORS.map(({ name, enabled, description }) => [name, flag().meta({ description }).default(enabled)]),
  ),
)

/** A configuration file as it is read from YAML. */
export const fileSchema = z
  .strictObject({
    nodes: z
      .array(node)
      .min(1)
      .meta({ description: 'The Subtensor nodes, each read through a Sidecar of its own.' }),
    genesis: genesis.optional(),
    keys: z.array(key).meta({ description: 'The hotkeys and coldkeys to watch.' }).prefault([]),
    subnets: z
      .union([z.literal('watched'), z.literal('all'), netuids])
      .meta({
        description:
          'Which subnets and neurons to read: those of the watched hotkeys (`watched`), `all`, or a list of netuids.',
        'x-type': '`watched`, `all` or a list of netuids',
        examples: [[1, 3]],
      })
      .default('watched'),
    poll: poll.meta({ description: 'When and how the chain is read.' }).prefault({}),
    limits: limits.meta({ description: 'What protects Prometheus, and the memory of both.' }).prefault({}),
    discovery: discovery
      .meta({ description: 'What `/sd/neurons` lists: see SERVICE-DISCOVERY.md.' })
      .prefault({}),
    collectors: collectors.meta({ description: 'Which collectors run.' }).prefault({}),
  })
  .meta({ title: 'bittensor-exporter configuration' })

/** A configuration file without an issue, as the schema gives it. */
export type FileConfig = z.output<typeof fileSchema>
