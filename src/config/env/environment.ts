import { isAddress } from '../../chain/address.ts'
import { NETUID_LIMIT } from '../../chain/subnet.ts'
import { repeated } from '../check.ts'
import { discoveryOf, pollOf, rateLimitOf } from '../assemble.ts'
import type { Config, KeyConfig, NodeConfig } from '../config.ts'
import { ConfigError, NoNodesError, type Issue } from '../error.ts'
import { fileSchema } from '../file/schema.ts'
import {
  hostAndPort,
  checkKeyAddress,
  checkName,
  normalUrl,
  checkRpcUrl,
  checkSidecarUrl,
} from '../file/values.ts'
import { meantVariable, VARIABLES } from './variables.ts'

/** Variables by name, as in process.env. An empty variable counts as unset. */
export type Environment = Readonly<Record<string, string | undefined>>

/** The exporter's variables that are set. */
export const nodeVariables = (environment: Environment): string[] =>
  VARIABLES.map(({ name }) => name).filter((name) => valueOf(environment, name) !== undefined)

/**
 * The configuration from environment variables alone, with defaults for options without a variable. Throws ConfigError with
 * all issues, or NoNodesError if neither NODE_URL nor SIDECAR_URL is set.
 */
export function configFromEnvironment(environment: Environment): Config {
  const issues: Issue[] = []
  const addIssue: AddIssue = (path, message) => issues.push({ file: 'environment', path, message })

  const nodes = [
    ...readNodes(itemsOf(environment, 'NODE_URL', addIssue), 'rpc', addIssue),
    ...readNodes(itemsOf(environment, 'SIDECAR_URL', addIssue), 'sidecar', addIssue),
  ]
  const keys = readKeys(
    [...itemsOf(environment, 'HOTKEYS', addIssue), ...itemsOf(environment, 'COLDKEYS', addIssue)],
    addIssue,
  )
  const subnets = readSubnets(environment, addIssue)
  const [first, second] = NODE_VARIABLES.filter((name) => valueOf(environment, name) !== undefined)
  for (const { name, meant } of misspelledVariables(environment))
    addIssue(name, `is not read: did you mean ${meant}?`)
  if (first === undefined) throw new NoNodesError([NO_NODES, ...issues])
  if (second !== undefined)
    addIssue(second, `conflicts with ${first}: set one of the two; a configuration file can have both kinds`)
  if (issues.length > 0) throw new ConfigError(issues)
  const { poll, limits, discovery, collectors } = fileSchema
    .pick({ poll: true, limits: true, discovery: true, collectors: true })
    .parse({})
  return {
    nodes,
    keys,
    subnets,
    poll: pollOf(poll),
    limits: { maxSeries: limits.max_series },
    discovery: discoveryOf(discovery),
    collectors,
  }
}

/** The variables with nodes, of which exactly one is set. */
const NODE_VARIABLES = ['NODE_URL', 'SIDECAR_URL']

const NO_NODES: Issue = {
  file: 'environment',
  path: 'NODE_URL',
  message:
    'is not set, and --config.file is not given: ' +
    'set NODE_URL=ws://127.0.0.1:9944 (or SIDECAR_URL=http://127.0.0.1:8080 for a Sidecar), or start with --config.file=FILE, or try simulated data with `npm run demo`',
}

type AddIssue = (path: string, message: string) => void

/** One item of a comma-separated variable: `name=value` or `value`. */
interface Item {
  readonly variable: string
  /** The variable and the item's index, from 0. */
  readonly path: string
  readonly name: string | undefined
  readonly value: string
}

/**
 * Variables that are set under a name that resembles one of the exporter's, which is not set. One that resembles a variable with nodes is
 * reported only if no node is configured: it may belong to another program.
 */
function misspelledVariables(environment: Environment): { readonly name: string; readonly meant: string }[] {
  const isSet = (name: string): boolean => valueOf(environment, name) !== undefined
  const hasNodes = NODE_VARIABLES.some(isSet)
  return Object.keys(environment).flatMap((name) => {
    const meant = isSet(name) ? meantVariable(name) : undefined
    if (meant === undefined || isSet(meant) || (hasNodes && NODE_VARIABLES.includes(meant))) return []
    return [{ name, meant }]
  })
}

const valueOf = (environment: Environment, variable: string): string | undefined =>
  environment[variable]?.trim() || undefined

