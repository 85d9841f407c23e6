import { Latest } from '../../src/collectors/lib/latest.ts'
import type { WebState } from '../../src/web/web-state.ts'

/** What an exporter knows that has read nothing. */
export const webStateOf = (state: Partial<WebState> = {}): WebState => ({
  revision: 0,
  version: '0.0.0-test',
  demo: false,
  ready: false,
  nodes: ['finney-a'],
  scope: { hotkeys: [], coldkeys: [], subnets: 'watched', maxSeries: 1 },
  latest: new Latest(),
  lastKnown: new Latest(),
  status: [],
  pollIntervalSeconds: 12,
  isConfigured: true,
  decodes: new Map(),
  explorerUrl: undefined,
  ...state,
})
