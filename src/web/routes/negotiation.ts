import Negotiator from 'negotiator'

const OPENMETRICS = 'application/openmetrics-text'

/** Whether the client names OpenMetrics in `Accept` and does not prefer plain text. */
export function acceptsOpenMetrics(accept: string | undefined): boolean {
  if (accept === undefined) return false
  const byPreference = new Negotiator({ headers: { accept } }).mediaTypes()
  return byPreference.find((type) => type === OPENMETRICS || type === 'text/plain') === OPENMETRICS
}

/** Whether the client prefers gzip. Without `Accept-Encoding` it gets identity (RFC 9110). */
export function acceptsGzip(acceptEncoding: string | undefined): boolean {
  if (acceptEncoding === undefined) return false
  return (
    new Negotiator({ headers: { 'accept-encoding': acceptEncoding } }).encoding(['gzip', 'identity']) ===
    'gzip'
  )
}
