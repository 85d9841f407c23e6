import { createHash } from 'node:crypto'
import { seriesOf, type Fault, type Field } from './field.ts'
import { namesIn, type Rule } from './rules.ts'

/**
 * What has to be run to know all alerts in all fields. An alert is a function of the series that its rule reads, directly or through
 * recording rules. So an alert that reads the same series in two fields is evaluated in one of them, and one that reads nothing that a
 * fault changes is as on the calm day.
 */
export interface Part {
  readonly alerts: readonly string[]
  readonly cells: readonly Cell[]
}

/** A field to run, and all fields that its result is that of. */
export interface Cell {
  readonly field: Field
  readonly minutes: number
  readonly fields: readonly Field[]
}

/** The families of the exporter, and the recording rules, that an alert is computed from. */
export interface Inputs {
  readonly families: ReadonlySet<string>
  readonly records: ReadonlySet<string>
}

export function inputsOf(alert: string, rules: readonly Rule[]): Inputs {
  const families = new Set<string>()
  const records = new Set<string>()
  const add = (expr: string): void => {
    for (const name of namesIn(expr)) {
      const recording = rules.filter(({ record }) => record === name)
      if (recording.length === 0) families.add(name)
      else if (!records.has(name)) {
        records.add(name)
        for (const rule of recording) add(rule.expr)
      }
    }
  }
  for (const rule of rules) if (rule.alert === alert) add(rule.expr)
  return { families, records }
}

/** Digests of all series of a family, by its name. */
function digestsOf(field: Field, minutes: number, fault?: Fault): ReadonlyMap<string, string> {
  const hashes = new Map<string, ReturnType<typeof createHash>>()
  for (const { series, values } of seriesOf('job', field, minutes, fault)) {
    const [family = ''] = series.split('{')
    const hash = hashes.get(family) ?? createHash('sha256')
    hashes.set(family, hash.update(`${series} ${values}\n`))
  }
  return new Map(Array.from(hashes, ([family, hash]) => [family, hash.digest('hex')]))
}

/** Everything, without leaving anything out. */
export const allOf = (
  fields: readonly Field[],
  alerts: readonly string[],
  minutesOf: (field: Field) => number,
): readonly Part[] => [
  { alerts, cells: fields.map((field) => ({ field, minutes: minutesOf(field), fields: [field] })) },
]

/** As few as possible: see Part. */
export function partsOf(
  fields: readonly Field[],
  rules: readonly Rule[],
  minutesOf: (field: Field) => number,
  fault?: Fault,
): readonly Part[] {
  const read = fields.map((field) => {
    const minutes = minutesOf(field)
    const calm = fault === undefined ? new Map<string, never>() : digestsOf(field, minutes)
    return { field, minutes, calm, digests: digestsOf(field, minutes, fault) }
  })
  const parts = new Map<string, { readonly alerts: string[]; readonly cells: readonly Cell[] }>()
  for (const { alert } of rules) {
    if (alert === undefined) continue
    const families = [...inputsOf(alert, rules).families].sort()
    const cells = new Map<string, { field: Field; minutes: number; fields: Field[] }>()
    for (const { field, minutes, calm, digests } of read) {
      if (fault !== undefined && families.every((family) => digests.get(family) === calm.get(family)))
        continue
      const key = [minutes, ...families.map((family) => digests.get(family))].join()
      const cell = cells.get(key)
      if (cell === undefined) cells.set(key, { field, minutes, fields: [field] })
      else cell.fields.push(field)
    }
    if (cells.size === 0) continue
    // Alerts that need the same runs share them.
    const shape = [...cells.values()]
      .map((cell) => cell.fields.map((each) => fields.indexOf(each)).join())
      .join(' ')
    const part = parts.get(shape) ?? { alerts: [], cells: [...cells.values()] }
    parts.set(shape, part)
    part.alerts.push(alert)
  }
  return [...parts.values()]
}
