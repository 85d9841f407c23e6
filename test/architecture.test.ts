import { readdir, readFile } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { expect, test } from 'vitest'

const SRC = fileURLToPath(new URL('../src/', import.meta.url))

/** What each folder or file in src may import, besides itself: folders or files in src (docs/ARCHITECTURE.md). */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'main.ts': ['app.ts', 'check/text.ts', 'config', 'log.ts'],
  'app.ts': [
    'config',
    'check',
    'web',
    'on-demand',
    'poll',
    'collectors',
    'metrics',
    'upstream',
    'scope',
    'chain',
    'demo',
    'log-fields.ts',
  ],
  web: [
    'thresholds.ts',
    'token-bucket.ts',
    'config/web',
    'config/error.ts',
    'config/reload.ts',
    'collectors',
    'metrics',
    'scope',
    'chain',
    'text.ts',
  ],
  check: ['thresholds.ts', 'poll', 'collectors', 'metrics', 'storage', 'upstream', 'scope', 'chain'],
  'on-demand': ['token-bucket.ts', 'poll', 'collectors', 'metrics', 'storage', 'upstream', 'scope', 'chain'],
  poll: ['source', 'collectors', 'metrics', 'storage', 'upstream', 'scope', 'chain'],
  source: ['metrics', 'storage', 'upstream', 'chain'],
  collectors: ['metrics', 'storage', 'upstream', 'scope', 'chain', 'text.ts'],
  metrics: ['chain'],
  storage: ['upstream', 'chain'],
  upstream: ['chain', 'text.ts'],
  config: ['collectors', 'scope', 'chain'],
  demo: ['scope', 'chain'],
  scope: ['chain'],
  chain: [],
  'text.ts': [],
  'thresholds.ts': [],
  'token-bucket.ts': [],
  'log.ts': [],
  'log-fields.ts': ['text.ts'],
}

const room = (file: string) => relative(SRC, file).split('/')[0] ?? ''

async function imports(): Promise<readonly (readonly [from: string, to: string])[]> {
  const found: (readonly [string, string])[] = []
  for (const entry of await readdir(SRC, { recursive: true })) {
    if (!entry.endsWith('.ts')) continue
    const file = join(SRC, entry)
    for (const { fileName } of ts.preProcessFile(await readFile(file, 'utf8')).importedFiles)
      if (fileName.startsWith('.')) found.push([file, resolve(dirname(file), fileName)])
  }
  return found
}

test('imports go down only', async () => {
  const all = await imports()
  expect(all.length).toBeGreaterThan(100)
  const isAllowed = (from: string, to: string): boolean =>
    MAY_IMPORT[room(from)]?.some((place) => `${relative(SRC, to)}/`.startsWith(`${place}/`)) === true
  const upward = all.filter(([from, to]) => room(from) !== room(to) && !isAllowed(from, to))
  expect(upward.map(([from, to]) => `${relative(SRC, from)} imports ${relative(SRC, to)}`)).toEqual([])
})

/** Folders of which other folders may import the index alone: each has a README that says what its code buys. */
const FENCED = ['storage/incremental', 'metrics/table']

