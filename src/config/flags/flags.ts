import { VARIABLES } from '../env/variables.ts'

/** A command line flag, as parsed and as shown in --help and CONFIG.md. */
export interface Flag {
  /** With its dashes. */
  readonly name: string
  /** Placeholder of its value; absent for a flag without a value. */
  readonly argument?: string
  readonly description: string
  readonly default?: string
}

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const

export const LOG_FORMATS = ['auto', 'json', 'pretty'] as const

/** Every command line flag. */
export const FLAGS: readonly Flag[] = [
  { name: '--config.file', argument: 'FILE', description: 'YAML configuration file.' },
  {
    name: '--config.check',
    description: 'Load the configuration, report all errors, and exit.',
  },
  {
    name: '--once',
    description:
      'Poll once, print the metrics, and exit; for cron and the textfile collector of node_exporter. The log goes to standard error.',
  },
  { name: '--json', description: 'With `check`: print the report as JSON.' },
  {
    name: '--config.watch',
    description: 'Reload the configuration when the file, or a file that it names, changes.',
  },
  {
    name: '--web.listen-address',
    argument: 'HOST:PORT',
    description: 'Address to listen on. `:PORT` means every interface, `[::1]:PORT` is an IPv6 address.',
    default: '127.0.0.1:9645',
  },
  {
    name: '--web.config.file',
    argument: 'FILE',
    description:
      'TLS, passwords and headers of the web server, in the format of prometheus/exporter-toolkit.',
  },
  {
    name: '--web.enable-lifecycle',
    description: 'Allow reloads by `POST /-/reload`, for everybody who can reach the port.',
  },
  {
    name: '--web.allowed-hosts',
    argument: 'NAME,…',
    description:
      'Host names under which the exporter is reached. Requests for other names get status 403, except IP addresses and localhost. Without it every name is served.',
  },
  {
    name: '--web.explorer-url',
    argument: 'URL',
    description:
      'Block explorer that the page links addresses of watched keys to. `{address}` stands for the address; `none` is for no links.',
    default: 'https://taostats.io/account/{address}',
  },
  {
    name: '--shard',
    argument: 'I/N',
    description:
      'Read only the subnets with netuid mod N = I, as one of N exporters that share the subnets. Shard 0 also reads everything that does not belong to a subnet.',
  },
  {
    name: '--log.level',
    argument: 'LEVEL',
    description: `One of ${LOG_LEVELS.join(', ')}.`,
    default: 'info',
  },
  {
    name: '--log.format',
    argument: 'FORMAT',
    description: `One of ${LOG_FORMATS.join(', ')}; auto is pretty on a terminal and json otherwise.`,
    default: 'auto',
  },
  { name: '--version', description: 'Print the version and exit.' },
  { name: '--help', description: 'Print this help and exit.' },
]

/** The program's exit codes. */
export const EXIT_CODES: readonly (readonly [code: number, meaning: string])[] = [
  [
    0,
    'Stopped by SIGTERM or SIGINT; --config.check or check found no errors; --once or storage read the chain; --help or --version.',
  ],
  [
    1,
    'The configuration has errors, the exporter could not start, check found errors, or --once or storage could not read the chain.',
  ],
  [2, 'The command line is invalid, or neither --config.file nor NODE_URL or SIDECAR_URL is given.'],
]

/** Example commands. */
export const EXAMPLES: readonly (readonly [command: string, meaning: string])[] = [
  ['NODE_URL=ws://127.0.0.1:9944 bittensor-exporter', 'one node, configured by the environment'],
  ['SIDECAR_URL=http://127.0.0.1:8080 bittensor-exporter', 'one node, read through its Sidecar'],
  ['bittensor-exporter --config.file=exporter.yml', 'a configuration file'],
  ['bittensor-exporter --config.file=exporter.yml --config.check', 'check it first'],
  ['bittensor-exporter check --config.file=exporter.yml', 'ask every node and look up every key'],
  [
    'bittensor-exporter storage System.Account ADDRESS --config.file=exporter.yml',
    'read one storage value, as JSON',
  ],
  ['bittensor-exporter --config.file=exporter.yml --once', 'print the metrics and exit'],
  ['bittensor-exporter demo', 'a simulated chain, nothing to set up'],
]

/** The text of --help. */
export const usage: string = [
  'Usage: bittensor-exporter [check | demo | storage ITEM [KEY...]] [flags]',
  '',
  'Prometheus exporter for Bittensor: Subtensor nodes (directly or through Sidecar), keys, subnets and neurons.',
  '',
  'Flags:',
  ...columns(
    FLAGS.map(({ name, argument, description, default: standard }) => [
      argument === undefined ? name : `${name}=${argument}`,
      standard === undefined ? description : `${description} Default: ${standard}.`,
    ]),
  ),
  '',
  'Environment, without --config.file:',
  ...columns(VARIABLES.map(({ name, description }) => [name, description])),
  '',
  'Examples:',
  ...columns(EXAMPLES),
  '',
  'Exit codes:',
  ...columns(EXIT_CODES.map(([code, meaning]) => [String(code), meaning])),
  '',
]
  .join('\n')
  .replaceAll('`', '')

/** Formats two columns and wraps the second one. */
function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length)) + 4
  return rows.flatMap(([left, right]) =>
    wrapped(right, 100 - width).map(
      (line, index) => `  ${(index === 0 ? left : '').padEnd(width - 2)}${line}`,
    ),
  )
}

function wrapped(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = ''
    }
    line += line === '' ? word : ` ${word}`
  }
  return [...lines, line]
}
