import { EXAMPLES, EXIT_CODES, FLAGS } from '../flags/flags.ts'
import { VARIABLES } from '../env/variables.ts'
import { exampleFile } from './example.ts'
import { jsonSchema, typeOf, type JsonSchema } from './json-schema.ts'
import { json, table } from './markdown.ts'
import { webJsonSchema } from '../web/load-web-config.ts'

/** docs/config.schema.json: the schema of the configuration file for editors, in the formatter's own layout. */
export const renderConfigSchema = (): string => `${json(withoutExtensions(jsonSchema))}\n`

/** The schema without the keys that JSON Schema does not know. */
function withoutExtensions(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutExtensions)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !key.startsWith('x-'))
      .map(([key, inner]) => [key, withoutExtensions(inner)]),
  )
}

/** docs/CONFIG.md: every flag, environment variable and option of the file. */
export const renderConfigDoc = (): string =>
  `${[...INTRODUCTION, ...commandLine(), ...environment(), ...file(), ...webFile()].join('\n\n')}\n`

const INTRODUCTION = [
  '<!-- Rendered from src/config by: npm run generate -->',
  '# Configuration',
  'There are two ways to say what to watch: a few environment variables, or a YAML file. The file has every option.',
  ['```sh', ...EXAMPLES.map(([command, meaning]) => `${command} # ${meaning}`), '```'].join('\n'),
  'From a checkout, `npm start -- [flags]` and `npm run demo` do the same. Whatever is wrong with the configuration is ' +
    'said at once, one line for each error, with its place:',
  [
    '```',
    'exporter.yml:4:5: nodes[0].header_file: unknown key: did you mean `headers_file`?',
    'exporter.yml:7:13: keys[0].hotkey: not a valid SS58 address: its characters, length or checksum are wrong',
    'environment: HOTKEYS[1]: the same address as HOTKEYS[0]',
    '```',
  ].join('\n'),
  'The exporter does not start with a configuration that has errors. On a reload (SIGHUP, `POST /-/reload` with ' +
    '`--web.enable-lifecycle`, or a changed file with `--config.watch`) the file and its secret files are read again, and ' +
    'where they have errors, it goes on with what it had. Everything in the file can be changed by a reload; flags and ' +
    'environment variables are read at the start alone.',
]

const commandLine = (): string[] => [
  '## Command line',
  'Values are given as `--flag=VALUE` or `--flag VALUE`. A flag can be given once.',
  table(
    ['flag', 'meaning', 'default'],
    FLAGS.map(({ name, argument, description, default: standard }) => [
      code(argument === undefined ? name : `${name}=${argument}`),
      description,
      standard === undefined ? '' : code(standard),
    ]),
  ),
  'The one command is `demo`: it runs the exporter on a simulated chain, takes no configuration, and says ' +
    '`bittensor_exporter_demo 1` beside everything that it shows.',
  table(
    ['exit code', 'meaning'],
    EXIT_CODES.map(([code, meaning]) => [String(code), meaning]),
  ),
]

const environment = (): string[] => [
  '## Environment',
  'Without `--config.file` these are read, and `SIDECAR_URL` is all that is needed. With it, the file alone says what to ' +
    'watch, and a variable that is set as well is an error: one of the two would be ignored. An empty variable counts as ' +
    'not set.',
  table(
    ['variable', 'meaning', 'example'],
    VARIABLES.map(({ name, description, example }) => [code(name), description, code(example)]),
  ),
  'Polls and collectors are then as the file has them by default.',
]

const file = (): string[] => [
  '## File',
  'One YAML document. A key that is not in the tables below is an error, and so is a value of another type: text that ' +
    'looks like a number needs quotes. Durations are whole numbers with `h`, `m`, `s` or `ms`, also joined: `12s`, ' +
    '`500ms`, `1m30s`. Addresses are SS58 with network prefix 42, checked to the last character.',
  'Editors with a YAML language server check the file as it is written with this first line:',
  ['```yaml', '# yaml-language-server: $schema=config.schema.json', '```'].join('\n'),
  'An example with every option:',
  `\`\`\`yaml\n${exampleFile}\`\`\``,
  ...sections(jsonSchema, ''),
  '## Secrets',
  'Credentials are read from files, at the start and at every reload, and are in no log, page, metric or error: an error ' +
    'names the file, never what is in it. A relative file name is relative to the folder of the configuration file.',
  '`headers_file` is JSON, one object of header names and values:',
  ['```json', '{ "X-Api-Key": "…", "Authorization": "Bearer …" }', '```'].join('\n'),
  'Headers of the connection itself (`Host`, `Content-Length` and their like) cannot be set. `password_file` holds the ' +
    'password and nothing else; one line break at its end is left out. A node has one `Authorization`: from `basic_auth` ' +
    'or from its headers file.',
]

const webFile = (): string[] => [
  '## Web configuration file',
  'The file of `--web.config.file` has the format of ' +
    '[exporter-toolkit](https://github.com/prometheus/exporter-toolkit/blob/master/docs/web-configuration.md), which other exporters ' +
    'take as well. File names are relative to its folder. It is read again every ten seconds, with its certificates. ' +
    '[SECURITY.md](SECURITY.md) has examples, and says what differs. Here as well, unknown keys and what cannot be done ' +
    'are errors.',
  ...sections(webJsonSchema, ''),
]

/** A section with a table for a mapping, then those for the mappings inside it. */
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
  const unique = list?.uniqueItems === true ? 'none twice' : ''
  return [range, least, unique].filter((part) => part !== '').join(', ')
}

/** No operator reaches a billion: such a limit goes without saying. */
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

/** Text that YAML would read as a number. */
const exampleInQuotes = (text: string): string => (Number.isNaN(Number(text)) ? text : `'${text}'`)

/** A value as YAML has it in flow style. */
const flow = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`
  return typeof value === 'string' ? value : JSON.stringify(value)
}

const code = (text: string): string => `\`${text}\``
