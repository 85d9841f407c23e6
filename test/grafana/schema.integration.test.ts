import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { DASHBOARDS } from '../../grafana/dashboards.ts'
import { schemaFaults } from './schema.ts'
import type { BuiltDashboard } from './schema-types.ts'

type Json = Record<string, unknown>

const built = await Promise.all(
  DASHBOARDS.map(
    async ({ board }) =>
      JSON.parse(await readFile(`grafana/dashboards/${board}.json`, 'utf8')) as BuiltDashboard,
  ),
)

test('the packages of the types are of the pinned release of Grafana and of the oldest supported one', async () => {
  const { devDependencies } = JSON.parse(await readFile('package.json', 'utf8')) as {
    devDependencies: Readonly<Record<string, string>>
  }
  const compose = await readFile('docker-compose.yml', 'utf8')
  const pinned = /image: docker\.io\/grafana\/grafana:([\d.]+)/.exec(compose)?.[1]
  expect(devDependencies['@grafana/schema']).toBe(pinned)
  expect(devDependencies['@grafana/data']).toBe(pinned)
  expect(devDependencies['grafana-schema-oldest']).toMatch(/^npm:@grafana\/schema@10\.4\.\d+$/)
})

test('every dashboard has the types of the pinned release', () => {
  expect(schemaFaults('pinned', built)).toEqual([])
})

test('every dashboard has the types of the oldest supported release, but for the colour of a whole row', () => {
  const faults = schemaFaults('oldest', built)
  // Grafana 10.4 colours the cell alone.
  expect(faults.filter(({ line }) => line !== '"applyToRow": true')).toEqual([])
  expect(faults.length).toBeGreaterThan(0)
})

/** Objects in a dashboard, at any depth. */
function objects(value: unknown): Json[] {
  if (typeof value !== 'object' || value === null) return []
  return [...(Array.isArray(value) ? [] : [value as Json]), ...Object.values(value).flatMap(objects)]
}

/** One thing wrong in the overview: in the first object that has a property with this value. */
const WRONG: readonly (readonly [
  what: string,
  where: (object: Json) => boolean,
  change: (object: Json) => void,
])[] = [
  [
    'a value of an enum',
    ({ colorMode }) => colorMode === 'value',
    (object) => (object['colorMode'] = 'valu'),
  ],
  ['a type', ({ instant }) => instant === true, (object) => (object['instant'] = 'yes')],
  ['a missing property', ({ collapsed }) => collapsed === true, (object) => delete object['id']],
  ['a property of a panel', ({ interval }) => interval === '15s', (object) => (object['intervall'] = '15s')],
  ['a property of a field', ({ noValue }) => noValue !== undefined, (object) => (object['novalue'] = '')],
  [
    'a property of a query',
    ({ refId, expr }) => refId === 'A' && expr !== undefined,
    (object) => (object['legendformat'] = ''),
  ],
  ['the name of an override', ({ id }) => id === 'custom.width', (object) => (object['id'] = 'custom.widht')],
  ['the value of an override', ({ id }) => id === 'custom.width', (object) => (object['value'] = '90px')],
  ['the value of a mapping', ({ match }) => match === 'null+nan', (object) => (object['match'] = 'nul')],
  [
    'an option of a table',
    ({ cellHeight }) => cellHeight === 'sm',
    (object) => (object['cellHeight'] = 'xs'),
  ],
  [
    'an option of another panel',
    ({ cellHeight }) => cellHeight === 'sm',
    (object) => (object['textMode'] = 'auto'),
  ],
  [
    'an option of a transformation',
    ({ renameByName }) => renameByName !== undefined,
    (object) => (object['renamed'] = {}),
  ],
  ['the order of a variable', ({ sort }) => sort === 7, (object) => (object['sort'] = 70)],
  ['a link', ({ asDropdown }) => asDropdown === false, (object) => delete object['title']],
  ['a kind of panel', ({ type }) => type === 'stat', (object) => (object['type'] = 'stats')],
]

test('what is wrong in a dashboard is found', () => {
  const overview = built[0]!
  const broken = WRONG.map(([what, where, change]) => {
    const copy = structuredClone(overview)
    const found = objects(copy).find(where)
    expect(found, what).toBeDefined()
    change(found!)
    return copy
  })
  const faulty = new Set(schemaFaults('pinned', broken).map(({ dashboard }) => WRONG[dashboard]?.[0]))
  expect([...faulty].toSorted()).toEqual(WRONG.map(([what]) => what).toSorted())
})
