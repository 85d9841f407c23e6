import { parse, tokenize, type MemberNode, type ValueNode } from '@humanwhocodes/momoa'

/** A position in a text, from 1. */
interface Position {
  readonly line: number
  readonly column: number
}

/** A member of a JSON object. */
export interface Member extends Position {
  readonly name: string
  /** Undefined if the value is not a string. */
  readonly text: string | undefined
}

/**
 * The members of the object that a JSON text consists of, in order and also if a name is repeated; `not_object` for another value.
 * If the text is not valid JSON, its first error.
 */
export type JsonObject = { readonly members: readonly Member[] } | 'not_object' | { readonly error: Position }

/** Parses a JSON text. Never throws, and quotes nothing of the text. */
export function readJsonObject(text: string): JsonObject {
  try {
    JSON.parse(text)
  } catch {
    // The message quotes the text, and has no position in Node.js 20.
    return { error: firstError(text) }
  }
  const { body } = parse(text, { mode: 'json' })
  return body.type === 'Object' ? { members: body.members.map(memberOf) } : 'not_object'
}

function memberOf({ name, value, loc }: MemberNode): Member {
  const { line, column } = loc.start
  return { name: name.type === 'String' ? name.value : name.name, text: textOf(value), line, column }
}

const textOf = (value: ValueNode): string | undefined => (value.type === 'String' ? value.value : undefined)

/** Where a text stops to be JSON. */
function firstError(text: string): Position {
  try {
    parse(text, { mode: 'json' })
  } catch (error) {
    if (isAt(error)) return { line: error.line, column: error.column }
  }
  return firstBrokenString(text)
}

const isAt = (error: unknown): error is Position =>
  error instanceof Error &&
  'line' in error &&
  typeof error.line === 'number' &&
  'column' in error &&
  typeof error.column === 'number'

/** The first string that contains a control character, which momoa accepts and JSON does not; else the beginning. */
function firstBrokenString(text: string): Position {
  // eslint-disable-next-line no-control-regex
  const control = /[\x00-\x1f]/
  const broken = tokenize(text, { mode: 'json' }).find(
    ({ type, loc: { start, end } }) =>
      type === 'String' && control.test(text.slice(start.offset, end.offset)),
  )
  const { line, column } = broken?.loc.start ?? { line: 1, column: 1 }
  return { line, column }
}
