/**
 * Turns the rule tests in alertmanager/rules/tests into files that promtool can run. The tests state of an alert only what its rule does
 * not: labels, value, and once per alert the description. The rest (labels and annotations that the rule fixes) is filled in here.
 *
 * @typedef {{ alert?: string, record?: string, expr: string, labels?: Record<string, string>, annotations?: Record<string, string> }} Rule
 * @typedef {{ exp_labels?: Record<string, string>, value?: string | number, description?: string }} Expected
 * @typedef {{ eval_time: string, alertname: string, exp_alerts?: Expected[] }} AlertTest
 * @typedef {{ name: string, input_series?: { series: string, values: string }[], alert_rule_test: AlertTest[] }} TestGroup
 */

/** The annotation that replaces all others where values are compared. */
const VALUE = { value: '{{ $value | printf "%.10g" }}' }

/**
 * The rule with its value as the only annotation, so that a test of values need not repeat the texts.
 * @param {Rule} rule
 */
export const withValueOnly = (rule) => (rule.alert === undefined ? rule : { ...rule, annotations: VALUE })

/**
 * The group with complete expectations for rules of withValueOnly.
 * @param {TestGroup} group
 * @param {ReadonlyMap<string, Rule>} alerts by name
 */
export const expectingValues = (group, alerts) =>
  filled(
    group,
    ({ exp_labels = {}, value }, rule) => ({
      exp_labels: { ...rule.labels, ...exp_labels },
      exp_annotations: { value: String(value) },
    }),
    alerts,
  )

/**
 * The group with complete expectations for the shipped rules, reduced to the times at which each expected alert has a description; undefined
 * if there is none.
 * @param {TestGroup} group
 * @param {ReadonlyMap<string, Rule>} alerts by name
 */
export function expectingTexts(group, alerts) {
  const described = group.alert_rule_test.filter(
    ({ exp_alerts = [] }) =>
      exp_alerts.length > 0 && exp_alerts.every(({ description }) => description !== undefined),
  )
  if (described.length === 0) return undefined
  return filled(
    { ...group, alert_rule_test: described },
    ({ exp_labels = {}, description }, rule) => {
      const labels = { ...rule.labels, ...exp_labels }
      const { summary, runbook_url, dashboard_url } = rule.annotations ?? {}
      return {
        exp_labels: labels,
        exp_annotations: {
          summary: withLabels(summary ?? '', labels),
          description,
          runbook_url,
          dashboard_url: withLabels(dashboard_url ?? '', labels),
        },
      }
    },
    alerts,
  )
}

/**
 * @param {TestGroup} group
 * @param {(expected: Expected, rule: Rule) => object} fill
 * @param {ReadonlyMap<string, Rule>} alerts
 */
const filled = (group, fill, alerts) => ({
  ...group,
  input_series: [...(group.input_series ?? []), ...pollIntervals(group.input_series ?? [])],
  alert_rule_test: group.alert_rule_test.map(({ exp_alerts = [], ...test }) => {
    const rule = alerts.get(test.alertname)
    if (rule === undefined) throw new Error(`${group.name}: there is no alert ${test.alertname}`)
    return { ...test, exp_alerts: exp_alerts.map((expected) => fill(expected, rule)) }
  }),
})

/** Minutes that the tests span at most. */
const SPAN = 6000

/**
 * The poll interval of each exporter in the series, which rules derive limits from: the default, unless the test states it.
 * @param {{ series: string }[]} series
 */
function pollIntervals(series) {
  const metric = 'bittensor_exporter_poll_interval_seconds'
  const target = (text) =>
    ['job', 'instance'].map((name) => new RegExp(`\\b${name}="([^"]*)"`).exec(text)?.[1])
  const stated = series
    .filter((each) => each.series.startsWith(metric))
    .map((each) => target(each.series).join())
  const targets = new Map(series.map((each) => [target(each.series).join(), target(each.series)]))
  return [...targets]
    .filter(([key]) => !stated.includes(key))
    .map(([, [job, instance]]) => ({
      series: `${metric}{job="${job}",instance="${instance}"}`,
      values: `12+0x${SPAN}`,
    }))
}

/**
 * The text with label references replaced, escaped where the template does.
 * @param {string} text
 * @param {Record<string, string>} labels
 */
const withLabels = (text, labels) =>
  text.replaceAll(/\{\{ \$labels\.(\w+)( \| urlquery)? \}\}/g, (_, name, escaped) =>
    escaped === undefined ? (labels[name] ?? '') : encodeURIComponent(labels[name] ?? ''),
  )
