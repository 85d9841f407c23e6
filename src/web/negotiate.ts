import Negotiator from 'negotiator'

const OPENMETRICS = 'application/openmetrics-text'

/** OpenMetrics for who asks for it by name and does not like plain text better; everybody else reads plain text. */
export function acceptsOpenMetrics(accept: string | undefined): boolean {
  if (accept === undefined) return false
  const byPreference = new Negotiator({ headers: { accept } }).mediaTypes()
  return byPreference.find((type) => type === OPENMETRICS || type === 'text/plain') === OPENMETRICS
}

/** RFC 9110: who does not ask gets identity. */
export function acceptsGzip(acceptEncoding: string | undefined): boolean {
  if (acceptEncoding === undefined) return false
  return (
    new Negotiator({ headers: { 'accept-encoding': acceptEncoding } }).encoding(['gzip', 'identity']) ===
    'gzip'
  )
}
