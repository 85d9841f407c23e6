import { readdir, readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { DASHBOARDS } from '../../grafana/dashboards.ts'
import { BOARDS, RUNBOOKS, uidOf } from '../../grafana/kit/links.ts'

interface Box {
  readonly x: number
  readonly y: number
  readonly w: number
  readonly h: number
}

/** What a test reads of a panel on disk. */
interface Panel {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly description?: string
  readonly datasource?: unknown
  readonly interval?: string
  readonly gridPos: Box
  /** Those of a collapsed row. */
  readonly panels?: readonly Panel[]
  readonly targets?: readonly { readonly refId: string; readonly datasource: unknown }[]
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string; readonly noValue?: string } }
}

interface Dashboard {
  readonly uid: string
  readonly schemaVersion: number
  readonly panels: readonly Panel[]
}

const PROMETHEUS = { type: 'prometheus', uid: '${datasource}' }
const uids = new Set(DASHBOARDS.map(({ uid }) => uid))

/** The panels of a dashboard, those of its collapsed rows among them. */
const all = (panels: readonly Panel[]): readonly Panel[] =>
  panels.flatMap((panel) => [panel, ...(panel.panels ?? [])])

const onDisk = async (board: string): Promise<Dashboard> =>
  JSON.parse(await readFile(`grafana/dashboards/${board}.json`, 'utf8')) as Dashboard

/** The alerts that are shipped: a test of theirs sees to it that each has a runbook. */
async function alertNames(): Promise<readonly string[]> {
  const rules = (await readdir('alertmanager/rules')).filter((name) => name.endsWith('.yml'))
  const texts = await Promise.all(rules.map((name) => readFile(`alertmanager/rules/${name}`, 'utf8')))
  return texts.flatMap((text) => Array.from(text.matchAll(/^\s*- alert: (\w+)$/gm), ([, name]) => name!))
}

const overlap = (a: Box, b: Box): boolean =>
  a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h

test('every dashboard has the uid and the title that links and alerts know it by', () => {
  expect(DASHBOARDS.map(({ uid, title }) => [uid, title])).toEqual(
    Object.entries(BOARDS).map(([board, title]) => [`bittensor-${board}`, `Bittensor / ${title}`]),
  )
})

