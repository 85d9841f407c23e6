import { runbookUrl } from '../kit/links.ts'
import type { Panel, PanelOptions } from '../kit/panel.ts'
import { metric, ON } from '../kit/promql.ts'
import { table } from '../kit/table.ts'
import { COLOUR, words } from '../kit/theme.ts'
import { UNIT } from '../kit/units.ts'

export const NO_RULES = {
  empty: 'Nothing fires, or this Prometheus does not evaluate the alert rules.',
} as const

/** Matchers of the alerts of this job, and of alerts without a job, which report that the exporter is absent. */
const alertsOf = (severity: string, ...matchers: readonly string[]): string =>
  [`job=~"\${job:regex}|"`, 'alertname=~"Bittensor.+"', `severity=~"${severity}"`, ...matchers].join(', ')

/** Fires while the rules are evaluated. */
const watchdog = 'ALERTS{alertname="BittensorWatchdog", alertstate="firing"}'

const firingAlerts = (matchers: string): string => `ALERTS{${matchers}, alertstate="firing"}`

/** Number of firing alerts of one severity. None is 0 only while the rules are evaluated and an exporter is scraped. */
export const numberFiring = (severity: string): string =>
  `count(${firingAlerts(alertsOf(severity))}) or vector(0) and on () ${watchdog} and on () (max(${metric('up')}) == 1)`

/** Labels that tell one alert from another, each with the word before its value. Addresses are in the runbook's queries. */
const SUBJECT = [
  ['name', ''],
  ['netuid', 'subnet '],
  ['uid', 'UID '],
  ['node', 'node '],
  ['expectation', ''],
  ['pallet', ''],
  ['method', ''],
  ['item', ''],
  ['result', ''],
  ['measure', ''],
  ['kind', ''],
  ['collector', 'collector '],
  ['instance', 'at '],
] as const

/** The expression with the label `about`: all labels of `SUBJECT`, as one text. */
const withSubject = (expr: string): string => {
  const worded = SUBJECT.reduce(
    (inner, [label, word]) => `label_replace(${inner}, "about_${label}", "${word}$1 ", "${label}", "(.+)")`,
    expr,
  )
  const parts = SUBJECT.map(([label]) => `"about_${label}"`).join(', ')
  return `label_join(${worded}, "about", "", ${parts})`
}

const since = (matchers: string): string =>
  `time() - (ALERTS_FOR_STATE{${matchers}} and ignoring (alertstate) ${firingAlerts(matchers)})`
const noRules = `label_replace(label_replace(vector(NaN) unless on () ${watchdog}, "about", "this Prometheus evaluates no alert rules", "", ""), "severity", "unknown", "", "")`

interface AlertTable extends Pick<PanelOptions, 'title' | 'description' | 'noValue' | 'h'> {
  /** Narrow the alerts. */
  readonly matchers?: readonly string[]
}

/** Firing alerts, the critical ones first, with links to their runbooks. */
const alertTable = ({ matchers = [], ...options }: AlertTable): Panel =>
  table({
    ...options,
    w: 24,
    keys: [
      {
        label: 'severity',
        title: 'Severity',
        width: 85,
        mappings: [
          words({
            critical: ['critical', COLOUR.bad],
            warning: ['warning', COLOUR.notice],
            unknown: ['unknown', COLOUR.quiet],
          }),
        ],
      },
      { label: 'alertname', title: 'Alert', width: 330, url: runbookUrl('${__data.fields.Alert}') },
      { label: 'about', title: 'About' },
    ],
    sort: { column: 'Severity', descending: false },
    columns: [
      {
        title: 'Since',
        expr: `${withSubject(since(alertsOf('critical|warning', ...matchers)))} or ${noRules}`,
        unit: UNIT.seconds,
        calm: NO_RULES,
      },
    ],
  })

/** All firing alerts. */
export const firing: Panel = alertTable({
  title: 'What is wrong',
  description:
    'The alerts that fire, the critical ones first, what they are about, and the time since their condition became true. A click on one opens its runbook. What Alertmanager silences or inhibits is here as well.',
  noValue: 'no alert fires',
  h: 6,
})

/** The firing alerts about the UID that a dashboard shows. */
export const firingOfNeuron: Panel = alertTable({
  title: 'Alerts of this UID',
  description:
    'The alerts about this UID that fire, the critical ones first, and the time since their condition became true. Alerts about its keys or its subnet are on the overview.',
  noValue: 'no alert about this UID fires',
  h: 4,
  matchers: [ON.netuid, ON.uid],
})
