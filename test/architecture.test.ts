import { readdir, readFile } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { expect, test } from 'vitest'

const SRC = fileURLToPath(new URL('../src/', import.meta.url))

/** What each folder or file in src may import, besides itself: folders or files in src (docs/ARCHITECTURE.md). */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'main.ts': ['app.ts', 'config', 'log.ts'],
  'app.ts': ['config', 'web', 'poll', 'collectors', 'metrics', 'upstream', 'chain', 'demo'],
  web: [
    'thresholds.ts',
    'config/web',
    'config/fault.ts',
    'config/reload.ts',
    'collectors',
    'metrics',
    'chain',
  ],
  poll: ['collectors', 'metrics', 'sidecar', 'upstream', 'chain'],
  collectors: ['metrics', 'sidecar', 'upstream', 'chain'],
  metrics: ['chain'],
  sidecar: ['upstream', 'chain'],
  upstream: ['chain'],
  config: ['chain'],
  demo: ['chain'],
  chain: [],
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
