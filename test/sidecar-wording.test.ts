import { readdir, readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { parse } from 'yaml'

const ROOT = new URL('../', import.meta.url)

/** The files of a folder that end so, with their text. */
async function filesIn(folder: string, ending: string): Promise<[name: string, text: string][]> {
  const names = (await readdir(new URL(folder, ROOT))).filter((name) => name.endsWith(ending)).sort()
  return Promise.all(
    names.map(async (name): Promise<[string, string]> => [
      name,
      await readFile(new URL(folder + name, ROOT), 'utf8'),
    ]),
  )
}

/** Every text under one of the keys in a YAML or JSON document. */
function textsUnder(keys: readonly string[], document: unknown): string[] {
  if (typeof document !== 'object' || document === null) return []
  return Object.entries(document).flatMap(([key, value]) =>
    typeof value === 'string' && keys.includes(key) ? [value] : textsUnder(keys, value),
  )
}

const namesOnlySidecar = (text: string): boolean => /\bSidecars?\b/.test(text) && !/\b[Nn]odes?\b/.test(text)

const rules = await filesIn('alertmanager/rules/', '.yml')
const dashboards = await filesIn('grafana/dashboards/', '.json')
const runbooks = await filesIn('docs/runbooks/', '.md')
const metrics = await readFile(new URL('docs/METRICS.md', ROOT), 'utf8')

/** Without the labels, one of which is `node`. */
const lastCell = (row: string): string => row.split(' | ').at(-1) ?? ''

const TEXTS: readonly (readonly [kind: string, texts: readonly string[]])[] = [
  [
    'help text',
    metrics
      .split('\n')
      .filter((line) => line.startsWith('| `bittensor_'))
      .map(lastCell),
  ],
  ['alert', rules.flatMap(([, text]) => textsUnder(['summary', 'description'], parse(text)))],
  ['panel', dashboards.flatMap(([, text]) => textsUnder(['title', 'description'], JSON.parse(text)))],
  ['summary of a runbook', runbooks.flatMap(([, text]) => text.split('## What it means')[0] ?? [])],
]

test.each(TEXTS)('no %s speaks of a Sidecar alone: nodes are read directly too', (_, texts) => {
  expect(texts.length).toBeGreaterThan(20)
  expect(texts.filter(namesOnlySidecar)).toEqual([])
})

test.each([
  ['Requests to Sidecar.', true],
  ['Many requests to a Sidecar fail.', true],
  ['Requests to the node or its Sidecar.', false],
  ['bittensor_exporter_upstream_requests_total', false],
])('"%s": %s', (text, expected) => {
  expect(namesOnlySidecar(text)).toBe(expected)
})
