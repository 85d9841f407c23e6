import { readdir, readFile } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { expect, test } from 'vitest'

const SRC = fileURLToPath(new URL('../src/', import.meta.url))

/** What each folder or file in src may import, besides itself: folders or files in src (docs/ARCHITECTURE.md). */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'main.ts': ['app.ts', 'config', 'log.ts'],
  'app.ts': [
    'config',
    'web',
    'on-demand',
    'poll',
    'collectors',
    'metrics',
    'upstream',
    'scope',
    'chain',
    'demo',
  ],
  web: [
    'thresholds.ts',
    'config/web',
    'config/error.ts',
    'config/reload.ts',
    'collectors',
    'metrics',
    'scope',
    'chain',
    'text.ts',
  ],
  'on-demand': ['poll', 'collectors', 'metrics', 'storage', 'upstream', 'scope', 'chain'],
  poll: ['source', 'collectors', 'metrics', 'storage', 'upstream', 'scope', 'chain'],
  source: ['metrics', 'storage', 'upstream', 'chain'],
  collectors: ['metrics', 'storage', 'upstream', 'scope', 'chain', 'text.ts'],
  metrics: ['chain'],
  storage: ['upstream', 'chain'],
  upstream: ['chain', 'text.ts'],
  config: ['scope', 'chain'],
  demo: ['scope', 'chain'],
  scope: ['chain'],
  chain: [],
  'text.ts': [],
  'thresholds.ts': [],
  'log.ts': [],
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
const FENCED = ['storage/incremental']

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

test('addresses are made in one place: the library gives views of a buffer the address of another', async () => {
  const making: string[] = []
  for (const entry of await readdir(SRC, { recursive: true }))
    if (
      entry.endsWith('.ts') &&
      /\b(fromBufferToBase58|AccountId)\b(?=.*substrate-bindings)/s.test(
        await readFile(join(SRC, entry), 'utf8'),
      )
    )
      making.push(entry)
  expect(making).toEqual(['chain/address.ts'])
})
