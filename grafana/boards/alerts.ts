import { runbookUrl } from '../kit/links.ts'
import type { Panel } from '../kit/panel.ts'
import { table } from '../kit/table.ts'
import { COLOUR, words } from '../kit/theme.ts'
import { UNIT } from '../kit/units.ts'

export const NO_RULES = {
  empty: 'Nothing fires, or this Prometheus does not evaluate the alert rules.',
} as const

/** Selector of the firing alerts of this job, and of alerts without a job, which report that the exporter is absent. */
export const alerts = (severity: string): string =>
  `ALERTS{job=~"$job|", alertname=~"Bittensor.+", alertstate="firing", severity=~"${severity}"}`

/** The firing alerts, with links to their runbooks. */
export const firing: Panel = table({
  title: 'What is wrong',
  description:
    'The alerts that fire, the critical ones first, and what they are about. A click on one opens its runbook. What Alertmanager silences or inhibits is here as well.',
  noValue: 'nothing',
  w: 12,
  h: 5,
  keys: [
    {
      label: 'severity',
      title: 'Severity',
      width: 85,
      mappings: [words({ critical: ['critical', COLOUR.bad], warning: ['warning', COLOUR.notice] })],
    },
    { label: 'alertname', title: 'Alert', width: 270, url: runbookUrl('${__data.fields.Alert}') },
    { label: 'name', title: 'Key' },
    { label: 'netuid', title: 'Subnet', width: 65 },
    { label: 'uid', title: 'UID', width: 55 },
    { label: 'node', title: 'Node' },
    { label: 'collector', title: 'Collector' },
  ],
  sort: { column: 'Severity', descending: false },
  columns: [
    { title: 'Firing', expr: alerts('critical|warning'), unit: UNIT.number, hidden: true, calm: NO_RULES },
  ],
})
