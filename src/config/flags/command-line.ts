import { isIP } from 'node:net'
import { ConfigError, type Issue } from '../error.ts'
import { FLAGS, LOG_FORMATS, LOG_LEVELS, type Flag } from './flags.ts'
import { didYouMean } from '../file/suggest.ts'

const FLAG_NAMES = FLAGS.map(({ name }) => name)

/** The commands. `run` is the default, if no command is given. */
const COMMANDS = ['run', 'demo', 'check', 'storage'] as const

/** The parsed command line. */
export interface CommandLine {
  readonly command: (typeof COMMANDS)[number]
  readonly configFile?: string
  /** Load the configuration, report all errors, and exit. */
  readonly configCheck: boolean
  /** Poll once, print the metrics, and exit. */
  readonly once: boolean
  /** Print the report of `check` as JSON. */
  readonly json: boolean
  /** What the command `storage` reads. */
  readonly storage?: StorageArguments
  /** Reload the configuration when one of its files changes. */
  readonly configWatch: boolean
  /** Whether the configuration can be reloaded over HTTP. */
  readonly lifecycle: boolean
  /** Of an account in a block explorer, with `{address}` for its address; undefined for no links. */
  readonly explorerUrl?: string
  /** Host names that requests may be for, in lower case; undefined for every name. */
  readonly allowedHosts?: readonly string[]
  readonly listen: ListenAddress
  /** Undefined for an exporter that reads all subnets. */
  readonly shard?: Shard
  readonly logLevel: (typeof LOG_LEVELS)[number]
  readonly logFormat: (typeof LOG_FORMATS)[number]
  readonly version: boolean
  readonly help: boolean
  /** TLS and basic authentication, in the format of prometheus/exporter-toolkit. */
  readonly webConfigFile?: string
}

/** One storage value of the chain. */
export interface StorageArguments {
  readonly pallet: string
  readonly item: string
  /** Addresses, integers in decimal, and bytes as 0x hex. */
  readonly keys: readonly string[]
}

/** One of `count` exporters that share the subnets; 0 ≤ index < count. */
export interface Shard {
  readonly index: number
  readonly count: number
}

/** An address to listen on. */
interface ListenAddress {
  /**
   * A host name or an IP address without brackets; empty for every interface, which Node (and therefore Fastify) interprets as
   * `::`, or 0.0.0.0 on a machine without IPv6.
   */
  readonly host: string
  /** 0 selects a free port. */
  readonly port: number
}

/**
 * Parses the arguments after the program's name: `--flag=VALUE`, `--flag VALUE`, and at most one command.
 * Throws ConfigError with all issues.
 */
export function parseCommandLine(argv: readonly string[]): CommandLine {
  const issues: Issue[] = []
  const addIssue = (path: string, message: string): void => {
    issues.push({ file: 'command line', path, message })
  }
  const { values, words } = readArguments(argv, addIssue)
  const [word = 'run', ...more] = words
  const command = COMMANDS.find((each) => each === word)
  if (command === undefined || words[0] === 'run') addIssue('', unknownCommand(word))
  const storage = command === 'storage' ? storageArguments(more) : undefined
  if (typeof storage === 'string') addIssue('storage', storage)
  if (command !== 'storage' && more.length > 0) addIssue('', 'more than one command')

  const oneOf = <Choice extends string>(flag: string, choices: readonly Choice[]): Choice | undefined => {
    const value = values.get(flag) ?? defaultOf(flag)
    const choice = choices.find((each) => each === value)
    if (choice === undefined) addIssue(flag, `expected one of ${choices.join(', ')}`)
    return choice
  }
  const listen = listenAddress(values.get('--web.listen-address') ?? defaultOf('--web.listen-address'))
  if (typeof listen === 'string') addIssue('--web.listen-address', listen)
  const explorer = values.get('--web.explorer-url') ?? defaultOf('--web.explorer-url')
  if (!isExplorer(explorer))
    addIssue('--web.explorer-url', 'expected an http or https URL with {address}, or none')
  const allowedHosts = allowedHostsOf(values.get('--web.allowed-hosts'))
  if (typeof allowedHosts === 'string') addIssue('--web.allowed-hosts', allowedHosts)
  const shard = shardOf(values.get('--shard'))
  if (typeof shard === 'string') addIssue('--shard', shard)
  const logLevel = oneOf('--log.level', LOG_LEVELS)
  const logFormat = oneOf('--log.format', LOG_FORMATS)
  const configFile = values.get('--config.file')
  const configCheck = values.has('--config.check')
  const webConfigFile = values.get('--web.config.file')
  const configWatch = values.has('--config.watch')
  if (configWatch && configFile === undefined && command === 'run')
    addIssue('--config.watch', 'needs --config.file')
  if (command === 'demo')
    for (const flag of ['--config.file', '--config.check', '--config.watch', '--once'])
      if (values.has(flag)) addIssue(flag, 'is not allowed with demo, which has its own configuration')
  if (command === 'check' || command === 'storage')
    for (const flag of ['--config.watch', '--web.enable-lifecycle', '--once'])
      if (values.has(flag)) addIssue(flag, `is not allowed with ${command}`)
  if (values.has('--once'))
    for (const flag of ['--config.watch', '--web.enable-lifecycle'])
      if (values.has(flag)) addIssue(flag, 'is not allowed with --once')
  if (values.has('--json') && command !== 'check') addIssue('--json', 'is only for check')

  if (
    issues.length > 0 ||
    typeof listen === 'string' ||
    typeof allowedHosts === 'string' ||
    typeof shard === 'string' ||
    typeof storage === 'string' ||
    command === undefined ||
    logLevel === undefined ||
    logFormat === undefined
  )
    throw new ConfigError(issues)
  return {
    command,
    ...(configFile === undefined ? {} : { configFile }),
    configCheck,
    configWatch,
    once: values.has('--once'),
    json: values.has('--json'),
    ...(storage === undefined ? {} : { storage }),
    lifecycle: values.has('--web.enable-lifecycle'),
    ...(explorer === 'none' ? {} : { explorerUrl: explorer }),
    ...(allowedHosts === undefined ? {} : { allowedHosts }),
    listen,
    ...(shard === undefined ? {} : { shard }),
    logLevel,
    logFormat,
    version: values.has('--version'),
    help: values.has('--help'),
    ...(webConfigFile === undefined ? {} : { webConfigFile }),
  }
}

