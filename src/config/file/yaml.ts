import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Document,
  type Node,
} from 'yaml'

/** Keys and indices from the top of the file to a value. */
export type Path = readonly (string | number)[]

/** A place in a text, from 1. */
interface Position {
  readonly line: number
  readonly column: number
}

/** Something that is wrong with a text as YAML. The message is ours and quotes nothing of the text. */
interface YamlIssue extends Position {
  readonly message: string
}

/** A YAML text as plain data, with the places its data came from. */
export interface YamlText {
  /** Undefined where the issues leave nothing to read. */
  readonly value: unknown
  readonly issues: readonly YamlIssue[]
  /** Where the value at a path is, or its key; where there is none, the nearest thing around it. */
  positionOf(path: Path, part: 'key' | 'value'): Position
}

/** A configuration is a page of text; more than this is the wrong file. */
const LONGEST_TEXT = 1 << 20

const MOST_ALIASES = 100

/**
 * Reads one YAML document. Never throws: whatever is wrong is in the issues.
 * @param needed is what an empty file is told it needs.
 */
export function readYaml(text: string, needed = 'it needs at least `nodes`'): YamlText {
  const top: Position = { line: 1, column: 1 }
  const unreadable = (message: string): YamlText => ({
    value: undefined,
    issues: [{ ...top, message }],
    positionOf: () => top,
  })
  if (text.length > LONGEST_TEXT) return unreadable('the file is larger than 1 MiB')

  const lines = new LineCounter()
  const document = parseDocument(text, {
    lineCounter: lines,
    logLevel: 'error',
    prettyErrors: false,
    resolveKnownTags: false,
  })
  const positionAt = (offset: number): Position => {
    const { line, col } = lines.linePos(offset)
    return { line: Math.max(line, 1), column: Math.max(col, 1) }
  }
  const positionOf = (path: Path, part: 'key' | 'value') => positionAt(offsetOf(document, path, part))

  const issues = new Map<number, YamlIssue>()
  const addIssue = (offset: number, message: string): void => {
    const position = positionAt(offset)
    // One mistake makes the parser stumble several times: what it says first on a line is the mistake.
    if (!issues.has(position.line)) issues.set(position.line, { ...position, message })
  }
  for (const { code, pos, message } of [...document.errors, ...document.warnings])
    addIssue(pos[0], MESSAGES[code] ?? parserMessage(message))
  const aliasesHold = checkAliases(document, addIssue)
  const whole =
    document.errors.every(({ code }) => code === 'DUPLICATE_KEY') && document.warnings.length === 0
  if (!whole || !aliasesHold) return { value: undefined, issues: [...issues.values()], positionOf }
  if (document.contents === null) return unreadable(`the file is empty: ${needed}`)

  const value = plainValue(document, addIssue)
  return { value, issues: [...issues.values()], positionOf }
}

/**
 * The parser's findings in an operator's words. The codes that are not here have messages that are fit to be shown:
 * fixed texts, such as "Missing , between flow map items".
 */
const MESSAGES: Partial<Record<string, string>> = {
  ALIAS_PROPS: 'an alias (*) has no tag or anchor of its own',
  BAD_COLLECTION_TYPE: 'tags (!) are not supported',
  BAD_DIRECTIVE: 'directives (%) are not supported',
  BAD_INDENT: 'not YAML: wrong indentation, or a bracket that is not closed',
  BAD_DQ_ESCAPE: 'not an escape of YAML: double the backslash, or use single quotes',
  BAD_PROP_ORDER: 'an anchor (&) or tag (!) is in the wrong place',
  BAD_SCALAR_START: 'a value cannot begin with this character: put it in quotes',
  BLOCK_AS_IMPLICIT_KEY: 'not YAML: a second `:` on the line; put a text with ": " in it in quotes',
  DUPLICATE_KEY: 'this key is given twice in one mapping',
  IMPOSSIBLE: 'not YAML',
  MULTILINE_IMPLICIT_KEY: 'not YAML: a key without its `:`',
  MULTIPLE_DOCS: 'a second document begins here: the configuration is a single one',
  NON_STRING_KEY: 'not YAML: a key is text',
  RESOURCE_EXHAUSTION: 'nested too deeply',
  TAB_AS_INDENT: 'a tab in the indentation: YAML takes spaces only',
  TAG_RESOLVE_FAILED: 'tags (!) are not supported',
  UNEXPECTED_TOKEN: 'not YAML: this does not belong here',
}

function parserMessage(message: string): string {
  if (message.startsWith('Missing closing'))
    return 'not YAML: a quoted text that begins before this is not closed'
  if (message.startsWith('Implicit map keys')) return 'not YAML: a key without its `:`'
  return `not YAML: ${message.slice(0, 1).toLowerCase()}${message.slice(1)}`
}

/** Aliases are refused by number before they are resolved: each is a walk through the document. */
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
      if (aliases > MOST_ALIASES) {
        refuse(startOf(alias), `more than ${MOST_ALIASES} aliases (*)`)
        return visit.BREAK
      }
      if (alias.resolve(document) === undefined)
        refuse(startOf(alias), 'an alias (*) of no anchor (&) above it')
      return undefined
    },
  })
  return hold
}

function plainValue(document: Document, addIssue: (offset: number, message: string) => void): unknown {
  try {
    return document.toJS({ maxAliasCount: MOST_ALIASES })
  } catch {
    // yaml throws for aliases of aliases of aliases, each many times the one before.
    addIssue(0, 'the aliases (*) of the file stand for too much text')
    return undefined
  }
}

const startOf = (node: Node): number => node.range?.[0] ?? 0

/** The offset of the deepest thing on the path that is there. */
function offsetOf(document: Document, path: Path, part: 'key' | 'value'): number {
  let node: unknown = document.contents
  let offset = document.contents === null ? 0 : startOf(document.contents)
  for (const [depth, segment] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document)
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === segment)
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
