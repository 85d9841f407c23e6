import { pathText, type Finding } from './file/explain.ts'
import { DEFAULT_INTERVAL } from './file/schema.ts'
import { durationOf, normalUrl } from './file/values.ts'
import type { Path } from './file/yaml.ts'

/**
 * Checks that involve several options. They run on the raw data, so that an issue elsewhere in the file does not hide theirs.
 * The schema reports values of the wrong type.
 */
export function checkTogether(value: unknown): Finding[] {
  const file = recordOf(value)
  const keys = entriesOf(file['keys'])
  const nodes = entriesOf(file['nodes'])
  return [
    ...repeats(namesOf(nodes), 'nodes', 'name', 'name'),
    ...sameUrls(nodes),
    ...addresses(nodes),
    ...repeats(namesOf(keys), 'keys', 'name', 'name'),
    ...roles(keys),
    ...repeats(textsOf(keys, 'hotkey'), 'keys', 'hotkey', 'hotkey'),
    ...repeats(textsOf(keys, 'coldkey'), 'keys', 'coldkey', 'coldkey'),
    ...keys.flatMap((key, index) =>
      repeatedNumbers(recordOf(key['expect'])['netuids'], ['keys', index, 'expect', 'netuids']),
    ),
    ...repeatedNumbers(file['subnets'], ['subnets']),
    ...staleness(recordOf(file['poll'])),
  ]
}

type Entry = Readonly<Record<string, unknown>>

/** Finds repeated values: the index of each repetition and of the first occurrence. Ignores undefined. */
export function repeated(values: readonly unknown[]): { readonly index: number; readonly first: number }[] {
  const firsts = new Map<unknown, number>()
  const found: { index: number; first: number }[] = []
  for (const [index, value] of values.entries()) {
    const first = firsts.get(value)
    if (value === undefined) continue
    if (first === undefined) firsts.set(value, index)
    else found.push({ index, first })
  }
  return found
}

const repeats = (values: readonly unknown[], list: string, option: string, what: string): Finding[] =>
  repeated(values).map(({ index, first }) => ({
    path: [list, index, option],
    part: 'value',
    message: `the same ${what} as ${list}[${first}]`,
  }))

const repeatedNumbers = (value: unknown, path: Path): Finding[] =>
  repeated(
    Array.isArray(value) ? value.map((item: unknown) => (typeof item === 'number' ? item : undefined)) : [],
  ).map(({ index, first }) => ({
    path: [...path, index],
    part: 'value',
    message: `the same netuid as ${pathText([...path, first])}`,
  }))

/** Nodes with one URL, also if it is spelled differently, or once as `url` and once as `rpc`. */
function sameUrls(nodes: readonly Entry[]): Finding[] {
  const urls = nodes.map((node) => urlOf(node['rpc']) ?? urlOf(node['url']))
  return repeated(urls).map(({ index, first }) => ({
    path: ['nodes', index, urlOf(nodes[index]?.['rpc']) === undefined ? 'url' : 'rpc'],
    part: 'value',
    message: `the same URL as nodes[${first}]: a node that is given twice is read twice`,
  }))
}

function addresses(nodes: readonly Entry[]): Finding[] {
  return nodes.flatMap((node, index): Finding[] => {
    const path = ['nodes', index]
    if ('url' in node && 'rpc' in node) {
      const message = 'a node is read either by `rpc` (the node itself) or by `url` (its Sidecar): remove one'
      return [{ path: [...path, 'rpc'], part: 'key', message }]
    }
    if ('url' in node || 'rpc' in node || Object.keys(node).length === 0) return []
    const message = 'a node needs an address: `rpc` (the node itself) or `url` (its Sidecar)'
    return [{ path, part: 'value', message }]
  })
}

function roles(keys: readonly Entry[]): Finding[] {
  return keys.flatMap((key, index): Finding[] => {
    const path = ['keys', index]
    if ('hotkey' in key && 'coldkey' in key) {
      const message = 'a key is a hotkey or a coldkey: for both, make it two entries'
      return [{ path: [...path, 'coldkey'], part: 'key', message }]
    }
    if ('coldkey' in key)
      return HOTKEY_EXPECTATIONS.filter((name) => name in recordOf(key['expect'])).map((name) => ({
        path: [...path, 'expect', name],
        part: 'key',
        message: 'only for hotkeys: a coldkey supports min_free_tao only',
      }))
    if ('hotkey' in key || Object.keys(key).length === 0) return []
    return [{ path, part: 'value', message: 'a key needs an address: hotkey or coldkey' }]
  })
}

const HOTKEY_EXPECTATIONS = [
  'coldkey',
  'netuids',
  'validator_permit',
  'active',
  'max_updated_blocks',
  'subnets',
]

/** With stale_after below two intervals, samples would disappear whenever a poll takes slightly longer. */
function staleness(poll: Entry): Finding[] {
  const interval = durationOfUnknown(poll['interval'] ?? DEFAULT_INTERVAL)
  const stale = durationOfUnknown(poll['stale_after'])
  if (interval === undefined || stale === undefined || stale >= 2 * interval) return []
  const message = 'must be at least twice the interval'
  return [{ path: ['poll', 'stale_after'], part: 'value', message }]
}

const durationOfUnknown = (value: unknown): number | undefined =>
  typeof value === 'string' ? durationOf(value) : undefined

const isRecord = (value: unknown): value is Entry =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The value as a mapping; empty if it is not one. */
export const recordOf = (value: unknown): Entry => (isRecord(value) ? value : {})

/** The entries of a list of mappings. Other entries become empty mappings, so that indices stay the same. */
const entriesOf = (value: unknown): Entry[] => (Array.isArray(value) ? value.map(recordOf) : [])

const textsOf = (entries: readonly Entry[], option: string): (string | undefined)[] =>
  entries.map((entry) => (typeof entry[option] === 'string' ? entry[option] : undefined))

/** A URL in a comparable form. Undefined for what the schema rejects. */
const urlOf = (url: unknown): string | undefined =>
  typeof url === 'string' && PLAIN_URL.test(url) && URL.canParse(url) ? normalUrl(url) : undefined

const PLAIN_URL = /^(?:https?|wss?):\/\/[^/?#@\s\\][^?#@\s\\]*$/i

const namesOf = (entries: readonly Entry[]): (string | undefined)[] => textsOf(entries, 'name')
