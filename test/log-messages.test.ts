import { readdir, readFile } from 'node:fs/promises'
import ts from 'typescript'
import { expect, test } from 'vitest'

const LEVELS = ['debug', 'info', 'warn', 'error']

/** The string literals that an expression can be, in this file. */
function literalsOf(node: ts.Expression, file: ts.SourceFile): readonly string[] {
  if (ts.isStringLiteralLike(node)) return [node.text]
  if (ts.isConditionalExpression(node))
    return [...literalsOf(node.whenTrue, file), ...literalsOf(node.whenFalse, file)]
  if (!ts.isIdentifier(node)) return []
  const found: string[] = []
  ts.forEachChild(file, (statement) => {
    if (!ts.isVariableStatement(statement)) return
    for (const { name, initializer } of statement.declarationList.declarations)
      if (name.getText(file) === node.text && initializer !== undefined)
        found.push(...literalsOf(initializer, file))
  })
  return found
}

/** Whether a call writes to the log: `log.warn(…)`, `this.#log[level](…)`, `refusals.warn(…)`, or writeFailures(…). */
function isLogging(call: ts.CallExpression, file: ts.SourceFile): boolean {
  const callee = call.expression
  if (ts.isIdentifier(callee)) return callee.text === 'writeFailures'
  const isLog = (node: ts.Node) => /(^|\.|#)(log|refusals)$/i.test(node.getText(file))
  if (ts.isElementAccessExpression(callee)) return isLog(callee.expression)
  return (
    ts.isPropertyAccessExpression(callee) && LEVELS.includes(callee.name.text) && isLog(callee.expression)
  )
}

/** Files that make log lines as records, which others write. */
const WITH_RECORDS = [
  'src/source/selection.ts',
  'src/collectors/lib/operation-line.ts',
  'src/collectors/lib/key-memory.ts',
]

/** The file with the messages about refused clients, as a table by reason. */
const WITH_TABLE = 'src/web/security/refusal-log.ts'

function messagesIn(path: string, text: string): readonly string[] {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.ESNext, true)
  const found: string[] = []
  const look = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && isLogging(node, file))
      for (const argument of node.arguments) found.push(...literalsOf(argument, file))
    if (ts.isPropertyAssignment(node) && WITH_RECORDS.includes(path) && node.name.getText(file) === 'message')
      found.push(...literalsOf(node.initializer, file))
    if (ts.isPropertyAssignment(node) && path === WITH_TABLE)
      found.push(...literalsOf(node.initializer, file))
    ts.forEachChild(node, look)
  }
  look(file)
  return found
}

async function messagesOfSource(): Promise<readonly string[]> {
  const found = new Set<string>()
  for (const entry of await readdir('src', { recursive: true })) {
    const path = `src/${entry}`
    if (entry.endsWith('.ts'))
      for (const message of messagesIn(path, await readFile(path, 'utf8'))) found.add(message)
  }
  return [...found].toSorted()
}

test('docs/LOGS.md has every message of the log, and no other', async () => {
  const text = await readFile('docs/LOGS.md', 'utf8')
  const listed = Array.from(text.matchAll(/^\| `([^`]+)` +\|/gm), ([, message = '']) => message)
  const messages = await messagesOfSource()
  expect(messages).toContain('collectors failing')
  expect(messages).toContain('switched source')
  expect(listed.toSorted()).toEqual(messages)
})

test('messages are found in each form of a call', () => {
  const text = `
    const NOTHING = 'nothing'
    log.info({ a: 1 }, 'plain')
    this.#log[level](fields, 'by level')
    log[isExpected(error) ? 'warn' : 'error'](fields, 'either')
    refusals.warn(busy ? 'one' : 'other', {})
    log.info(subject, NOTHING)
    warn('a warning of a collector')
    list.error('something else')`
  expect(messagesIn('x.ts', text)).toEqual(['plain', 'by level', 'either', 'one', 'other', 'nothing'])
})