function itemsOf(environment: Environment, variable: string, addIssue: AddIssue): Item[] {
  const items = valueOf(environment, variable)?.split(',') ?? []
  return items.flatMap((text, index): Item[] => {
    const path = `${variable}[${index}]`
    // A URL may contain "=" in its path.
    const [, name, value = ''] = /^(?:(?!(?:https?|wss?):\/\/)([^=]*)=)?(.*)$/is.exec(text.trim()) ?? []
    const issue = checkItem(value.trim())
    const wrongName = name === undefined ? undefined : checkName(name.trim())
    if (issue !== undefined) addIssue(path, issue)
    else if (wrongName !== undefined) addIssue(path, `before the "=": ${wrongName}`)
    else return [{ variable, path, name: name?.trim(), value: value.trim() }]
    return []
  })
}

/** Checks the value of an item for what the shells and environment files of other programs leave in it. */
function checkItem(value: string): string | undefined {
  if (value === '') return 'is empty: remove the extra comma'
  if (/^["']|["']$/.test(value)) return 'has quotes, which are part of the value here: remove them'
  if (/\s/.test(value)) return 'contains a space or line break: separate entries with commas'
  return undefined
}

/** Checks the address of a key. */
const checkKey = (value: string): string | undefined =>
  value.includes(';') ? 'contains a semicolon: separate entries with commas' : checkKeyAddress(value)

function readNodes(items: readonly Item[], api: NodeConfig['api'], addIssue: AddIssue): NodeConfig[] {
  const good = items.filter(({ path, value }) => {
    const issue = api === 'rpc' ? checkRpcUrl(value) : checkSidecarUrl(value, 'NODE_URL')
    if (issue !== undefined) addIssue(path, issue)
    return issue === undefined
  })
  const nodes = good.map(({ name, value }) => ({
    name: name ?? hostAndPort(value),
    api,
    url: normalUrl(value),
    headers: {},
    ...rateLimitOf(normalUrl(value)),
  }))
  for (const { index, first } of repeated(nodes.map(({ name }) => name)))
    addIssue(
      good[index]?.path ?? '',
      `the same name as ${good[first]?.path ?? ''}: give each a unique name, as name=URL`,
    )
  for (const { index, first } of repeated(nodes.map(({ url }) => url)))
    addIssue(good[index]?.path ?? '', `the same URL as ${good[first]?.path ?? ''}`)
  return nodes
}

function readKeys(items: readonly Item[], addIssue: AddIssue): KeyConfig[] {
  const named = items.filter(({ name }) => name !== undefined)
  for (const { index, first } of repeated(named.map(({ name }) => name)))
    addIssue(named[index]?.path ?? '', `the same name as ${named[first]?.path ?? ''}`)
  for (const { index, first } of repeated(items.map(({ variable, value }) => `${variable} ${value}`)))
    addIssue(items[index]?.path ?? '', `the same address as ${items[first]?.path ?? ''}`)

  const names = new Set(named.map(({ name }) => name))
  return items.flatMap(({ variable, path, name, value }): KeyConfig[] => {
    if (!isAddress(value)) {
      addIssue(path, checkKey(value) ?? 'not an address')
      return []
    }
    const unique = name ?? freeName(value.slice(0, 8), names)
    names.add(unique)
    const role = variable === 'HOTKEYS' ? 'hotkey' : 'coldkey'
    return [{ name: unique, role, address: value, expect: undefined }]
  })
}

/** The name, with the first number appended that makes it unique if it is taken. */
function freeName(name: string, taken: ReadonlySet<string | undefined>): string {
  if (!taken.has(name)) return name
  let number = 2
  while (taken.has(`${name}-${number}`)) number += 1
  return `${name}-${number}`
}

function readSubnets(environment: Environment, addIssue: AddIssue): Config['subnets'] {
  const text = valueOf(environment, 'SUBNETS') ?? 'watched'
  if (text === 'watched' || text === 'all') return text
  const items = text.split(',').map((item) => item.trim())
  if (/["']/.test(text)) {
    addIssue('SUBNETS', 'has quotes, which are part of the value here: remove them')
    return 'watched'
  }
  for (const [index, item] of items.entries())
    if (!/^\d{1,4}$/.test(item) || Number(item) >= NETUID_LIMIT)
      addIssue(
        `SUBNETS[${index}]`,
        `expected watched, all or netuids from 0 to ${NETUID_LIMIT - 1} separated by commas`,
      )
  const netuids = items.map(Number)
  for (const { index, first } of repeated(
    netuids.map((netuid) => (Number.isNaN(netuid) ? undefined : netuid)),
  ))
    addIssue(`SUBNETS[${index}]`, `the same netuid as SUBNETS[${first}]`)
  return netuids
}