function unknownCommand(word: string): string {
  const commands = 'unknown command: the commands are check, demo and storage'
  if (FLAG_NAMES.includes(`--${word}`)) return `${commands}; this is a flag: --${word}`
  return /\.(ya?ml|json)$/i.test(word)
    ? `${commands}; a configuration file is given as --config.file=FILE`
    : commands
}

/** Parses what follows the command `storage`. Returns the problem as text if it is invalid. */
function storageArguments([place = '', ...keys]: readonly string[]): StorageArguments | string {
  const [, pallet, item] = /^([A-Z]\w*)\.([A-Z]\w*)$/.exec(place) ?? []
  if (pallet === undefined || item === undefined)
    return 'expected an item of a pallet, such as System.Account, and its keys'
  // Mostly a variable of the shell that is not set.
  if (keys.includes('')) return 'a key is empty'
  return { pallet, item, keys }
}

const isExplorer = (text: string): boolean =>
  text === 'none' || (/^https?:\/\//.test(text) && text.includes('{address}') && URL.canParse(text))

/** Parses a list of host names. Returns the problem as text if it is invalid. */
function allowedHostsOf(text: string | undefined): readonly string[] | string | undefined {
  const names = text?.split(',')
  if (names?.some((name) => isIP(name) !== 0) === true)
    return 'IP addresses are always allowed: list only host names, or localhost alone'
  return names === undefined || names.every((name) => REACHED_NAME.test(name))
    ? names?.map((name) => name.toLowerCase())
    : 'expected host names without ports, such as exporter.example,exporter'
}

/** Parses a shard. Returns the problem as text if it is invalid. */
function shardOf(text: string | undefined): Shard | string | undefined {
  if (text === undefined) return undefined
  const [, index, count] = /^(\d{1,4})\/(\d{1,4})$/.exec(text) ?? []
  const shard = { index: Number(index), count: Number(count) }
  return shard.index < shard.count ? shard : 'expected I/N with I from 0 to N-1, such as 0/3'
}

type AddIssue = (path: string, message: string) => void

interface Arguments {
  /** Values by flag; empty for flags without a value. */
  readonly values: ReadonlyMap<string, string>
  readonly words: readonly string[]
}

function readArguments(argv: readonly string[], addIssue: AddIssue): Arguments {
  const values = new Map<string, string>()
  const words: string[] = []
  const rest = argv.values()
  for (const argument of rest) {
    if (!argument.startsWith('-')) {
      words.push(argument)
      continue
    }
    const { name, value } = splitFlag(argument === '-h' ? '--help' : argument)
    const flag = FLAGS.find((each) => each.name === name)
    if (flag === undefined) {
      addIssue(SHOWABLE_FLAG.test(name) ? name : '', `unknown flag${didYouMean(name, FLAG_NAMES, '')}`)
      continue
    }
    const given =
      flag.argument === undefined ? withoutValue(flag, value, addIssue) : (value ?? rest.next().value)
    if (values.has(name)) addIssue(name, 'is given twice')
    else if (given === undefined || (flag.argument !== undefined && (given === '' || given.startsWith('--'))))
      addIssue(name, `needs a value: ${name}=${flag.argument ?? ''}`)
    else values.set(name, given)
  }
  return { values, words }
}

const SHOWABLE_FLAG = /^[\w.-]{1,40}$/

function splitFlag(argument: string): { readonly name: string; readonly value: string | undefined } {
  const equals = argument.indexOf('=')
  return equals < 0
    ? { name: argument, value: undefined }
    : { name: argument.slice(0, equals), value: argument.slice(equals + 1) }
}

function withoutValue({ name }: Flag, value: string | undefined, addIssue: AddIssue): string {
  if (value !== undefined) addIssue(name, 'takes no value')
  return ''
}

const defaultOf = (name: string): string => FLAGS.find((flag) => flag.name === name)?.default ?? ''

/** Parses a listen address. Returns the problem as text if it is invalid. */
function listenAddress(text: string): ListenAddress | string {
  const match = /^(?:\[([^\]]*)\]|([^:]*)):(\d{1,5})$/.exec(text)
  if (match === null)
    return isIP(text) === 6 || isIP(text.replace(/:\d+$/, '')) === 6
      ? 'an IPv6 address needs brackets, such as [::1]:9645'
      : 'expected HOST:PORT such as 127.0.0.1:9645, or :9645 for every interface'
  const [, bracketed, plain = '', digits] = match
  const port = Number(digits)
  if (port > 65_535) return 'a port is at most 65535'
  if (bracketed !== undefined)
    return isIP(bracketed) === 6 ? { host: bracketed, port } : 'the text in brackets is not an IPv6 address'
  if (plain !== '' && !HOST.test(plain))
    return 'the host is not a host name or IP address; omit it for every interface'
  return { host: plain, port }
}

/** Names of containers may have underscores. */
const REACHED_NAME = /^[0-9A-Za-z]([\w.-]{0,252}[0-9A-Za-z])?$/

const HOST = /^[0-9A-Za-z]([0-9A-Za-z.-]{0,252}[0-9A-Za-z])?$/
