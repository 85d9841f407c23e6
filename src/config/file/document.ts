import { EXAMPLES, EXIT_CODES, FLAGS } from '../flags/flags.ts'
import { VARIABLES } from '../env/variables.ts'
import { exampleFile } from './example.ts'
import { jsonSchema, typeOf, type JsonSchema } from './json-schema.ts'
import { json, table } from './markdown.ts'
import { webJsonSchema } from '../web/load-web-config.ts'

/** Renders docs/config.schema.json, the schema of the configuration file for editors, as the formatter would. */
export const renderConfigSchema = (): string => `${json(withoutExtensions(jsonSchema))}\n`

/** Removes the keys that are not part of JSON Schema. */
function withoutExtensions(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutExtensions)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !key.startsWith('x-'))
      .map(([key, inner]) => [key, withoutExtensions(inner)]),
  )
}

/** Renders docs/CONFIG.md: every flag, environment variable and option of the file. */
export const renderConfigDoc = (): string =>
  `${[...INTRODUCTION, ...commandLine(), ...environment(), ...file(), ...webFile()].join('\n\n')}\n`

const INTRODUCTION = [
  '<!-- Rendered from src/config by: npm run generate -->',
  '# Configuration',
  'The exporter is configured by a few environment variables or by a YAML file. Only the file has every option.',
  ['```sh', ...EXAMPLES.map(([command, meaning]) => `${command} # ${meaning}`), '```'].join('\n'),
  'From a checkout, `npm start -- [flags]` and `npm run demo` do the same. All errors in the configuration are reported ' +
    'together, one line each, with their location:',
  [
    '```',
    'exporter.yml:4:5: nodes[0].header_file: unknown key: did you mean `headers_file`?',
    'exporter.yml:7:13: keys[0].hotkey: not a valid SS58 address: its characters, length or checksum are wrong',
    'environment: HOTKEYS[1]: the same address as HOTKEYS[0]',
    '```',
  ].join('\n'),
  'The exporter does not start with an invalid configuration. A reload (SIGHUP, `POST /-/reload` with ' +
    '`--web.enable-lifecycle`, or a changed file with `--config.watch`) reads the file and its secret files again. If they ' +
    'have errors, the previous configuration is kept. A reload can change everything in the file; flags and environment ' +
    'variables are read only at startup.',
]

const commandLine = (): string[] => [
  '## Command line',
  'Write values as `--flag=VALUE` or `--flag VALUE`. Each flag may be given only once.',
  table(
    ['flag', 'meaning', 'default'],
    FLAGS.map(({ name, argument, description, default: standard }) => [
      code(argument === undefined ? name : `${name}=${argument}`),
      description,
      standard === undefined ? '' : code(standard),
    ]),
  ),
  'The only command is `demo`: it runs the exporter on a simulated chain, without configuration. It exports ' +
    '`bittensor_exporter_demo 1`, and its page and API mark all data as simulated.',
  table(
    ['exit code', 'meaning'],
    EXIT_CODES.map(([code, meaning]) => [String(code), meaning]),
  ),
]

const environment = (): string[] => [
  '## Environment',
  'These variables are used without `--config.file`; only `SIDECAR_URL` is required. With `--config.file`, setting one of ' +
    'them is an error, because it would be ignored. An empty variable counts as unset.',
  table(
    ['variable', 'meaning', 'example'],
    VARIABLES.map(({ name, description, example }) => [code(name), description, code(example)]),
  ),
  'All other options then have the defaults of the file.',
]

const file = (): string[] => [
  '## File',
  'The file is a single YAML document. Unknown keys and values of the wrong type are errors: text that looks like a number ' +
    'needs quotes. Durations are whole numbers with `h`, `m`, `s` or `ms`, which can be combined: `12s`, `500ms`, `1m30s`. ' +
    'Addresses are SS58 with network prefix 42; their checksum is verified.',
  'With this first line, editors with a YAML language server check the file while you write it:',
  ['```yaml', '# yaml-language-server: $schema=config.schema.json', '```'].join('\n'),
  'An example with every option:',
  `\`\`\`yaml\n${exampleFile}\`\`\``,
  ...sections(jsonSchema, ''),
  '## Secrets',
  'Credentials are read from files, at startup and at every reload. They never appear in a log, page, metric or error: an ' +
    'error names the file but does not quote it. Relative file names are relative to the folder of the configuration file.',
  '`headers_file` is JSON, one object of header names and values:',
  ['```json', '{ "X-Api-Key": "…", "Authorization": "Bearer …" }', '```'].join('\n'),
  'Headers of the connection (`Host`, `Content-Length` and similar) cannot be set. `password_file` contains only the ' +
    'password; one trailing line break is ignored. A node has one `Authorization` header, from `basic_auth` or from its ' +
    'headers file.',
]

const webFile = (): string[] => [
  '## Web configuration file',
  'The file of `--web.config.file` has the format of ' +
    '[exporter-toolkit](https://github.com/prometheus/exporter-toolkit/blob/master/docs/web-configuration.md), which other exporters ' +
    'also use. File names are relative to its folder. It is read again every ten seconds, with its certificates. ' +
    '[SECURITY.md](SECURITY.md) has examples and lists the differences. Unknown keys and unsupported settings are errors.',
  ...sections(webJsonSchema, ''),
]

/** A section with a table for a mapping, followed by the sections of nested mappings. */
function sections(schema: JsonSchema, path: string): string[] {
  const properties = Object.entries(schema.properties ?? {})
  const own = [
    path === '' ? '### Top level' : `### \`${path}\``,
    ...(schema.description === undefined || path === '' ? [] : [schema.description]),
    ...(path.startsWith('keys[].') || path !== 'keys[]'
      ? []
      : ['A key has exactly one of `hotkey` and `coldkey`.']),
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

/** A range of numbers. Omits maximums of a billion or more, which nobody reaches. */
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

const code = (text: string): string => `\`${text}\``
