import { Latest } from '../../src/collectors/latest.ts'
import type { Known } from '../../src/web/known.ts'

/** What an exporter knows that has read nothing. */
export const knownOf = (known: Partial<Known> = {}): Known => ({
  version: '0.0.0-test',
  demo: false,
  ready: false,
  nodes: ['finney-a'],
  watch: { hotkeys: [], coldkeys: [], subnets: 'watched', maxSeries: 1 },
  latest: new Latest(),
  status: [],
  ...known,
})
