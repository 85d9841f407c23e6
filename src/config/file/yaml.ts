import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Document,
  type Node,
} from 'yaml'

/** A key that is safe to show. Excludes values that a missing space turned into keys, which may be secrets. */
export const SHOWABLE_KEY = /^[\w.-]{1,40}$/

/** Keys and indices from the top of the file to a value. */
export type Path = readonly (string | number)[]

/** A position in a text, from 1. */
interface Position {
  readonly line: number
  readonly column: number
}

/** A syntax error. The message does not quote the text. */
interface YamlIssue extends Position {
  readonly message: string
}

/** A YAML text as plain data, with the positions of its values. */
export interface YamlText {
  /** Undefined if the text cannot be parsed. */
  readonly value: unknown
  readonly issues: readonly YamlIssue[]
  /** Position of the value at a path, or of its key; if it does not exist, of its nearest existing parent. */
  positionOf(path: Path, part: 'key' | 'value'): Position
}

/** A configuration is far smaller than this; a larger file must be the wrong one. */
const MAX_LENGTH = 1 << 20

const MAX_ALIASES = 100

/**
 * Parses one YAML document. Never throws: errors are in the issues.
 * @param needed is the end of the message about an empty file.
 */
export function readYaml(text: string, needed = 'it needs at least `nodes`'): YamlText {
  const top: Position = { line: 1, column: 1 }
  const unreadable = (message: string): YamlText => ({
    value: undefined,
    issues: [{ ...top, message }],
    positionOf: () => top,
  })
  if (text.length > MAX_LENGTH) return unreadable('the file is larger than 1 MiB')

  const lines = new LineCounter()
  const document = parseDocument(text, {
    lineCounter: lines,
    logLevel: 'error',
    prettyErrors: false,
    resolveKnownTags: false,
    // addKeyIssues reports both, and what else is wrong with the file is reported as if they were allowed.
    uniqueKeys: false,
    merge: true,
  })
  const positionAt = (offset: number): Position => {
    const { line, col } = lines.linePos(offset)
    return { line: Math.max(line, 1), column: Math.max(col, 1) }
  }
  const positionOf = (path: Path, part: 'key' | 'value') => positionAt(offsetOf(document, path, part))

  const issues = new Map<number, YamlIssue>()
  const addIssue = (offset: number, message: string): void => {
    const position = positionAt(offset)
    // One mistake causes several parser errors; the first one on a line describes the mistake.
    if (!issues.has(position.line)) issues.set(position.line, { ...position, message })
  }
  for (const { code, pos, message } of [...document.errors, ...document.warnings])
    addIssue(pos[0], MESSAGES[code] ?? parserMessage(message))
  const aliasesHold = checkAliases(document, addIssue)
  const whole = document.errors.length === 0 && document.warnings.length === 0
  if (!whole || !aliasesHold) return { value: undefined, issues: [...issues.values()], positionOf }
  if (document.contents === null) return unreadable(`the file is empty: ${needed}`)

  addKeyIssues(document, positionAt, addIssue)
  const value = plainValue(document, addIssue)
  return { value, issues: [...issues.values()], positionOf }
}

/**
 * Messages by the parser's error code. Other codes have fixed messages that are safe to show, such as "Missing , between flow
 * map items".
 */
const MESSAGES: Partial<Record<string, string>> = {
  ALIAS_PROPS: 'an alias (*) must not have a tag or anchor',
  BAD_COLLECTION_TYPE: 'tags (!) are not supported',
  BAD_DIRECTIVE: 'directives (%) are not supported',
  BAD_INDENT: 'not YAML: wrong indentation, or a bracket that is not closed',
  BAD_DQ_ESCAPE: 'not a valid escape in YAML: double the backslash, or use single quotes',
  BAD_PROP_ORDER: 'an anchor (&) or tag (!) is in the wrong place',
  BAD_SCALAR_START: 'a value cannot begin with this character: put it in quotes',
  BLOCK_AS_IMPLICIT_KEY: 'not YAML: a second `:` on the line; quote text that contains ": "',
  IMPOSSIBLE: 'not YAML',
  MULTILINE_IMPLICIT_KEY: 'not YAML: a key without its `:`',
  MULTIPLE_DOCS: 'a second document begins here: the file must have only one',
  NON_STRING_KEY: 'not YAML: a key must be text',
  RESOURCE_EXHAUSTION: 'nested too deeply',
  TAB_AS_INDENT: 'a tab in the indentation: YAML allows only spaces',
  TAG_RESOLVE_FAILED: 'tags (!) are not supported',
  UNEXPECTED_TOKEN: 'not YAML: this does not belong here',
}

