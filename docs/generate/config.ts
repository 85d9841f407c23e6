import { VARIABLES } from '../../src/config/env/variables.ts'
import { jsonSchema, typeOf, type JsonSchema } from '../../src/config/file/json-schema.ts'
import { EXAMPLES, EXIT_CODES, FLAGS } from '../../src/config/flags/flags.ts'
import { webJsonSchema } from '../../src/config/web/load-web-config.ts'
import { exampleFile } from './config-example.ts'
import { json } from './format.ts'
import { code, table } from './markdown.ts'

/** docs/config.schema.json: the schema of the configuration file for editors. */
export const renderConfigSchema = (): Promise<string> =>
  json('docs/config.schema.json', withoutExtensions(jsonSchema))

/** A schema without the keys that JSON Schema does not define (`x-…`). */
function withoutExtensions(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutExtensions)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !key.startsWith('x-'))
      .map(([key, inner]) => [key, withoutExtensions(inner)]),
  )
}

/** docs/CONFIG.md: every flag, environment variable and option of the configuration files. */
export const renderConfig = (): string =>
  `${[...INTRODUCTION, ...commandLine(), ...environment(), ...file(), ...webFile()].map((part) => part.trimEnd()).join('\n\n')}\n`

const INTRODUCTION = [
  '<!-- Rendered from src/config by: npm run generate -->',
  '# Configuration',
  'The exporter is configured by a few environment variables or by a YAML file. Only the file has every option.',
  ['```sh', ...EXAMPLES.map(([command, meaning]) => `${command} # ${meaning}`), '```'].join('\n'),
  'From a checkout, `npm start -- [flags]` and `npm run demo` do the same. All errors in the configuration are reported at once, ' +
    'one line each, with their place:',
  [
    '```',
    'exporter.yml:4:5: nodes[0].header_file: unknown key: did you mean `headers_file`?',
    'exporter.yml:7:13: keys[0].hotkey: not a valid SS58 address: its characters, length or checksum are wrong',
    'environment: HOTKEYS[1]: the same address as HOTKEYS[0]',
    '```',
  ].join('\n'),
  'The exporter does not start with a configuration that has errors. On a reload (SIGHUP, `POST /-/reload` with ' +
    '`--web.enable-lifecycle`, or a changed file with `--config.watch`) it reads the file and its secret files again; if they have ' +
    'errors, it keeps the previous configuration. A reload can change everything in the file. Flags and environment variables are ' +
    'read only at startup.',
]

const commandLine = (): string[] => [
  '## Command line',
  'A value is given as `--flag=VALUE` or `--flag VALUE`. Each flag can be given once.',
  table(
    ['flag', 'meaning', 'default'],
    FLAGS.map(({ name, argument, description, default: standard }) => [
      code(argument === undefined ? name : `${name}=${argument}`),
      description,
      standard === undefined ? '' : code(standard),
    ]),
  ),
  'Without a command, the exporter runs until it is stopped. `demo` runs it on a simulated chain without a configuration, and marks ' +
    'its metrics with `bittensor_exporter_demo 1`.',
  '`check` loads the configuration, polls once without listening on a port, and prints a report: what answers at the URL of each node ' +
    '(it recognizes a Sidecar, polkadot-rest-api, the JSON-RPC of a node, and other web servers), chain, genesis, spec, age of the head, ' +
    'whether signed extrinsics are decoded, whether old state is kept; what each key is on the chain, where it is registered, and which ' +
    'expectations are met; the number of series and requests; and every problem with its remedy. `--json` prints the same for scripts.',
  '`storage PALLET.ITEM [KEY...]` reads one storage value at the finalized head of the first node that can tell, by JSON-RPC or through ' +
    'its Sidecar, and prints it as JSON with the node and the height. Keys are addresses, integers in decimal, or bytes as 0x hex; names are ' +
    'those of the runtime, such as `SubtensorModule.Owner`.',
  table(
    ['exit code', 'meaning'],
    EXIT_CODES.map(([number, meaning]) => [String(number), meaning]),
  ),
]

const environment = (): string[] => [
  '## Environment',
  'These variables are read without `--config.file`; exactly one of `NODE_URL` and `SIDECAR_URL` is required. With `--config.file`, setting one of them ' +
    'is an error, because it would be ignored. An empty variable counts as not set.',
  table(
    ['variable', 'meaning', 'example'],
    VARIABLES.map(({ name, description, example }) => [code(name), description, code(example)]),
  ),
  'Polls and collectors then have the default settings of the file.',
]

