import type { CollectorStatus, FailureCause } from '../../metrics/status.ts'

/** Collectors that fail for one reason. */
export interface Outage extends FailureCause {
  /** When the first of them began to fail, in seconds since the epoch. */
  readonly since: number
  readonly collectors: readonly Pick<CollectorStatus, 'collector' | 'node'>[]
}

/** What collectors fail for now, the causes with the most collectors first. A collector may wait for several nodes. */
export function outagesOf(status: readonly CollectorStatus[]): readonly Outage[] {
  const outages = new Map<string, Outage>()
  for (const { collector, node, failingSince, causes } of status)
    for (const cause of causes) {
      const key = JSON.stringify([cause.node, cause.reason])
      const started = (failingSince ?? Infinity) / 1000
      const known = outages.get(key)
      const before = known?.collectors ?? []
      const isListed = before.some((each) => each.collector === collector && each.node === node)
      outages.set(key, {
        ...cause,
        since: Math.min(started, known?.since ?? Infinity),
        collectors: isListed ? before : [...before, { collector, node }],
      })
    }
  return [...outages.values()].toSorted((a, b) => b.collectors.length - a.collectors.length)
}

/** Alerts about nodes and data that an outage makes true, by the labels that connect them. */
const ABOUT_COLLECTORS: ReadonlySet<string> = new Set([
  'BittensorExporterCollectorFailing',
  'BittensorExporterDataStale',
])
const ABOUT_ONE_NODE = 'BittensorNodeDown'
const ABOUT_ALL: ReadonlySet<string> = new Set(['BittensorAllNodesDown', 'BittensorExporterNotReady'])

/** The index of the outage that makes an alert true; undefined if none does. */
export function outageBehind(
  outages: readonly Outage[],
  { alert, labels }: { readonly alert: string; readonly labels: Readonly<Record<string, string>> },
): number | undefined {
  const { collector, node } = labels
  const isBehind = (outage: Outage): boolean => {
    if (ABOUT_COLLECTORS.has(alert))
      return outage.collectors.some((each) => each.collector === collector && each.node === node)
    if (alert === ABOUT_ONE_NODE) return outage.node === node
    return ABOUT_ALL.has(alert)
  }
  const index = outages.findIndex(isBehind)
  return index < 0 ? undefined : index
}
