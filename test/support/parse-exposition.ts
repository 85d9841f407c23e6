/** One sample line of an exposition. */
export interface ParsedSample {
  readonly name: string
  /** Unescaped values by label name, in the order of the text. */
  readonly labels: ReadonlyMap<string, string>
  /** Name and labels as written, such as `bittensor_node_up{node="node-a"}`. */
  readonly series: string
  readonly value: number
  /** The value as written. */
  readonly text: string
  /** Milliseconds since the epoch. */
  readonly timestamp?: number
}

/** What the HELP and TYPE lines of one metric name say. */
export interface ParsedFamily {
  readonly help?: string
  readonly type?: string
}

export interface ParsedExposition {
  /** In the order of their first HELP or TYPE line. */
  readonly families: ReadonlyMap<string, ParsedFamily>
  /** In the order of the text; a series that is repeated is there twice. */
  readonly samples: readonly ParsedSample[]
}

const TYPES = ['counter', 'gauge', 'histogram', 'summary', 'untyped']
const NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y
const LABEL = /[ \t]*([a-zA-Z_][a-zA-Z0-9_]*)[ \t]*=[ \t]*"((?:[^"\\]|\\.)*)"[ \t]*/y
const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i
const SPECIAL: ReadonlyMap<string, number> = new Map([
  ['nan', NaN],
  ['inf', Infinity],
  ['+inf', Infinity],
  ['-inf', -Infinity],
])

/**
 * Parses the Prometheus text format 0.0.4. Throws an error that quotes the line for text that Prometheus rejects. Source:
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export function parseExposition(text: string): ParsedExposition {
  if (text !== '' && !text.endsWith('\n')) throw new Error('the last line does not end')
  const families = new Map<string, ParsedFamily>()
  const samples: ParsedSample[] = []
  for (const line of text.split('\n')) {
    if (/^[ \t]*$/.test(line)) continue
    if (/^[ \t]*#/.test(line)) addHeader(families, line)
    else samples.push(parseSample(line))
  }
  return { families, samples }
}

function addHeader(families: Map<string, ParsedFamily>, line: string): void {
  const [, keyword, name = '', rest = ''] =
    /^[ \t]*#[ \t]+(HELP|TYPE)[ \t]+([^ \t]+)[ \t]*(.*)$/s.exec(line) ?? []
  if (keyword === undefined) return
  const field = keyword === 'HELP' ? 'help' : 'type'
  const family = families.get(name) ?? {}
  if (family[field] !== undefined) throw new Error(`a second ${keyword} line: ${line}`)
  if (field === 'type' && !TYPES.includes(rest)) throw new Error(`not a type: ${line}`)
  families.set(name, { ...family, [field]: field === 'help' ? unescaped(rest, 'n\\') : rest })
}

/** Parses one sample line. */
export function parseSample(line: string): ParsedSample {
  const malformed = (what: string) => new Error(`${what}: ${line}`)
  const start = line.search(/[^ \t]/)
  NAME.lastIndex = start
  const name = NAME.exec(line)?.[0]
  if (name === undefined) throw malformed('not a metric name')
  const labels = new Map<string, string>()
  let end = start + name.length
  const brace = /[ \t]*\{/y
  brace.lastIndex = end
  if (brace.test(line)) {
    end = brace.lastIndex
    for (;;) {
      LABEL.lastIndex = end
      const match = LABEL.exec(line)
      if (match === null) break
      const [matched, label = '', value = ''] = match
      if (labels.has(label)) throw malformed(`the label ${label} is repeated`)
      labels.set(label, unescaped(value, 'n"\\'))
      end += matched.length
      if (line[end] !== ',') break
      end += 1
    }
    while (line[end] === ' ' || line[end] === '\t') end += 1
    if (line[end] !== '}') throw malformed('not a label')
    end += 1
  }
  const series = line.slice(start, end)
  const rest = line.slice(end)
  if (!series.endsWith('}') && /^[^ \t]/.test(rest)) throw malformed('not a metric name')
  const [value = '', timestamp, ...more] = rest.trim().split(/[ \t]+/)
  const number = SPECIAL.get(value.toLowerCase()) ?? (DECIMAL.test(value) ? Number(value) : undefined)
  if (number === undefined) throw malformed('not a value')
  if (more.length > 0 || (timestamp !== undefined && !/^-?\d+$/.test(timestamp)))
    throw malformed('not a timestamp')
  const sample = { name, labels, series, value: number, text: value }
  return timestamp === undefined ? sample : { ...sample, timestamp: Number(timestamp) }
}

/** Replaces the escapes whose second character is allowed; any other backslash is an error. */
function unescaped(text: string, allowed: string): string {
  return text.replace(/\\(.?)/gs, (_, character: string) => {
    if (character === '' || !allowed.includes(character)) throw new Error(`not an escape: ${text}`)
    return character === 'n' ? '\n' : character
  })
}

/** Values by series as written. Throws when a series is repeated. */
export function seriesOf(text: string): Map<string, number> {
  const found = new Map<string, number>()
  for (const { series, value } of parseExposition(text).samples) {
    if (found.has(series)) throw new Error(`repeated: ${series}`)
    found.set(series, value)
  }
  return found
}

/**
 * The samples that a selector selects: a metric name, or a name with labels such as `name{netuid="1"}`, which the sample
 * has among others.
 */
export function samplesOf(text: string, selector: string): readonly ParsedSample[] {
  const { name, labels } = parseSample(`${selector} 0`)
  return text
    .split('\n')
    .filter((line) => line.startsWith(name) && /[ \t{]/.test(line.charAt(name.length)))
    .map(parseSample)
    .filter((sample) => [...labels].every(([label, value]) => sample.labels.get(label) === value))
}

/** The value of the one sample that a selector selects; undefined without one. Throws when it selects several. */
export function valueOf(text: string, selector: string): number | undefined {
  const [sample, ...more] = samplesOf(text, selector)
  if (more.length > 0) throw new Error(`${more.length + 1} samples of ${selector}`)
  return sample?.value
}
