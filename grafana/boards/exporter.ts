import { runtimeUpgrades } from '../kit/annotations.ts'
import { following } from './following.ts'
import { failures, machine, NO_EXPORTER, requests, self, sidecar } from './exporter-process.ts'
import { dashboard, type Dashboard } from '../kit/dashboard.ts'
import type { Panel } from '../kit/panel.ts'
import { by, failedShare, metric } from '../kit/promql.ts'
import { series } from '../kit/series.ts'
import { stat } from '../kit/stat.ts'
import { ALL_IS_GOOD, ANY_IS_BAD, COLOUR, judged, words } from '../kit/theme.ts'
import { timeline } from '../kit/timeline.ts'
import { UNIT } from '../kit/units.ts'
import { THRESHOLDS } from '../../src/thresholds.ts'

const now: readonly Panel[] = [
  stat({
    title: 'Scraped',
    runbook: 'BittensorExporterDown',
    description: 'Whether Prometheus reaches the exporter: 100 % is every instance of the job.',
    unit: UNIT.ratio,
    decimals: 0,
    noValue: NO_EXPORTER,
    thresholds: ALL_IS_GOOD,
    w: 3,
    h: 4,
    freshness: 'own',
    queries: [{ expr: `avg(${metric('up')})`, legend: 'up' }],
  }),
  stat({
    title: 'Collectors failing',
    runbook: 'BittensorExporterCollectorFailing',
    description: 'Collectors whose last round failed.',
    unit: UNIT.number,
    noValue: NO_EXPORTER,
    thresholds: ANY_IS_BAD,
    w: 3,
    h: 4,
    freshness: 'scrape',
    queries: [{ expr: `sum(1 - ${by('collector, node', self('collector_success'))})`, legend: 'failing' }],
  }),
  stat({
    title: 'Oldest success',
    runbook: 'BittensorExporterDataStale',
    description: 'Time since the last success of the collector that waits longest for one.',
    unit: UNIT.seconds,
    noValue: NO_EXPORTER,
    thresholds: judged({ bad: THRESHOLDS.exporter.dataAge }),
    w: 3,
    h: 4,
    freshness: 'scrape',
    queries: [{ expr: `time() - min(${self('collector_last_success_timestamp_seconds')})`, legend: 'ago' }],
  }),
  stat({
    title: 'Series published',
    description: 'Series of nodes and chain that the exporter publishes.',
    unit: UNIT.count,
    noValue: NO_EXPORTER,
    w: 3,
    h: 4,
    freshness: 'scrape',
    queries: [{ expr: `sum(${by('collector', self('series'))})`, legend: 'series' }],
  }),
  stat({
    title: 'Requests failing',
    runbook: 'BittensorExporterUpstreamErrors',
    description: 'Requests to nodes and Sidecars that failed after their retries, as a share of all.',
    unit: UNIT.ratio,
    decimals: 2,
    noValue: NO_EXPORTER,
    thresholds: judged({ notice: THRESHOLDS.exporter.requestFailures }),
    w: 3,
    h: 4,
    freshness: 'scrape',
    queries: [{ expr: failedShare(failures, requests), legend: 'failing' }],
  }),
  stat({
    title: 'Configuration',
    runbook: 'BittensorExporterReloadFailed',
    description:
      'Whether the last reload of the configuration succeeded. After a failed one the exporter keeps the previous configuration.',
    unit: UNIT.number,
    noValue: NO_EXPORTER,
    mappings: [words({ '1': ['good', COLOUR.good], '0': ['refused', COLOUR.bad] })],
    w: 3,
    h: 4,
    freshness: 'scrape',
    queries: [{ expr: `min(${self('config_last_reload_successful')})`, legend: 'configuration' }],
  }),
  stat({
    title: 'Configuration read',
    description: 'Time since a good configuration was last read.',
    unit: UNIT.seconds,
    noValue: NO_EXPORTER,
    w: 3,
    h: 4,
    freshness: 'scrape',
    queries: [
      { expr: `time() - max(${self('config_last_reload_success_timestamp_seconds')})`, legend: 'ago' },
    ],
  }),
  stat({
    title: 'Data',
    runbook: 'BittensorExporterDemo',
    description: 'Whether a real chain is read, or the demonstration runs.',
    unit: UNIT.number,
    noValue: NO_EXPORTER,
    mappings: [words({ '0': ['real', COLOUR.good], '1': ['INVENTED (demo)', COLOUR.bad] })],
    thresholds: ANY_IS_BAD,
    w: 3,
    h: 4,
    freshness: 'scrape',
    queries: [{ expr: `max(${self('demo')})`, legend: 'data' }],
  }),
]

const collectors: readonly Panel[] = [
  timeline({
    title: 'Success',
    description:
      'Whether the last round of each collector succeeded. Those that read nodes do so for each node.',
    unit: UNIT.number,
    noValue: NO_EXPORTER,
    mappings: [words({ '1': ['good', COLOUR.good], '0': ['failed', COLOUR.bad] })],
    w: 24,
    h: 9,
    queries: [{ expr: self('collector_success'), legend: '{{collector}} {{node}}' }],
  }),
  series({
    title: 'Time of a round',
    description:
      'How long the last round of each collector took. It must fit into the interval between polls.',
    unit: UNIT.seconds,
    noValue: NO_EXPORTER,
    min: 0,
    w: 8,
    h: 9,
    queries: [{ expr: self('collector_duration_seconds'), legend: '{{collector}} {{node}}' }],
  }),
  series({
    title: 'Time since the last success',
    description: 'How old what each collector publishes is. Past stale_after its families disappear.',
    unit: UNIT.seconds,
    noValue: NO_EXPORTER,
    min: 0,
    thresholds: judged({ bad: THRESHOLDS.exporter.dataAge }),
    limits: true,
    w: 8,
    h: 9,
    queries: [
      {
        expr: `time() - ${self('collector_last_success_timestamp_seconds')}`,
        legend: '{{collector}} {{node}}',
      },
    ],
  }),
  series({
    title: 'Series by collector',
    description: 'Series each collector has published: the load of the exporter on Prometheus.',
    unit: UNIT.count,
    noValue: NO_EXPORTER,
    min: 0,
    w: 8,
    h: 9,
    stacked: true,
    queries: [{ expr: self('series'), legend: '{{collector}}' }],
  }),
]

/** The exporter about itself. */
export const exporterBoard: Dashboard = dashboard({
  board: 'exporter',
  description: 'Is what the other dashboards show fresh, and is the exporter well?',
  variables: [],
  annotations: [runtimeUpgrades],
  sections: [
    { panels: now },
    { title: 'Collectors', panels: collectors },
    { title: 'Following the chain', collapsed: true, panels: following },
    { title: 'Requests to nodes', collapsed: true, panels: sidecar },
    { title: 'Process', collapsed: true, panels: machine },
  ],
})
