import type { Panel } from '../kit/panel.ts'
import { countedSince, metric, rate } from '../kit/promql.ts'
import { series } from '../kit/series.ts'
import { table } from '../kit/table.ts'
import { COLOUR, words } from '../kit/theme.ts'
import { timeline } from '../kit/timeline.ts'
import { UNIT } from '../kit/units.ts'

/** One property of the exporter. */
export const self = (property: string, ...matchers: readonly string[]): string =>
  metric(`bittensor_exporter_${property}`, ...matchers)
/** What its panels show without it. */
export const NO_EXPORTER = 'no exporter is scraped'
/** Requests to nodes and Sidecars that failed after their retries. */
export const failures = self('upstream_request_failures_total')
/** All requests to nodes and Sidecars. */
export const requests = self('upstream_requests_total')

const bucket = self('upstream_request_duration_seconds_bucket')

/** How nodes and Sidecars answer. */
export const sidecar: readonly Panel[] = [
  series({
    title: 'Requests by route',
    description: 'Requests to nodes and Sidecars per second, by JSON-RPC method or template of the path.',
    unit: UNIT.requestsPerSecond,
    noValue: 'no request was made',
    min: 0,
    w: 12,
    h: 9,
    stacked: true,
    queries: [{ expr: `sum by (route) (${rate(requests)})`, legend: '{{route}}' }],
  }),
  series({
    title: 'Time of requests by route, 95th percentile',
    description:
      'How long 95 of 100 requests took at most, with their retries, without their time in the queue.',
    unit: UNIT.seconds,
    noValue: 'no request was made',
    min: 0,
    w: 12,
    h: 9,
    queries: [
      { expr: `histogram_quantile(0.95, sum by (route, le) (${rate(bucket)}))`, legend: '{{route}}' },
    ],
  }),
  series({
    title: 'Mean time of requests by node',
    description: 'Mean duration of a request to each node or its Sidecar.',
    unit: UNIT.seconds,
    noValue: 'no request was made',
    min: 0,
    w: 8,
    h: 8,
    queries: [
      {
        expr:
          `sum by (node) (${rate(self('upstream_request_duration_seconds_sum'))}) / ` +
          `sum by (node) (${rate(self('upstream_request_duration_seconds_count'))})`,
        legend: '{{node}}',
      },
    ],
  }),
  series({
    title: 'Failed requests',
    description: 'Requests that failed after their retries since the point before, by node and reason.',
    unit: UNIT.count,
    decimals: 0,
    noValue: 'no request failed',
    min: 0,
    w: 8,
    h: 8,
    queries: [
      {
        expr: `sum by (node, reason) (${countedSince('$__rate_interval', failures)})`,
        legend: '{{node}}: {{reason}}',
        calm: { empty: 'A reason is counted from its first failure.' },
      },
    ],
  }),
  series({
    title: 'Refused views',
    description:
      'Views of the chain that were refused, or given up before they were published: the node was behind, lost the block, answered for another, or is on another chain.',
    unit: UNIT.perSecond,
    noValue: NO_EXPORTER,
    min: 0,
    w: 8,
    h: 8,
    queries: [
      {
        expr: `sum by (node, reason) (${rate(self('refused_views_total'))})`,
        legend: '{{node}}: {{reason}}',
      },
    ],
  }),
  timeline({
    title: 'Circuit breakers',
    description:
      'State of the circuit breaker of each node. While it is open, no request is sent to the node, except for one probe after each pause.',
    unit: UNIT.number,
    noValue: NO_EXPORTER,
    mappings: [words({ '0': ['closed', COLOUR.good], '1': ['open', COLOUR.bad] })],
    w: 12,
    h: 8,
    queries: [{ expr: self('upstream_circuit_open'), legend: '{{node}}' }],
  }),
  series({
    title: 'Waiting for the rate limit',
    description:
      'Share of the time in which requests to each node waited because of its rate limit. Near 100 %, polls need more requests than the limit allows.',
    unit: UNIT.ratio,
    noValue: NO_EXPORTER,
    min: 0,
    w: 12,
    h: 8,
    queries: [{ expr: rate(self('rate_limit_wait_seconds_total')), legend: '{{node}}' }],
  }),
]

