import { oneLine } from '../../text.ts'
import type { WebState } from '../web-state.ts'
import type { Collectors } from './schema.ts'

/** A message may quote what a Sidecar answered. */
const LONGEST_MESSAGE = 500

export const collectorsNow = ({ demo, status }: WebState): Collectors => ({
  demo,
  collectors: status.map(({ collector, node, success, published, lastSuccess, error, warnings }) => ({
    collector,
    node: node ?? null,
    success,
    published,
    last_success_timestamp_seconds: lastSuccess === undefined ? null : lastSuccess / 1000,
    error: error === undefined ? null : oneLine(error, LONGEST_MESSAGE),
    warnings: warnings.map((warning) => oneLine(warning, LONGEST_MESSAGE)),
  })),
})