function parserMessage(message: string): string {
  if (message.startsWith('Missing closing'))
    return 'not YAML: quoted text that begins before this is not closed'
  if (message.startsWith('Implicit map keys')) return 'not YAML: a key without its `:`'
  return `not YAML: ${message.slice(0, 1).toLowerCase()}${message.slice(1)}`
}

/** Checks the number of aliases before resolving them, because resolving an alias searches the whole document. */
function checkAliases(document: Document, addIssue: (offset: number, message: string) => void): boolean {
  let aliases = 0
  let hold = true
  const refuse = (offset: number, message: string): void => {
    hold = false
    addIssue(offset, message)
  }
  visit(document, {
    Alias(_, alias) {
      aliases += 1
      if (aliases > MAX_ALIASES) {
        refuse(startOf(alias), `more than ${MAX_ALIASES} aliases (*)`)
        return visit.BREAK
      }
      if (alias.resolve(document) === undefined)
        refuse(startOf(alias), 'an alias (*) without an anchor (&) above it')
      return undefined
    },
  })
  return hold
}

/** Reports keys that are given twice in one mapping, and merge keys. */
function addKeyIssues(
  document: Document,
  positionAt: (offset: number) => Position,
  addIssue: (offset: number, message: string) => void,
): void {
  visit(document, {
    Map(_, { items }) {
      const firsts = new Map<unknown, Node>()
      for (const { key } of items) {
        const scalar = isAlias(key) ? key.resolve(document) : key
        if (!isScalar(scalar) || !isNode(key)) continue
        if (typeof scalar.value === 'symbol') addIssue(startOf(key), NO_MERGE_KEYS)
        const first = firsts.get(String(scalar.value))
        if (first === undefined) {
          firsts.set(String(scalar.value), key)
          continue
        }
        const { line, column } = positionAt(startOf(first))
        const name = SHOWABLE_KEY.test(String(scalar.value)) ? `\`${String(scalar.value)}\`` : 'this key'
        addIssue(startOf(key), `${name} is given twice in one mapping: first at ${line}:${column}`)
      }
    },
  })
}

const NO_MERGE_KEYS =
  'merge keys (<<) are not supported: write the options out, or repeat a whole value with an alias (*)'

function plainValue(document: Document, addIssue: (offset: number, message: string) => void): unknown {
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES })
  } catch {
    // yaml throws for nested aliases that expand exponentially.
    addIssue(0, 'the aliases (*) of the file expand to too much text')
    return undefined
  }
}

const startOf = (node: Node): number => node.range?.[0] ?? 0

/** Offset of the deepest existing node on a path. */
function offsetOf(document: Document, path: Path, part: 'key' | 'value'): number {
  let node: unknown = document.contents
  let offset = document.contents === null ? 0 : startOf(document.contents)
  for (const [depth, segment] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document)
    if (isMap(node)) {
      // Of a key that is given twice, the last value counts.
      const pair = node.items.findLast(({ key }) => isScalar(key) && String(key.value) === segment)
      if (pair === undefined || !isScalar(pair.key)) return offset
      const key = pair.key as Node
      const value = pair.value as Node | null
      const named = (part === 'key' && depth === path.length - 1) || value === null
      offset = startOf(named ? key : value)
      node = value
    } else if (isSeq(node) && typeof segment === 'number') {
      const item = node.items[segment] as Node | undefined
      if (item === undefined) return offset
      offset = startOf(item)
      node = item
    } else return offset
  }
  return offset
}
