/** A request that Sidecar refuses; status and message as Sidecar 18.0.0 gives them (read off a running one). */
export class ErrorResponse extends Error {
  override readonly name = 'Refusal'
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** Sidecar's error body; its stack traces name Sidecar's files, this one only its kind. */
export const errorBody = ({ status, message }: ErrorResponse): string =>
  JSON.stringify({
    code: status,
    message,
    stack: `Error: ${message}\n    at simulated Sidecar`,
    level: 'error',
  })

/** Express's answer to a route it does not have. */
export const unknownRouteBody = (method: string, path: string): string =>
  `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Error</title>
</head>
<body>
<pre>Cannot ${method} ${path.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)}</pre>
</body>
</html>
`
