import type { Snapshot } from './snapshot.ts'
import { familyHeader, sampleLine, type Format } from './text.ts'

/** The result of one probe of one node. */
export interface Probed {
  readonly node: string
  /** Duration of the probe. */
  readonly seconds: number
  /** The families of the node, as far as they could be read; undefined on timeout. */
  readonly snapshot: Snapshot | undefined
  /** Whether each collector succeeded, by its name. */
  readonly collectors: readonly { readonly name: string; readonly success: boolean }[]
}

/** The families of a probe besides those of the node. All are gauges. */
const FAMILIES = {
  success: ['probe_success', '1 when everything that is asked of a node was read in time.'],
  duration: ['probe_duration_seconds', 'How long the probe took.'],
  up: ['bittensor_node_up', '1 when the node, and its Sidecar if it has one, answered.'],
  collector: ['bittensor_exporter_collector_success', '1 when the collector succeeded.'],
} as const

/** A probe as an exposition. Values that were not read are absent. */
export function probeText({ node, seconds, snapshot, collectors }: Probed, format: Format): string {
  const family = (key: keyof typeof FAMILIES, samples: readonly (readonly [Labels, number | boolean])[]) => {
    const [name, help] = FAMILIES[key]
    const lines = samples.map(([labels, value]) => sampleLine(name, Object.entries(labels), Number(value)))
    return lines.length === 0 ? '' : familyHeader(name, help, 'gauge', format) + lines.join('')
  }
  const all = collectors.length > 0 && collectors.every(({ success }) => success)
  return [
    family('success', [[{}, all]]),
    family('duration', [[{}, seconds]]),
    family('up', [[{ node }, collectors.some(({ success }) => success)]]),
    family(
      'collector',
      collectors.map(({ name, success }) => [{ collector: name, node }, success]),
    ),
    ...(snapshot?.chunks(format) ?? []).map(({ bytes }) => bytes.toString()),
    format === 'openmetrics' ? '# EOF\n' : '',
  ].join('')
}

type Labels = Readonly<Record<string, string>>
