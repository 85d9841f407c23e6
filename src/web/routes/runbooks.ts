import { readdir, readFile } from 'node:fs/promises'
import type { FastifyInstance } from 'fastify'
import { html } from 'ghtml'
import { Marked } from 'marked'
import { documentOf } from '../page/layout.ts'
import { CONTENT_SECURITY_POLICY } from '../page/style.ts'
import type { WebState } from '../web-state.ts'

/** The Markdown of each runbook, by the name of its alert. */
export type Runbooks = ReadonlyMap<string, string>

export interface RunbookOptions {
  readonly runbooks: Runbooks
  /** Called for each request. */
  readonly state: () => WebState
}

/** Reads docs/runbooks of the installation. Empty if the folder does not exist. */
export async function readRunbooks(folder: URL): Promise<Runbooks> {
  const files = await readdir(folder).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  })
  const names = files.filter((file) => file.endsWith('.md')).toSorted()
  return new Map(
    await Promise.all(
      names.map(
        async (file) =>
          [file.slice(0, -'.md'.length), await readFile(new URL(file, folder), 'utf8')] as const,
      ),
    ),
  )
}

/** GET /runbooks: the list. GET /runbooks/NAME: what to do on the alert of this name, as HTML without scripts. */
export function runbooksPlugin(
  app: FastifyInstance,
  { runbooks, state }: RunbookOptions,
  done: () => void,
): void {
  const document = (title: string, body: string) => documentOf(state(), { title, body })
  const markdown = markdownRenderer()
  // The page has the title already.
  const bodyOf = (text: string): string => markdown.parse(text.replace(/^# .*\n/, '')) as string
  app.addHook('onRequest', (_request, reply, next) => {
    reply.header('content-security-policy', CONTENT_SECURITY_POLICY)
    next()
  })
  app.get('/runbooks', (_request, reply) =>
    reply.type('text/html; charset=utf-8').send(
      document(
        'Runbooks',
        html`<ul>
          !${Array.from(runbooks.keys(), (name) => html`<li><a href="/runbooks/${name}">${name}</a></li>`)}
        </ul>`,
      ),
    ),
  )
  app.get<{ Params: { name: string } }>('/runbooks/:name', ({ params: { name } }, reply) => {
    const text = runbooks.get(name)
    if (text === undefined)
      return reply.code(404).type('text/plain').send('There is no runbook of this name. Try /runbooks.\n')
    return reply.type('text/html; charset=utf-8').send(document(name, bodyOf(text)))
  })
  done()
}

const DOCUMENTATION = 'https://github.com/bittensor-exporter/bittensor-exporter/blob/main/docs/'

/** Converts Markdown to HTML. */
const markdownRenderer = (): Marked =>
  new Marked({
    renderer: {
      // HTML in a runbook, such as a placeholder in angle brackets, is text.
      html: ({ text }) => html`${text}`,
      link({ href, tokens }) {
        return html`<a href="${servedAt(href)}">!${this.parser.parseInline(tokens)}</a>`
      },
      code: ({ text }) =>
        html`<div class="scroll" tabindex="0">
          <pre><code>${text}</code></pre>
        </div>`,
    },
  })

/** Links between runbooks lead to the served ones, those to other documents to the repository. */
function servedAt(href: string): string {
  const [, name] = /^(\w+)\.md$/.exec(href) ?? []
  if (name !== undefined) return `/runbooks/${name}`
  return href.startsWith('../') ? DOCUMENTATION + href.slice('../'.length) : href
}