describe.each(DASHBOARDS.map(({ board }) => board))('%s', (board) => {
  test('every panel says what it shows, in which unit, and from where', async () => {
    const { panels, uid } = await onDisk(board)
    expect(uid).toBe(uidOf(board))
    const shown = all(panels).filter(({ type }) => type !== 'row')
    expect(shown.length).toBeGreaterThan(8)
    for (const panel of shown) {
      expect(panel.title, `panel ${panel.id}`).toMatch(/\S/)
      expect(panel.description, panel.title).toMatch(/\.$/)
      expect(panel.fieldConfig?.defaults.unit, panel.title).toMatch(/\S/)
      expect(panel.fieldConfig?.defaults.noValue, panel.title).toMatch(/\S/)
      expect(panel.interval, panel.title).toBe('15s')
      expect(panel.datasource, panel.title).toEqual(PROMETHEUS)
      expect(panel.targets?.length, panel.title).toBeGreaterThan(0)
      for (const target of panel.targets ?? []) expect(target.datasource, panel.title).toEqual(PROMETHEUS)
      const refIds = panel.targets?.map(({ refId }) => refId) ?? []
      expect(new Set(refIds).size, panel.title).toBe(refIds.length)
    }
  })

  test('no two panels have the same title: queries are listed by it', async () => {
    const { panels } = await onDisk(board)
    const titles = all(panels)
      .filter(({ type }) => type !== 'row')
      .map(({ title }) => title)
    expect(titles.filter((title, index) => titles.indexOf(title) !== index)).toEqual([])
    expect(new Set(all(panels).map(({ id }) => id)).size).toBe(all(panels).length)
  })

  test('no panel lies on another or outside of the 24 columns', async () => {
    const { panels } = await onDisk(board)
    for (const group of [panels, ...panels.map((row) => row.panels ?? [])])
      for (const [index, a] of group.entries()) {
        expect(a.gridPos.x + a.gridPos.w, a.title).toBeLessThanOrEqual(24)
        for (const b of group.slice(index + 1))
          expect(overlap(a.gridPos, b.gridPos), `${a.title} on ${b.title}`).toBe(false)
      }
  })

  test('runs fewer than 25 queries of panels before a row is expanded', async () => {
    const { panels } = await onDisk(board)
    const running = panels.flatMap(({ targets }) => targets ?? [])
    expect(running.length).toBeGreaterThan(5)
    expect(running.length).toBeLessThan(25)
  })

  test('every link leads to an existing dashboard and to its variables', async () => {
    const text = await readFile(`grafana/dashboards/${board}.json`, 'utf8')
    const links = Array.from(
      text.matchAll(/"url": "((?:[^"\\]|\\.)*)"/g),
      ([, url]) => JSON.parse(`"${url!}"`) as string,
    )
    expect(links.length).toBeGreaterThanOrEqual(DASHBOARDS.length)
    for (const url of links.filter((link) => link !== RUNBOOKS && !link.startsWith(`${RUNBOOKS}/`))) {
      const [, uid = '', slug = ''] = /^\/d\/([\w-]+)\/([\w-]+)(?:\?|$)/.exec(url) ?? []
      expect(uids, url).toContain(uid)
      expect(uid, url).toBe(`bittensor-${slug}`)
      const names = DASHBOARDS.find((dashboard) => dashboard.uid === uid)!.variables.map(
        ({ model }) => model.name,
      )
      const asked = [...url.matchAll(/var-(\w+)=|\$\{(\w+):queryparam\}/g)].map(([, a, b]) => a ?? b)
      for (const name of asked) expect(names, url).toContain(name)
    }
  })

  test('every runbook that a panel links to is that of an alert', async () => {
    const text = await readFile(`grafana/dashboards/${board}.json`, 'utf8')
    const alerts = await alertNames()
    for (const [, alert = ''] of text.matchAll(/:9645\/runbooks\/([^"]+)"/g))
      // A row's own alert: its runbook is seen to beside the rules.
      if (alert !== '${__data.fields.Alert}') expect(alerts).toContain(alert)
  })

  test('can be imported into any Grafana: nothing in it belongs to another one', async () => {
    const text = await readFile(`grafana/dashboards/${board}.json`, 'utf8')
    const model = JSON.parse(text) as Readonly<Record<string, unknown>> & {
      readonly templating: { readonly list: readonly Readonly<Record<string, unknown>>[] }
    }
    for (const own of ['id', 'version', 'iteration', 'gnetId', 'snapshot', '__inputs', '__elements'])
      expect(model, own).not.toHaveProperty(own)
    // A longer uid, or one with other characters, is refused.
    expect(model['uid']).toMatch(/^[\w-]{1,40}$/)
    expect(model['tags']).toEqual(['bittensor'])
    const [source, ...others] = model.templating.list
    expect(source).toMatchObject({ type: 'datasource', name: 'datasource', query: 'prometheus' })
    expect(source).not.toHaveProperty('current')
    for (const { name, current } of others)
      expect([undefined, '$__all'], String(name)).toContain(
        (current as { value?: string } | undefined)?.value,
      )
    for (const [, url = ''] of text.matchAll(/"url": "((?:[^"\\]|\\.)*)"/g))
      expect(url).toMatch(/^\/d\/bittensor-|^http:\/\/127\.0\.0\.1:9645\/runbooks(?:\/|$)/)
    expect(text).not.toContain('"libraryPanel"')
  })

  test('names no data source of its own', async () => {
    const sources: unknown[] = []
    JSON.parse(await readFile(`grafana/dashboards/${board}.json`, 'utf8'), (key, value: unknown) => {
      if (key === 'datasource') sources.push(value)
      return value
    })
    expect(sources.length).toBeGreaterThan(20)
    for (const source of sources) expect(source).toEqual(PROMETHEUS)
  })
})

