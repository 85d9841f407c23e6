import type { Family, Sample } from './define.ts'

/** The two text formats of an exposition: Prometheus text 0.0.4 and OpenMetrics 1.0.0. */
export type Format = 'text' | 'openmetrics'

export const CONTENT_TYPES: Readonly<Record<Format, string>> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
}

/** The HELP and TYPE lines of a family. OpenMetrics names a counter there without the `_total` of its samples. */
export function familyHeader(name: string, help: string, type: string, format: Format): string {
  const named = format === 'openmetrics' && type === 'counter' ? name.replace(/_total$/, '') : name
  return `# HELP ${named} ${escapeBackslash(help)}\n# TYPE ${named} ${type}\n`
}

/**
 * One sample as a line. The value is the shortest decimal that parses to the same float64, which is what prom-client
 * writes too.
 */
export function sampleLine(
  name: string,
  labels: Iterable<readonly [string, string | number]>,
  value: number,
): string {
  const pairs = Array.from(labels, ([label, text]) => labelPair(label, String(text)))
  return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${numberText(value)}\n`
}

/** A label as it stands between the braces. */
export const labelPair = (label: string, text: string): string => `${label}="${escapeLabel(text)}"`

/** The samples of a family as lines, which are the same in both formats. */
export function sampleLines({ name, labels }: Family, samples: Iterable<Sample>): string {
  let text = ''
  for (const sample of samples)
    text += sampleLine(
      name,
      labels.map((label, index) => [label, sample.labels[index] ?? '']),
      sample.value,
    )
  return text
}

/** A value as prom-client writes it: the shortest decimal that parses to the same float64. */
export const numberText = (value: number): string =>
  Number.isFinite(value) ? String(value) : Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf'

const escapeBackslash = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')

/** A label value between its quotes. */
const escapeLabel = (text: string): string =>
  /[\\\n"]/.test(text) ? escapeBackslash(text).replaceAll('"', '\\"') : text
