import type { RequestListener } from 'node:http'
import { createServer } from 'node:net'
import { onTestFinished } from 'vitest'
import { close, httpServer, listen, type AtEnd } from '../support/servers.ts'

export interface Told {
  readonly path: string
  readonly body: string
}

/** Takes what is posted to it, until the end, and answers as Telegram would, which is good for the others too. */
export async function sink(
  atEnd: AtEnd = onTestFinished,
): Promise<{ readonly url: string; readonly told: readonly Told[] }> {
  const told: Told[] = []
  const listener: RequestListener = (request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      told.push({ path: request.url ?? '', body })
      response
        .setHeader('content-type', 'application/json')
        .end('{"ok":true,"result":{"message_id":1,"chat":{"id":1}}}')
    })
  }
  const { url } = await httpServer(listener, { atEnd })
  return { url, told }
}

/** A mail server that takes one message after another. */
export async function mailSink(): Promise<{ readonly address: string; readonly mails: readonly string[] }> {
  const mails: string[] = []
  const server = createServer((socket) => {
    let text = ''
    let inData = false
    socket.on('error', () => socket.destroy())
    socket.write('220 localhost\r\n')
    socket.on('data', (chunk) => {
      text += chunk.toString()
      for (;;) {
        const end = inData ? text.indexOf('\r\n.\r\n') : text.indexOf('\r\n')
        if (end === -1) return
        const said = text.slice(0, end)
        text = text.slice(end + (inData ? 5 : 2))
        if (inData) mails.push(said)
        inData = !inData && said === 'DATA'
        socket.write(inData ? '354 go on\r\n' : said === 'QUIT' ? '221 bye\r\n' : '250 ok\r\n')
      }
    })
  })
  const port = await listen(server)
  onTestFinished(() => close(server))
  return { address: `127.0.0.1:${port}`, mails }
}
