import { oneLine } from '../../text.ts'
import type { Problems } from '../api/schema.ts'
import type { WebState } from '../web-state.ts'
import { ALERTS, type Alert } from './alerts.ts'
import { CONDITIONS, expectationsOf, expectationText, type AlertName } from './conditions.ts'
import { factsOf } from './facts.ts'
import { outageBehind, outagesOf } from './outages.ts'

type Problem = Problems['problems'][number]

const SEVERITIES: readonly Alert['severity'][] = ['critical', 'warning', 'info']

/** Maximum length of a reason, which may quote a response of a node. */
const MAX_REASON_LENGTH = 500

/**
 * What is wrong at a moment, in milliseconds since the epoch, by the conditions of the shipped alerts; the most severe first. What an
 * outage causes refers to it. Pure: reads the state alone.
 */
export function problemsNow(state: WebState, now: number): Problems {
  const facts = factsOf(state, now / 1000)
  const outages = outagesOf(state.status)
  const found: Problem[] = []
  const notJudged: Problems['not_judged'] = []
  for (const [alert, condition] of Object.entries(CONDITIONS) as Entries) {
    const { severity, summary, runbookUrl, forSeconds }: Alert = ALERTS[alert]
    if (typeof condition === 'string') {
      notJudged.push({ alert, severity, reason: condition })
      continue
    }
    for (const { labels, detail } of condition(facts))
      found.push({
        alert,
        severity,
        summary: summaryOf(summary, labels),
        detail,
        labels: { ...labels },
        alert_after_seconds: forSeconds,
        runbook_url: runbookUrl,
        outage: outageBehind(outages, { alert, labels }) ?? null,
      })
  }
  const unjudged = expectationsOf(facts).filter(({ expectation }) => expectation.met === null)
  for (const { name, expectation } of unjudged)
    found.push({
      alert: null,
      severity: 'info',
      summary: 'An expectation cannot be checked.',
      detail: expectationText(name, expectation),
      labels: { name, expectation: expectation.expectation },
      alert_after_seconds: null,
      runbook_url: null,
      outage: null,
    })
  return {
    demo: state.demo,
    problems: SEVERITIES.flatMap((severity) => found.filter((problem) => problem.severity === severity)),
    outages: outages.map(({ node, reason, since, collectors }) => ({
      node: node ?? null,
      reason: oneLine(reason, MAX_REASON_LENGTH),
      since_timestamp_seconds: since,
      collectors: collectors.map((each) => ({ collector: each.collector, node: each.node ?? null })),
    })),
    judged: Object.keys(CONDITIONS).length - notJudged.length,
    not_judged: notJudged,
  }
}

type Entries = [AlertName, (typeof CONDITIONS)[AlertName]][]

/** The headline of an alert with the labels of its subject in it. */
const summaryOf = (summary: string, labels: Readonly<Record<string, string>>): string =>
  summary.replace(/\{\{ \$labels\.(\w+) \}\}/g, (_, name: string) => labels[name] ?? '')
