import { THRESHOLDS, type Threshold } from '../../src/thresholds.ts'

const HEADINGS: Readonly<Record<keyof typeof THRESHOLDS, string>> = {
  node: 'Nodes',
  key: 'Keys',
  neuron: 'Neurons',
  subnet: 'Subnets',
  exporter: 'The exporter and its data',
}

const HEADER = [
  '# The numbers that people tune, and nothing else. Alerts and recording rules read them from here by name, so change them here.',
  '# A missing threshold silences its alerts: change values, do not delete rules.',
  '# Where a rule has a label, the alert compares series with the same label.',
  '#',
  '# This file has the values that are shipped. In the repository it is rendered from src/thresholds.ts, which dashboards and the page',
  '# use as well: npm run generate',
  'groups:',
  '  - name: bittensor-thresholds',
  '    rules:',
]

const SIDE: Readonly<Record<Threshold['wrong'], string>> = {
  '>': 'more',
  '<': 'less',
  '>=': 'this or more',
  '<=': 'this or less',
}

/** Columns of a comment, without its indentation. */
const WIDTH = 112

/** The text of alertmanager/rules/thresholds.yml. */
export function renderThresholds(): string {
  const sections = Object.entries(HEADINGS).map(([subject, heading]) => ({
    heading,
    rules: Object.values<Threshold>(THRESHOLDS[subject as keyof typeof THRESHOLDS]).flatMap(rule),
  }))
  const lines = sections
    .filter(({ rules }) => rules.length > 0)
    .flatMap(({ heading, rules }, index) => [...(index === 0 ? [] : ['']), `# --- ${heading}`, '', ...rules])
  return [...HEADER, ...lines.map((line) => (line === '' ? '' : `      ${line}`)), ''].join('\n')
}

/** The recording rule of a threshold below its comment; nothing for one that no alert uses. */
const rule = ({ record, labels, wrong, value, unit, meaning }: Threshold): readonly string[] =>
  record === undefined
    ? []
    : [
        ...comment(`${meaning} Unit: ${unit}; ${SIDE[wrong]} is wrong.`),
        `- record: bittensor:threshold_${record}`,
        ...(labels === undefined
          ? []
          : [
              `  labels: { ${Object.entries(labels)
                .map(([name, text]) => `${name}: ${text}`)
                .join(', ')} }`,
            ]),
        `  expr: vector(${value})`,
      ]

/** The words as lines of a comment. */
function comment(text: string): readonly string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last === undefined || last.length + 1 + word.length > WIDTH) lines.push(`# ${word}`)
    else lines[lines.length - 1] = `${last} ${word}`
  }
  return lines
}
