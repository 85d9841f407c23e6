// Cases of the text format, worked out from https://prometheus.io/docs/instrumenting/exposition_formats/. promtool accepts and
// rejects the same (parse-exposition.e2e.test.ts).

/** Line, name, labels and value. */
export const SAMPLE_LINES: readonly (readonly [
  line: string,
  name: string,
  labels: Readonly<Record<string, string>>,
  value: number,
])[] = [
  ['up 1', 'up', {}, 1],
  ['up{} 1', 'up', {}, 1],
  ['a:b_c0{x="1"} -2.5', 'a:b_c0', { x: '1' }, -2.5],
  ['a{x="1",y="2",} 3', 'a', { x: '1', y: '2' }, 3],
  ['a { x = "1" , y = "2" }\t3', 'a', { x: '1', y: '2' }, 3],
  ['  a  3', 'a', {}, 3],
  ['a{x="}{,= #"} 3', 'a', { x: '}{,= #' }, 3],
  [String.raw`a{x="C:\\n\"\n"} 3`, 'a', { x: 'C:\\n"\n' }, 3],
  ['a{x=""} 1.7560473e+07', 'a', { x: '' }, 17_560_473],
  ['a .5', 'a', {}, 0.5],
  ['a NaN', 'a', {}, NaN],
  ['a Nan', 'a', {}, NaN],
  ['a +Inf', 'a', {}, Infinity],
  ['a -Inf', 'a', {}, -Infinity],
]

/** Lines that are no samples, and why. */
export const MALFORMED_LINES: readonly (readonly [line: string, reason: string])[] = [
  ['a', 'not a value'],
  ['a{x="1"}', 'not a value'],
  ['a{x="1"', 'not a label'],
  ['a{x="1} 3', 'not a label'],
  ['a{x=1} 3', 'not a label'],
  ['a{,} 3', 'not a label'],
  ['a{x="1"y="2"} 3', 'not a label'],
  ['a{x:y="1"} 3', 'not a label'],
  ['a{x="1",x="2"} 3', 'the label x is repeated'],
  [String.raw`a{x="\t"} 3`, 'not an escape'],
  ['0a 3', 'not a metric name'],
  ['a-b 3', 'not a metric name'],
  ['a three', 'not a value'],
  ['a 1 2 3', 'not a timestamp'],
  ['a 1 2.5', 'not a timestamp'],
]

/** Expositions that are malformed as a whole, and why. */
export const MALFORMED_TEXTS: readonly (readonly [text: string, reason: string])[] = [
  ['a 1', 'the last line does not end'],
  ['# TYPE a gauge\n# TYPE a gauge\n', 'a second TYPE line'],
  ['# HELP a A.\n# HELP a A.\n', 'a second HELP line'],
  ['# TYPE a number\n', 'not a type'],
  ['# HELP a \\t\n', 'not an escape'],
]
