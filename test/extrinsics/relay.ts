import { createServer, type Server } from 'node:http'
import { close, listen } from '../support/servers.ts'

interface Told {
  readonly method: { readonly pallet: string; readonly method: string }
  readonly data: readonly unknown[]
}

/** A Sidecar that can be shut and opened again at its address, and that can hide events. */
export interface Relay {
  readonly url: string
  hidden: (event: Told) => boolean
  open(): Promise<void>
  close(): Promise<void>
}

/** Passes requests on to another server. */
export async function startRelay(target: string): Promise<Relay> {
  let server: Server | undefined
  let port = 0
  const relay: Relay = {
    get url() {
      return `http://127.0.0.1:${port}`
    },
    hidden: () => false,
    async open() {
      server = createServer((request, response) => {
        const path = request.url ?? ''
        fetch(`${target}${path}`)
          .then(async (answer) => {
            const text = await answer.text()
            response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' })
            response.end(/^\/blocks\/\d+\?/.test(path) ? withoutHidden(text, relay.hidden) : text)
          })
          // The simulation behind it is closed before the exporter is, at the end of a test.
          .catch(() => request.socket.destroy())
      })
      port = await listen(server, port)
    },
    async close() {
      const closing = server
      server = undefined
      if (closing !== undefined) await close(closing)
    },
  }
  await relay.open()
  return relay
}

const withoutHidden = (text: string, hidden: Relay['hidden']): string =>
  JSON.stringify(JSON.parse(text), (key, value: unknown) =>
    key === 'events' && Array.isArray(value) ? value.filter((event) => !hidden(event as Told)) : value,
  )
