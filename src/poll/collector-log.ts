import type { Logger } from 'pino'
import type { DecodingChange } from '../upstream/decoding.ts'
import { UpstreamError } from '../upstream/errors.ts'
import type { FailureCause } from '../metrics/status.ts'
import { PollError } from './round.ts'

/** A collector whose last round failed. */
export interface Failure {
  readonly collector: string
  readonly error: unknown
  /** When it began to fail, in milliseconds since the epoch. */
  readonly since: number
  /** Rounds in which it failed, this one included. */
  readonly rounds: number
}

/** The failures of one round that are logged. */
export interface FailureLogs {
  /** Those that began in this round. */
  readonly failing: Failure[]
  /** Those that fail for another reason than the one that was logged. */
  readonly changed: Failure[]
  /** Those that have lasted for long since they were logged. */
  readonly lasting: Failure[]
}

/** A collector that succeeded again. */
export interface Recovery {
  readonly collector: string
  /** When it began to fail, in milliseconds since the epoch. */
  readonly since: number
  /** Rounds in which it failed. */
  readonly rounds: number
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** What an error comes from. Requests that fail for the same reason have equal causes, whichever item they asked for. */
export function causesOf(error: unknown): readonly FailureCause[] {
  if (error instanceof UpstreamError) return [{ node: error.node, reason: error.outage }]
  if (error instanceof PollError && error.failures.length > 0) return error.failures.flatMap(causesOf)
  return [{ node: undefined, reason: messageOf(error) }]
}

/** The reason of a failure, without the numbers that differ from round to round. */
export const causeText = (error: unknown): string =>
  causesOf(error)
    .map(({ node = '', reason }) => `${node} ${reason.replace(/\d+/g, '#')}`)
    .join('; ')

/**
 * Logs collectors that fail: one line per cause and round, so that an unreachable Sidecar is one line and not one per collector. A fault
 * of the exporter is logged as an error, with its stack; anything else is a warning.
 */
export function logFailures(log: Logger, node: string | undefined, logs: FailureLogs): void {
  for (const group of byCause(logs.failing)) writeFailures(log, node, group, 'collectors failing')
  for (const group of byCause(logs.changed))
    writeFailures(log, node, group, 'collectors failing for another reason')
  for (const group of byCause(logs.lasting)) writeFailures(log, node, group, 'collectors still failing')
}

function byCause(failures: readonly Failure[]): Iterable<readonly Failure[]> {
  const groups = new Map<string, Failure[]>()
  for (const failure of failures) {
    const cause = causeOf(failure.error)
    groups.set(cause, [...(groups.get(cause) ?? []), failure])
  }
  return groups.values()
}

function writeFailures(
  log: Logger,
  node: string | undefined,
  group: readonly Failure[],
  message: string,
): void {
  const error = group[0]?.error
  const collectors = group.map(({ collector }) => collector)
  const failedRounds = Math.max(...group.map(({ rounds }) => rounds))
  const fields = {
    collectors,
    ...nodeField(node),
    error: messageOf(error),
    ...detailsOf(error),
    ...(failedRounds > 1 ? { failedSeconds: secondsSince(group), failedRounds } : {}),
  }
  log[isExpected(error) ? 'warn' : 'error'](fields, message)
}

/** Seconds since the first of them began to fail. */
const secondsSince = (failures: readonly { readonly since: number }[]): number =>
  Math.round((Date.now() - Math.min(...failures.map(({ since }) => since))) / 1000)

/** Logs collectors that recovered: one line per round, with the longest time and number of rounds. */
export function logRecoveries(log: Logger, node: string | undefined, recoveries: readonly Recovery[]): void {
  if (recoveries.length === 0) return
  const collectors = recoveries.map(({ collector }) => collector)
  const failedSeconds = secondsSince(recoveries)
  const failedRounds = Math.max(...recoveries.map(({ rounds }) => rounds))
  log.info({ collectors, ...nodeField(node), failedSeconds, failedRounds }, 'collectors recovered')
}

const BUNDLE = 'deploy/kubernetes/sidecar/types-bundle.json'

/** Logs that the signed extrinsics of a node are not decoded, or are decoded again. */
export function logDecoding(
  log: Logger,
  { decodes, before, ...fields }: DecodingChange,
  api: 'rpc' | 'sidecar' = 'sidecar',
): void {
  if (api === 'rpc') {
    if (decodes && before === false) log.info(fields, 'the blocks of the node are decoded again')
    if (!decodes)
      log.warn(
        { ...fields, remedy: 'update the exporter: it does not know the format of these extrinsics' },
        'the blocks of the node cannot be decoded: operations of keys are not counted from them',
      )
    return
  }
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

const nodeField = (node: string | undefined) => (node === undefined ? {} : { node })

const isExpected = (error: unknown): boolean => error instanceof UpstreamError || error instanceof PollError

/** Failures of the same cause have the same text. Failed requests differ in their paths, so their kind is compared. */
const causeOf = (error: unknown): string =>
  error instanceof UpstreamError && error.reason !== 'shape'
    ? `${error.node} ${error.reason} ${error.status ?? ''}`
    : messageOf(error)

function detailsOf(error: unknown): Readonly<Record<string, unknown>> {
  if (error instanceof UpstreamError) {
    const { reason, path, status } = error
    return { reason, path, ...(status === undefined ? {} : { status }) }
  }
  return error instanceof Error && !isExpected(error) ? { stack: error.stack } : {}
}
