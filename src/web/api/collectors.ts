import { oneLine } from '../../text.ts'
import type { WebState } from '../web-state.ts'
import type { Collectors } from './schema.ts'

/** Maximum length of a message, which may quote a response of a node. */
const MAX_MESSAGE_LENGTH = 500

export const collectorsNow = ({ demo, status }: WebState): Collectors => ({
  demo,
  collectors: status.map(({ collector, node, success, published, lastSuccess, error, warnings }) => ({
    collector,
    node: node ?? null,
    success,
    published,
    last_success_timestamp_seconds: lastSuccess === undefined ? null : lastSuccess / 1000,
    error: error === undefined ? null : oneLine(error, MAX_MESSAGE_LENGTH),
    warnings: warnings.map((warning) => oneLine(warning, MAX_MESSAGE_LENGTH)),
  })),
})
