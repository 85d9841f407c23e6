/** An error response of Sidecar. Status and message are those of a running Sidecar 18.0.0. */
export class ErrorResponse extends Error {
  override readonly name = 'ErrorResponse'
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** Sidecar's error body. The stack trace is shortened. */
export const errorBody = ({ status, message }: ErrorResponse): string =>
  JSON.stringify({
    code: status,
    message,
    stack: `Error: ${message}\n    at simulated Sidecar`,
    level: 'error',
  })

/** The response of Express to an unknown route. */
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