/** The process, and what it is. */
export const machine: readonly Panel[] = [
  series({
    title: 'Scrapes',
    description:
      'How long Prometheus took to scrape the exporter, and how long the exporter took to render what it last published.',
    unit: UNIT.seconds,
    noValue: NO_EXPORTER,
    min: 0,
    w: 8,
    h: 8,
    queries: [
      { expr: metric('scrape_duration_seconds'), legend: '{{instance}}: scrape' },
      { expr: self('render_duration_seconds'), legend: '{{instance}}: render', dashed: true },
    ],
  }),
  series({
    title: 'Processor',
    description: 'Processor time of the exporter: 100 % is one core.',
    unit: UNIT.ratio,
    noValue: NO_EXPORTER,
    min: 0,
    w: 8,
    h: 8,
    queries: [{ expr: rate(metric('process_cpu_seconds_total')), legend: '{{instance}}' }],
  }),
  series({
    title: 'Memory',
    description: 'Memory of the process, and what of it JavaScript holds. A line that only rises is a leak.',
    unit: UNIT.bytes,
    noValue: NO_EXPORTER,
    min: 0,
    w: 8,
    h: 8,
    queries: [
      { expr: metric('process_resident_memory_bytes'), legend: '{{instance}}: process' },
      { expr: metric('nodejs_heap_size_used_bytes'), legend: '{{instance}}: JavaScript', dashed: true },
    ],
  }),
  series({
    title: 'Event loop, 99th percentile',
    description: 'How late the event loop ran 99 of 100 times at most. Above a poll interval, scrapes wait.',
    unit: UNIT.seconds,
    noValue: NO_EXPORTER,
    min: 0,
    w: 8,
    h: 8,
    queries: [{ expr: metric('nodejs_eventloop_lag_p99_seconds'), legend: '{{instance}}' }],
  }),
  series({
    title: 'Open files',
    description: 'File descriptors in use as a share of those allowed. At 100 % no request can be made.',
    unit: UNIT.ratio,
    noValue: NO_EXPORTER,
    min: 0,
    w: 8,
    h: 8,
    queries: [
      { expr: `${metric('process_open_fds')} / ${metric('process_max_fds')}`, legend: '{{instance}}' },
    ],
  }),
  series({
    title: 'Uptime',
    description: 'Time since the exporter started. A fall to 0 is a restart.',
    unit: UNIT.seconds,
    noValue: NO_EXPORTER,
    min: 0,
    w: 8,
    h: 8,
    queries: [{ expr: `time() - ${metric('process_start_time_seconds')}`, legend: '{{instance}}' }],
  }),
  table({
    title: 'Builds',
    description: 'Versions of the exporter and of Node.js, by instance.',
    noValue: NO_EXPORTER,
    w: 16,
    h: 5,
    keys: [
      { label: 'instance', title: 'Instance', width: 150 },
      { label: 'version', title: 'Version' },
      { label: 'revision', title: 'Revision' },
      { label: 'node_version', title: 'Node.js' },
    ],
    columns: [{ title: 'Info', expr: self('build_info'), unit: UNIT.number, hidden: true }],
  }),
  table({
    title: 'Token',
    description:
      'The native token, as the chain describes it: amounts are the chain’s integers with this many decimals.',
    noValue: 'the chain does not describe its token',
    w: 8,
    h: 5,
    keys: [
      { label: 'symbol', title: 'Symbol' },
      { label: 'decimals', title: 'Decimals' },
      { label: 'ss58_format', title: 'SS58 format' },
    ],
    columns: [{ title: 'Info', expr: metric('bittensor_chain_token_info'), unit: UNIT.number, hidden: true }],
  }),
]