const file = (): string[] => [
  '## File',
  'One YAML document. A key that is not in the tables below is an error, and so is a value of another type: text that ' +
    'looks like a number needs quotes. Durations are whole numbers with the unit `h`, `m`, `s` or `ms`, and can be combined: `12s`, ' +
    '`500ms`, `1m30s`. Addresses are SS58 with network prefix 42; their checksum is verified.',
  'Editors with a YAML language server check the file while you edit it if it begins with this line:',
  ['```yaml', '# yaml-language-server: $schema=config.schema.json', '```'].join('\n'),
  'An example with every option:',
  `\`\`\`yaml\n${exampleFile}\`\`\``,
  ...sections(jsonSchema, ''),
  '## Secrets',
  'Credentials are read from files, at startup and at every reload. They never appear in a log, page, metric or error; an error ' +
    'names only the file. A relative file name is relative to the folder of the configuration file.',
  '`headers_file` is JSON: one object of header names and values.',
  ['```json', '{ "X-Api-Key": "…", "Authorization": "Bearer …" }', '```'].join('\n'),
  'Connection headers (`Host`, `Content-Length` and similar) cannot be set. `password_file` contains only the ' +
    'password; one line break at its end is ignored. A node has one `Authorization` header: from `basic_auth` ' +
    'or from its headers file.',
]

const webFile = (): string[] => [
  '## Web configuration file',
  'The file of `--web.config.file` has the format of ' +
    '[exporter-toolkit](https://github.com/prometheus/exporter-toolkit/blob/master/docs/web-configuration.md), which other exporters ' +
    'use too. File names are relative to its folder. It is read again every ten seconds, with its certificates. ' +
    '[SECURITY.md](SECURITY.md) has examples and lists the differences. Unknown keys and unsupported settings are errors here too.',
  ...sections(webJsonSchema, ''),
]

const JUDGED_WHERE = [
  '`coldkey` and `min_free_tao` are judged once per key, `netuids` on each subnet of its list (root too). `validator_permit`, `active` ' +
    'and `max_updated_blocks` are judged on each subnet of `netuids`, or without `netuids` on each subnet where the hotkey is registered, ' +
    'but not on root. A value in `subnets` replaces the general one on its subnet, and is judged there even if the subnet is not in ' +
    '`netuids`; only these values apply to root (`0`). Each subnet has its own series, so that a failure on one leaves the others met.',
  'A hotkey that is not registered on a subnet has no permit, is not active and sets no weights there. If it is registered nowhere and ' +
    '`netuids` is absent, the general values are judged once, without a netuid.',
]

/** A section with a table for a mapping, followed by the sections of the mappings inside it. */
function sections(schema: JsonSchema, path: string): string[] {
  const properties = Object.entries(schema.properties ?? {})
  const own = [
    path === '' ? '### Top level' : `### \`${path}\``,
    ...(schema.description === undefined || path === '' ? [] : [schema.description]),
    ...(path === 'nodes[]' ? ['A node has exactly one of `rpc` and `url`.'] : []),
    ...(path === 'keys[].expect' ? JUDGED_WHERE : []),
    ...(path === 'keys[]' ? ['A key has exactly one of `hotkey` and `coldkey`.'] : []),
    table(
      ['option', 'type', 'default', 'meaning', 'example'],
      properties.map(([name, option]) => [
        code(name),
        typeText(option),
        defaultText(option, schema.required?.includes(name) === true),
        option.description ?? '',
        exampleText(option),
      ]),
    ),
  ]
  const inner = properties.flatMap(([name, option]) => {
    const place = path === '' ? name : `${path}.${name}`
    if (option.properties !== undefined) return sections(option, place)
    const items = option.items
    return items?.properties === undefined ? [] : sections(items, `${place}[]`)
  })
  return [...own, ...inner]
}

function typeText(option: JsonSchema): string {
  const bounds = boundsText(option)
  return bounds === '' ? typeOf(option) : `${typeOf(option)}, ${bounds}`
}

function boundsText(option: JsonSchema): string {
  if (option['x-bounds'] !== undefined) return option['x-bounds']
  const list = option.items === undefined ? option.anyOf?.find(({ items }) => items !== undefined) : option
  const numbers = list?.items ?? option
  const range = rangeText(numbers)
  const least = list?.minItems === undefined ? '' : `${list.minItems} or more`
  const unique = list?.uniqueItems === true ? 'unique' : ''
  return [range, least, unique].filter((part) => part !== '').join(', ')
}

/** A range without the upper limit if that is a billion or more, which no operator reaches. */
function rangeText({ minimum, maximum }: JsonSchema): string {
  if (minimum === undefined || maximum === undefined) return ''
  return maximum < 1_000_000_000 ? `${minimum}–${maximum}` : `${minimum} or more`
}

function defaultText(option: JsonSchema, required: boolean): string {
  if (required) return 'required'
  if (option['x-default'] !== undefined) return option['x-default']
  if (option.default === undefined) return 'none'
  if (option.properties !== undefined) return 'see below'
  return code(flow(option.default))
}

function exampleText({ examples }: JsonSchema): string {
  const [example] = examples ?? []
  return example === undefined
    ? ''
    : code(typeof example === 'string' && /^\d/.test(example) ? exampleInQuotes(example) : flow(example))
}

/** Quotes text that YAML would read as a number. */
const exampleInQuotes = (text: string): string => (Number.isNaN(Number(text)) ? text : `'${text}'`)

/** A value in YAML's flow style. */
const flow = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`
  return typeof value === 'string' ? value : JSON.stringify(value)
}