test('fenced folders are entered by their index alone', async () => {
  for (const folder of FENCED) {
    expect(await readFile(join(SRC, folder, 'README.md'), 'utf8')).toMatch(/^# /)
    const inside = (file: string): boolean => file.startsWith(join(SRC, folder, '/'))
    const past = (await imports()).filter(
      ([from, to]) => !inside(from) && inside(to) && to !== join(SRC, folder, 'index.ts'),
    )
    expect(past.map(([from, to]) => `${relative(SRC, from)} imports ${relative(SRC, to)}`)).toEqual([])
  }
})

/** Objects that a module may create when it is loaded, because nothing changes them afterwards. */
const CONSTANT = /^(RegExp|URL|TextEncoder|TextDecoder|Intl\.\w+|\w+Array)$/

/** The mutable state of a module: variables, collections that can be filled, other instances, and limiters. */
function moduleState(file: ts.SourceFile): readonly string[] {
  const found: string[] = []
  const look = (node: ts.Node, isReadonly: boolean): void => {
    // A function runs later, and each instance has its own fields. The rest runs when the module is loaded.
    if (ts.isFunctionLike(node)) return
    const isStatic =
      ts.canHaveModifiers(node) &&
      node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.StaticKeyword) === true
    if (ts.isPropertyDeclaration(node) && !isStatic) return
    const isVariable = ts.isVariableDeclarationList(node) && (node.flags & ts.NodeFlags.Const) === 0
    const isLimiter = ts.isCallExpression(node) && node.expression.getText(file) === 'pLimit'
    if (isVariable || isLimiter || (ts.isNewExpression(node) && isInstance(node, isReadonly)))
      found.push(node.getText(file))
    const declared = ts.isVariableDeclaration(node) ? node.type?.getText(file) : undefined
    const isReadonlyNow = isReadonly || (declared !== undefined && !/^(Weak)?(Map|Set)\b/.test(declared))
    ts.forEachChild(node, (child) => {
      look(child, isReadonlyNow)
    })
  }
  const isInstance = (node: ts.NewExpression, isReadonly: boolean): boolean => {
    const name = node.expression.getText(file)
    if (name === 'Map' || name === 'Set') return !isReadonly && (node.arguments?.length ?? 0) === 0
    return !CONSTANT.test(name)
  }
  look(file, false)
  return found
}

/** Where module state is accepted for now: memos of the simulated chain, and the cache of addresses. */
const WITH_STATE = /^(demo\/|upstream\/addresses\.ts$)/

test('modules have no mutable state: it belongs to instances', async () => {
  const found: string[] = []
  for (const entry of await readdir(SRC, { recursive: true })) {
    if (!entry.endsWith('.ts') || WITH_STATE.test(entry)) continue
    const text = await readFile(join(SRC, entry), 'utf8')
    const file = ts.createSourceFile(entry, text, ts.ScriptTarget.ESNext, true)
    found.push(...moduleState(file).map((state) => `${entry}: ${state}`))
  }
  expect(found).toEqual([])
})

test('mutable state of a module is found', () => {
  const stateIn = (text: string) =>
    moduleState(ts.createSourceFile('x.ts', text, ts.ScriptTarget.ESNext, true))
  for (const text of [
    'let count = 0',
    'export const cache = new Map<string, number>()',
    'const cache = new WeakMap<object, number>()',
    'const pool = new ChunkPool(7)',
    'const limit = pLimit(3)',
    'const state = { cache: new Set() }',
    'class A { static readonly cache = new Map() }',
    'for (let i = 0; i < 2; i++) use(i)',
  ])
    expect([text, stateIn(text)]).toEqual([text, [expect.any(String)]])
  for (const text of [
    "const NAMES = new Set(['a'])",
    'const NOBODY: ReadonlySet<string> = new Set()',
    'const f = () => new Map()',
    'class A { readonly #cache = new Map() }',
    'function f() { let count = 0; return count }',
  ])
    expect([text, stateIn(text)]).toEqual([text, []])
})

test('no file imports itself, by way of whichever others', async () => {
  const targets = new Map<string, string[]>()
  for (const [from, to] of await imports()) targets.set(from, [...(targets.get(from) ?? []), to])
  const done = new Set<string>()
  const cycles: string[] = []
  const walk = (file: string, path: readonly string[]): void => {
    const seen = path.indexOf(file)
    if (seen >= 0)
      cycles.push([...path.slice(seen), file].map((each) => relative(SRC, each)).join(' imports '))
    else if (!done.has(file)) {
      for (const next of targets.get(file) ?? []) walk(next, [...path, file])
      done.add(file)
    }
  }
  for (const file of targets.keys()) walk(file, [])
  expect(cycles).toEqual([])
})

test('every room is on the floor plan', async () => {
  const rooms = (await readdir(SRC)).toSorted()
  expect(rooms).toEqual(Object.keys(MAY_IMPORT).toSorted())
})

test('addresses are made by chain/address: the library gives views of a buffer the address of another', async () => {
  const making: string[] = []
  for (const entry of await readdir(SRC, { recursive: true }))
    if (
      entry.endsWith('.ts') &&
      /\b(fromBufferToBase58|AccountId)\b(?=.*substrate-bindings)/s.test(
        await readFile(join(SRC, entry), 'utf8'),
      )
    )
      making.push(entry)
  expect(making).toEqual([])
})
