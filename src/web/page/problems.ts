import { html } from 'ghtml'
import type { Problems } from '../api/schema.ts'
import { grouped } from '../problems/group.ts'
import { count, duration } from '../problems/words.ts'
import { strange } from './format.ts'

type Problem = Problems['problems'][number]
type Outage = Problems['outages'][number]

/**
 * Everything that is wrong at a time in milliseconds: outages first, each with what it causes, then the other problems; and what is not
 * judged.
 */
export function problemsSection(problems: Problems, now: number): string {
  const own = problems.problems.filter(({ outage }) => outage === null)
  const items = [
    ...problems.outages.map((outage, index) =>
      outageItem(
        outage,
        problems.problems.filter((problem) => problem.outage === index),
        now,
      ),
    ),
    ...own.map(problemItem),
  ]
  const severe = own.some(({ severity }) => severity !== 'info') || problems.outages.length > 0
  return html`<section!${severe ? ' class="wrong"' : ''} aria-labelledby="wrong">
<h2 id="wrong">Problems</h2>
!${
    items.length === 0
      ? html`<p>None of the ${problems.judged} conditions that are judged here is true.</p>`
      : html`<ul class="plain problems">
!${items.join('\n')}
</ul>`
  }
!${notJudged(problems)}
</section>`
}

/** One cause, how many collectors wait for it, and the alerts that it makes true. */
function outageItem(
  { node, reason, since_timestamp_seconds: since, collectors }: Outage,
  caused: readonly Problem[],
  now: number,
): string {
  const title = html`!${node === null ? '' : html`!${strange(node)}: `}!${strange(reason)}`
  const names = collectors.map((each) =>
    each.node === null ? each.collector : `${each.collector} of ${each.node}`,
  )
  const waiting = collectors.length === 1 ? 'waits' : 'wait'
  return html`<li>
!${badge(caused[0]?.severity)} <strong>!${title}</strong>, since ${duration(now / 1000 - since)};
${count(collectors.length, 'collector')} ${waiting} for it: ${names.join(', ')}
!${caused.length === 0 ? '' : html`<ul>!${consequences(caused)}</ul>`}
</li>`
}

/** The alerts that an outage makes true, one item for each, with their subjects. */
function consequences(problems: readonly Problem[]): readonly string[] {
  const byAlert = grouped(problems, ({ alert }) => alert)
  return Array.from(byAlert.values(), (group) => {
    const subjects = group.flatMap(({ labels: { collector, node } }) =>
      collector === undefined ? (node ?? []) : node === undefined ? collector : `${collector} of ${node}`,
    )
    const [first] = group
    return first === undefined
      ? ''
      : html`<li>!${headline(first)}!${subjects.length === 0 ? '' : html` <span class="quiet">${subjects.join(', ')}</span>`}</li>`
  })
}

const problemItem = (problem: Problem): string =>
  html`<li>!${badge(problem.severity)} !${headline(problem)}<br>!${strange(problem.detail)}!${afterText(problem)}</li>`

/** The link is to the runbook of this exporter, at whatever address it was reached. */
const headline = ({ alert, summary }: Problem): string =>
  html`<strong>!${strange(summary)}</strong>!${
    alert === null ? '' : html` <a href="/runbooks/${alert}">Runbook<span class="hidden"> ${alert}</span></a>`
  }`

const badge = (severity: Problem['severity'] = 'info'): string =>
  html`<span class="badge ${severity}">${severity}</span>`

/** Alerts fire later than the page shows their condition. */
const afterText = ({ alert_after_seconds: after }: Problem): string =>
  after === null || after === 0
    ? ''
    : html` <span class="quiet">The alert fires after ${duration(after)}.</span>`

function notJudged({ not_judged: alerts }: Problems): string {
  const byReason = grouped(alerts, ({ reason }) => reason)
  return html`<details>
<summary>Not known here: ${count(alerts.length, 'alert')} that only Prometheus can judge</summary>
<ul>
!${Array.from(
    byReason,
    ([reason, group]) =>
      html`<li>The condition ${reason}: ${group.map(({ alert }) => alert).join(', ')}</li>`,
  ).join('\n')}
</ul>
</details>`
}
