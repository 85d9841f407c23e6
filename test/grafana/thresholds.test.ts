import { readdir, readFile } from 'node:fs/promises'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'
import { DASHBOARDS } from '../../grafana/dashboards.ts'
import { ALL_IS_GOOD, COLOUR, judged } from '../../grafana/kit/theme.ts'
import { allQueries } from '../../grafana/queries.ts'
import { THRESHOLDS, type Threshold } from '../../src/thresholds.ts'
import { each } from '../support/literals.ts'

const { good, notice, bad } = COLOUR

/** The colour that Grafana gives a value: that of the last step that is not above it. */
const colourOf = (
  steps: readonly { readonly value: number | null; readonly color: string }[],
  value: number,
): string | undefined => steps.findLast((step) => step.value === null || step.value <= value)?.color

describe('colours by thresholds', () => {
  const limit = (wrong: Threshold['wrong'], value: number, unit: Threshold['unit']): Threshold => ({
    wrong,
    value,
    unit,
    meaning: '',
  })

  test.each([
    ['more than 10 blocks', { notice: limit('>', 10, 'blocks') }, [0, 10, 11], [good, good, notice]],
    ['more than half', { bad: limit('>', 0.5, 'ratio') }, [0.49, 0.51], [good, bad]],
    [
      'older than a minute, than three',
      { notice: limit('>', 60, 'seconds'), bad: limit('>', 180, 'seconds') },
      [59, 61, 179, 181],
      [good, notice, notice, bad],
    ],
    [
      'fewer than 150 peers, than 3',
      { notice: limit('<', 150, 'peers'), bad: limit('<', 3, 'peers') },
      [0, 2, 3, 149, 150],
      [bad, bad, notice, notice, good],
    ],
    ['at place 5 or before', { bad: limit('<=', 5, 'places') }, [1, 5, 6], [bad, bad, good]],
    ['within half a day', { notice: limit('<', 43_200, 'seconds') }, [43_199, 43_200], [notice, good]],
  ])('%s', (_, judgement, values, colours) => {
    expect(values.map((value) => colourOf(judged(judgement), value))).toEqual(colours)
  })

  test('a share is good when it is whole, and bad when it is nothing', () => {
    expect([0, 1 / 64, 0.999, 1].map((value) => colourOf(ALL_IS_GOOD, value))).toEqual([
      bad,
      notice,
      notice,
      good,
    ])
  })
})

test('the steps of every panel rise from the lowest value', async () => {
  let found = 0
  for (const { board } of DASHBOARDS)
    JSON.parse(await readFile(`grafana/dashboards/${board}.json`, 'utf8'), (key, value: unknown) => {
      if (key !== 'steps') return value
      const values = (value as readonly { readonly value: number | null }[]).map((step) => step.value)
      found += 1
      expect(values[0]).toBeNull()
      expect(values.slice(1)).toEqual(values.slice(1).toSorted((a, b) => a! - b!))
      expect(new Set(values).size).toBe(values.length)
      return value
    })
  expect(found).toBeGreaterThan(50)
})

test('no query compares with a number that src/thresholds.ts does not have', () => {
  const literals = allQueries(DASHBOARDS).flatMap(({ panel, expr }) =>
    Array.from(
      expr
        .replaceAll(/"[^"]*"|\[[^\]]*\]/g, '')
        .matchAll(/(?:[<>]=?|[=!]=)\s*(?:bool\s*)?(-?[\d.]+(?:e-?\d+)?)/g),
      ([, number]) => [panel, number] as const,
    ),
  )
  expect(literals.length).toBeGreaterThan(5)
  const shared = Object.values<Readonly<Record<string, Threshold>>>(THRESHOLDS).flatMap((subject) =>
    Object.values(subject).map(({ value }) => value),
  )
  const allowed = new Set<number>([0, 1, ...shared])
  expect(literals.filter(([, number]) => !allowed.has(Number(number)))).toEqual([])
})

/** Colours of values that are not made of src/thresholds.ts, nor one of the constants of the kit. */
function ownThresholds(text: string): readonly string[] {
  const file = ts.createSourceFile('board.ts', text, ts.ScriptTarget.Latest, true)
  const own: string[] = []
  each(file, (node) => {
    if (ts.isPropertyAssignment(node) && node.name.getText() === 'thresholds') {
      const { initializer } = node
      const isJudged = ts.isCallExpression(initializer) && initializer.expression.getText() === 'judged'
      if (!isJudged && !ts.isIdentifier(initializer)) own.push(node.getText())
    }
    if (ts.isCallExpression(node) && node.expression.getText() === 'judged') {
      const [judgement] = node.arguments
      const isShared =
        judgement !== undefined &&
        ts.isObjectLiteralExpression(judgement) &&
        judgement.properties.every(
          (property) =>
            ts.isPropertyAssignment(property) &&
            /^THRESHOLDS\.\w+\.\w+$/.test(property.initializer.getText()),
        )
      if (!isShared) own.push(node.getText())
    }
    if (ts.isObjectLiteralExpression(node)) {
      const names = node.properties.map((property) => property.name?.getText())
      if (names.includes('value') && names.includes('color')) own.push(node.getText())
    }
  })
  return own
}

test('no board has a threshold of its own', async () => {
  for (const name of await readdir('grafana/boards'))
    expect([name, ownThresholds(await readFile(`grafana/boards/${name}`, 'utf8'))]).toEqual([name, []])
})

test('a threshold of its own is found', () => {
  expect(ownThresholds('const a = { thresholds: atMost(90, 180) }')).toEqual(['thresholds: atMost(90, 180)'])
  expect(ownThresholds('const a = judged({ bad: { value: 5 } })')).toEqual(['judged({ bad: { value: 5 } })'])
  expect(ownThresholds("const A = [{ value: 3, color: 'red' }]")).toEqual(["{ value: 3, color: 'red' }"])
  expect(
    ownThresholds('const a = { thresholds: judged({ bad: THRESHOLDS.node.peers }), b: HEAD_AGE }'),
  ).toEqual([])
})