test('the overview fits a screen of 1080 lines', async () => {
  const { panels } = await onDisk('overview')
  // A grid row is 38 pixels; the browser, the menu and the choices at the top take about 240.
  expect(Math.max(...panels.map(({ gridPos }) => gridPos.y + gridPos.h))).toBeLessThanOrEqual(22)
})

test('provisioning is YAML that points at files there are', async () => {
  const read = async (path: string) => parse(await readFile(`grafana/provisioning/${path}`, 'utf8')) as object
  expect(await read('datasources/prometheus.yml')).toMatchObject({
    apiVersion: 1,
    datasources: [{ type: 'prometheus', jsonData: { timeInterval: '15s' } }],
  })
  expect(await read('dashboards/bittensor.yml')).toMatchObject({
    apiVersion: 1,
    providers: [{ type: 'file', folderUid: 'bittensor' }],
  })
})

describe('widths of tables', () => {
  interface Column {
    readonly matcher: { readonly id: string; readonly options: string }
    readonly properties: readonly { readonly id: string; readonly value: unknown }[]
  }
  /** Pixels inside a panel: the page has margins of 20 px, panels are 8 px apart and have 9 px of border and padding at each side. */
  const inside = (screen: number, w: number): number => ((screen - 40 + 8) / 24) * w - 8 - 18
  /** Pixels around the text of a header, and the mean width of its characters: measured on Grafana's table in Chromium. */
  const PADDING = 17
  const CHARACTER = 7
  const isAddress = (title: string): boolean => /address|coldkey|hotkey|goes to|about/i.test(title)

  test.each(DASHBOARDS.map(({ board }) => board))(
    '%s: every column fits 1920 px, every column but addresses 1280 px',
    async (board) => {
      const tables = all((await onDisk(board)).panels).filter(({ type }) => type === 'table')
      for (const { title, gridPos, fieldConfig } of tables) {
        const { overrides } = fieldConfig as unknown as { readonly overrides: readonly Column[] }
        const columns = overrides.filter(({ matcher }) => matcher.id === 'byName')
        const width = (which: readonly Column[]): number =>
          which
            .map(({ matcher, properties }) => {
              const own = properties.find(({ id }) => id === 'custom.width' || id === 'custom.minWidth')
              expect(own, `${title}: ${matcher.options}`).toBeDefined()
              return own?.value as number
            })
            .reduce((sum, pixels) => sum + pixels, 0)
        expect(columns.length, title).toBeGreaterThan(0)
        expect.soft(width(columns), title).toBeLessThanOrEqual(inside(1920, gridPos.w))
        for (const column of columns)
          expect
            .soft(width([column]), `${title}: header ${column.matcher.options}`)
            .toBeGreaterThanOrEqual(PADDING + CHARACTER * column.matcher.options.length)
        const short = columns.filter(({ matcher }) => !isAddress(matcher.options))
        expect.soft(width(short), title).toBeLessThanOrEqual(inside(1280, gridPos.w))
      }
    },
  )
})

test('an age has no decimals of its own: Grafana would round minutes away', async () => {
  for (const { board } of DASHBOARDS)
    for (const { title, fieldConfig } of all((await onDisk(board)).panels)) {
      const { defaults, overrides = [] } = (fieldConfig ?? { defaults: {} }) as {
        readonly defaults: { readonly unit?: string; readonly decimals?: number }
        readonly overrides?: readonly { readonly properties: readonly { id: string; value: unknown }[] }[]
      }
      if (defaults.unit === 's') expect(defaults.decimals, title).toBeUndefined()
      for (const { properties } of overrides)
        if (properties.some(({ id, value }) => id === 'unit' && value === 's'))
          expect(
            properties.map(({ id }) => id),
            title,
          ).not.toContain('decimals')
    }
})
