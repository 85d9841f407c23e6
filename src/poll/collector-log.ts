import type { Logger } from 'pino'
import type { DecodingChange } from '../upstream/decoding.ts'
import { UpstreamError } from '../upstream/errors.ts'

/** One collector's trouble, for the log. */
export interface Trouble {
  readonly collector: string
  readonly error: unknown
}

/** A time of failure that is over. */
export interface Recovery {
  readonly collector: string
  /** Milliseconds since the epoch. */
  readonly since: number
  readonly rounds: number
}

/** The short text of anything that was thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/**
 * Logs beginnings: one line for all collectors that began to fail in one round for one reason, so that a Sidecar that is
 * down is one line and not one per collector. What goes on failing is not logged again.
 */
export function logBeginnings(log: Logger, node: string | undefined, began: readonly Trouble[]): void {
  const causes = new Map<string, Trouble[]>()
  for (const trouble of began) {
    const cause = causeOf(trouble.error)
    causes.set(cause, [...(causes.get(cause) ?? []), trouble])
  }
  for (const troubles of causes.values()) {
    const error = troubles[0]?.error
    const collectors = troubles.map(({ collector }) => collector)
    const subject = { collectors, ...(node === undefined ? {} : { node }), ...detailsOf(error) }
    log.error(subject, `${collectors.join(', ')} began to fail: ${messageOf(error)}`)
  }
}

/** Logs endings, one line a round. */
export function logEndings(log: Logger, node: string | undefined, ended: readonly Recovery[]): void {
  if (ended.length === 0) return
  const collectors = ended.map(({ collector }) => collector)
  const failedSeconds = Math.round((Date.now() - Math.min(...ended.map(({ since }) => since))) / 1000)
  const failedRounds = Math.max(...ended.map(({ rounds }) => rounds))
  const subject = { collectors, ...(node === undefined ? {} : { node }), failedSeconds, failedRounds }
  log.info(subject, `${collectors.join(', ')} recovered`)
}

const BUNDLE = 'deploy/kubernetes/sidecar/types-bundle.json'

/** Logs that a Sidecar does not decode signed extrinsics, and the end of that. */
export function logDecoding(log: Logger, { decodes, before, ...fields }: DecodingChange): void {
  if (decodes && before === false) log.info(fields, 'Sidecar decodes signed extrinsics again')
  if (!decodes)
    log.warn(
      {
        ...fields,
        remedy: `set SAS_SUBSTRATE_TYPES_BUNDLE of this Sidecar to the absolute path of ${BUNDLE}, and restart it`,
      },
      'Sidecar does not decode signed extrinsics: operations of keys are not counted from its blocks',
    )
}

/** What tells one trouble from another: for a Sidecar its kind, as each request has a path of its own. */
const causeOf = (error: unknown): string =>
  error instanceof UpstreamError && error.reason !== 'shape'
    ? `${error.node} ${error.reason} ${error.status ?? ''}`
    : messageOf(error)

function detailsOf(error: unknown): Readonly<Record<string, unknown>> {
  if (error instanceof UpstreamError) {
    const { reason, path, status } = error
    return { reason, path, ...(status === undefined ? {} : { status }) }
  }
  // Anything else is a fault of ours, and its stack is what helps.
  return error instanceof Error ? { stack: error.stack } : {}
}
