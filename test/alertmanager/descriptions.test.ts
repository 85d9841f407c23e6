import { describe, expect, test } from 'vitest'
import { readAlerts, readTests } from './rules.ts'

/**
 * What each description must have: the value that was found; what is wanted or usual, or what it was before; the time; the subject; the
 * first action. The texts are those that the rule tests expect of the real template engine.
 */

const alerts = (await readAlerts()).filter(({ alert }) => alert !== 'BittensorWatchdog')
const expected = (await readTests()).flatMap(({ alert_rule_test }) =>
  alert_rule_test.flatMap(({ alertname, exp_alerts = [] }) =>
    exp_alerts.map((each) => ({ alertname, labels: each.exp_labels ?? {}, description: each.description })),
  ),
)

/** Characters of a description in a message; the templates cut longer ones. */
const IN_MESSAGE = 400

/** Alerts whose value is a state for which there is no number, with its words. */
const STATES: Readonly<Record<string, RegExp>> = {
  BittensorExporterAbsent: /have had 0 targets/,
  BittensorExporterSubnetMissing: /has had 0 subnets/,
  BittensorHotkeyUnknown: /0 coldkeys have owned/,
  BittensorNodeMisreadsExtrinsics: /signed extrinsics of node \S+ have been misread/,
}

/** Words beside what is wanted or usual, or was before. */
const COMPARED =
  /\b(?:is (?:usual|right|needed|the limit|the least|too near)|wanted|usual|had|was|were|kept|ran|called|fewer than|less than|healthy|at one block|checked up to|more series than|should|keeps the one of|the activity cutoff is)\b/

/** Alerts that have nothing to compare with, and the reason. */
const ALONE: Readonly<Record<string, string>> = {
  BittensorChildKeysPending: 'The child keys in force are not published.',
  BittensorColdkeySwapScheduled: 'No swap is usual.',
  BittensorColdkeySwapAnnounced: 'No swap is usual.',
  BittensorNodeMisreadsExtrinsics: 'Decoded extrinsics are usual.',
  BittensorExporterDemo: 'An exporter that is no demonstration is usual.',
}

/** How long it has lasted, since when, or by when. */
const TIMES =
  /\b(?:for|within|passed for|reached for|at least) (?:a|an|the last|two|three|five|six|ten|\d[\d.]*) ?(?:minutes?|hours?|day|epochs)\b|\bblocks (?:from now|ago)\b|\b(?:an hour|\d+s) ago\b|\bfrom block \d/i

/** Numbers that texts have as words. */
const MINUTES: Readonly<Record<string, string>> = { two: '2', three: '3', five: '5', ten: '10' }

const VERBS =
  'ask|check|compare|correct|dispute|follow|look|lower|move|open|raise|read|remove|restart|restore|set|start|stop|transfer|treat|update'

/** An order: a verb at the start of a sentence or of a clause. */
const ACTION = new RegExp(`(?:^|[.:;,] )(?:then |and |or )?(?:${VERBS})\\b`, 'i')

/** Labels that a description need not have, and the reason. */
const IMPLIED: Readonly<Record<string, string>> = {
  job: 'Only an alert without any other label must name it.',
  role: 'It is a word of the text.',
  result: 'Only skipped blocks are reported.',
}

/** Labels of which one names the subject as well as another. */
const SAME: readonly (readonly string[])[] = [
  ['name', 'hotkey'],
  ['expectation', 'name'],
  ['node', 'instance'],
]

test('the tables name alerts that exist', () => {
  for (const name of [...Object.keys(STATES), ...Object.keys(ALONE)])
    expect(alerts.map(({ alert }) => alert)).toContain(name)
})

describe.each(alerts.map((alert) => [alert.alert, alert] as const))(
  'the description of %s',
  (name, alert) => {
    const template = alert.annotations['description']!
    const own = expected.filter(({ alertname }) => alertname === name)
    const texts = own.flatMap(({ description }) => description ?? [])

    test('fits into a message', () => {
      expect(texts.length).toBeGreaterThan(0)
      for (const text of texts) expect(text.length).toBeLessThanOrEqual(IN_MESSAGE)
    })

    test('has what was found', () => {
      const state = STATES[name]
      if (state === undefined) expect(template).toMatch(/\$value\b|\| query\b|\$labels\.owner_coldkey/)
      else for (const text of texts) expect(text).toMatch(state)
    })

    test('has what is wanted or usual, or what was before', () => {
      for (const [limit] of alert.expr.matchAll(
        /bittensor:threshold_\w+:\w+|\binstance:bittensor_\w+:limit\b/g,
      ))
        expect(template, 'the limit that the rule uses').toContain(limit)
      if (name in ALONE) return
      for (const text of texts) expect(text).toMatch(COMPARED)
    })

    test('has the time', () => {
      for (const text of texts) expect(text).toMatch(TIMES)
    })

    test('has the duration of the rule where it has one', () => {
      for (const text of texts)
        for (const [, count = ''] of text.matchAll(/(?:passed|reached) for (\w+) minutes/g))
          expect(`${MINUTES[count] ?? count}m`, text).toBe(alert.for)
    })

    test('names its subject', () => {
      const labels = [...new Set(own.flatMap(({ labels }) => Object.keys(labels)))]
      const isNamed = (label: string): boolean => new RegExp(`\\$labels\\.${label}\\b`).test(template)
      const instead = (label: string): readonly string[] =>
        SAME.filter((group) => group.includes(label)).flat()
      const unnamed = labels.filter(
        (label) =>
          !(label in IMPLIED) && !(label in alert.labels) && ![label, ...instead(label)].some(isNamed),
      )
      expect(unnamed).toEqual([])
      if (labels.every((label) => label === 'job'))
        expect(labels.filter((label) => !isNamed(label))).toEqual([])
    })

    test('has a first action', () => {
      for (const text of texts) expect(text).toMatch(ACTION)
    })
  },
)
