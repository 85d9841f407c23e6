import { describe, expect, test } from 'vitest'
import { DASHBOARDS } from '../../grafana/dashboards.ts'
import { allQueries, filled } from '../../grafana/queries.ts'
import { familyNames, knownLabels } from './families.ts'
import { WAIVED } from './waived.ts'

const queries = allQueries(DASHBOARDS)
const known = await knownLabels()

/** Names of metrics in an expression: they begin as those of the exporter, its process, its scrapes and Prometheus do. */
const METRIC = /\b(?:bittensor|process|nodejs|scrape)_\w+|\b(?:up|ALERTS|ALERTS_FOR_STATE)\b/g

const metricsIn = (expr: string): readonly string[] =>
  expr
    .replace(/"(?:[^"\\]|\\.)*"/g, '""')
    .match(METRIC)
    ?.filter((name, index, all) => all.indexOf(name) === index) ?? []

/** The variables of Grafana itself that a time range gives. */
const GRAFANAS = ['__rate_interval', '__interval', '__range']

const words = (list: string): readonly string[] =>
  list
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '')

describe.each(DASHBOARDS)('$uid', ({ uid, panels }) => {
  const own = queries.filter(({ dashboard }) => dashboard === uid)

  test('uses only existing metrics and labels', () => {
    expect(own.length).toBeGreaterThan(10)
    for (const { panel, expr } of own) {
      expect(metricsIn(expr), `${panel}: ${expr}`).not.toEqual([])
      for (const name of metricsIn(expr)) expect(known.has(name), `${panel} asks for ${name}`).toBe(true)
      for (const [, name = '', matchers = ''] of expr.matchAll(/([A-Za-z_]\w*)\{([^}]*)\}/g))
        for (const [, label] of matchers.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g))
          expect(known.get(name), `${panel}: ${name}{${matchers}}`).toContain(label)
    }
  })

  test('groups, joins and names series by labels they have', () => {
    const listed = panels.flatMap(({ title, queries }) => queries.map((query) => ({ title, ...query })))
    for (const { title, expr, legend = '' } of listed) {
      // label_replace(v, "new", "text", "old", "regex") and label_join(v, "new", "", "old", …).
      const made = Array.from(expr.matchAll(/ "(\w+)", "[^"]*", "\w*", "/g), ([, label]) => label)
      const labels = new Set([...metricsIn(expr).flatMap((name) => [...(known.get(name) ?? [])]), ...made])
      for (const [, list = ''] of expr.matchAll(
        /\b(?:by|on|group_left|group_right|without|ignoring)\s*\(([^()]*)\)/g,
      ))
        for (const label of words(list)) expect(labels, `${title}: ${expr}`).toContain(label)
      for (const [, label] of legend.matchAll(/\{\{(\w+)\}\}/g))
        expect(labels, `${title}: ${legend}`).toContain(label)
    }
  })

  test('uses the variables it has, and has no other', () => {
    const names = new Set(
      DASHBOARDS.find((dashboard) => dashboard.uid === uid)!.variables.map(({ model }) => model.name),
    )
    const used = new Set(own.flatMap(({ variables }) => variables))
    for (const name of used) if (name.startsWith('__')) expect(GRAFANAS, name).toContain(name)
    for (const name of GRAFANAS) used.delete(name)
    used.add('datasource')
    expect(used).toEqual(names)
  })
})

test('every family is on a dashboard, or waived with a reason', async () => {
  const asked = new Set(queries.flatMap(({ expr }) => metricsIn(expr)))
  const shown = (family: string) =>
    ['', '_bucket', '_sum', '_count'].some((ending) => asked.has(family + ending))
  const families = await familyNames()
  expect(families.filter((family) => !shown(family) && WAIVED[family] === undefined)).toEqual([])
  // A waiver for what is shown, or for what is no more, is a mistake. Some of Node.js are there only now and then.
  const gone = (family: string) => !families.includes(family) && !family.startsWith('nodejs_')
  expect(Object.keys(WAIVED).filter((family) => shown(family) || gone(family))).toEqual([])
})

test('an unfilled variable is an error, and the $1 of label_replace is none', () => {
  expect(filled('x{a="$a", b="${b:raw}"} "$1"', { a: '1', b: '2' })).toBe('x{a="1", b="2"} "$1"')
  expect(() => filled('x{a="$a"}', {})).toThrow('no value for the variable a')
})
