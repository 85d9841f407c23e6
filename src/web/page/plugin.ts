import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { html } from 'ghtml'
import { deregistration } from '../../collectors/deregistration.ts'
import { neurons } from '../../collectors/neurons.ts'
import { subnets as subnetsCollector } from '../../collectors/subnets.ts'
import { marked, withLastKnown } from './staleness.ts'
import { collectorsNow } from '../api/collectors.ts'
import { keysNow } from '../api/keys.ts'
import { neuronsNow } from '../api/neurons.ts'
import { nodesNow } from '../api/nodes.ts'
import { netuidOf, neuronQueryOf } from '../api/parameters.ts'
import type { Status } from '../api/schema.ts'
import { statusNow } from '../api/status.ts'
import { subnetNow, subnetsNow } from '../api/subnets.ts'
import type { WebState } from '../web-state.ts'
import type { RenderCache } from '../render-cache.ts'
import { RequestError, valuesOf, wholeNumber } from '../request-parameters.ts'
import { collectorsSection } from './collectors.ts'
import { duration } from '../problems/words.ts'
import { problemsNow } from '../problems/problems.ts'
import { integer, strange } from './format.ts'
import { keysSection } from './keys.ts'
import { documentOf, type Page } from './layout.ts'
import { leaderboardBody, leaderboardPath, leaderboardTitle } from './leaderboard.ts'
import { nodesSection } from './nodes.ts'
import { CONTENT_SECURITY_POLICY } from './style.ts'
import { subnetChips, subnetsWithRoom, subnetTable } from './subnets.ts'
import { problemsSection } from './problems.ts'

export interface PageOptions {
  /** Called for each request. */
  readonly state: () => WebState
  readonly rendered: RenderCache
}

/** How long a rendered page is used: it shows ages in seconds. */
const MAX_AGE_MS = 1000

/** Default interval at which the browser loads a page again. */
const REFRESH_SECONDS = 60

/** The query parameter of all pages. Pages refresh without scripts, by the header that browsers know as `Refresh`. */
const REFRESH_PARAMETER = {
  refresh: {
    ...wholeNumber(0, 3600),
    description: 'Seconds until the page is loaded again; 0 for never.',
    fallback: REFRESH_SECONDS,
  },
} as const

const FAVICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="3" fill="#0550ae"/><path d="M3 4h10v2H9v7H7V6H3z" fill="#fff"/></svg>\n`

/** GET /, /subnets and /subnets/:netuid: the API's responses as HTML pages, without scripts or external resources. */
export function pagePlugin(app: FastifyInstance, { state, rendered }: PageOptions, done: () => void): void {
  const withHeaders = (reply: FastifyReply, refresh: number): FastifyReply => {
    if (refresh > 0) reply.header('refresh', refresh)
    else reply.removeHeader('refresh')
    return reply
      .header('content-security-policy', CONTENT_SECURITY_POLICY)
      .header('cache-control', 'no-store')
      .type('text/html; charset=utf-8')
  }
  const documentNow = ({ url }: FastifyRequest, page: Page, refresh: number): string =>
    documentOf(state(), page, { at: Date.now(), refresh, path: url })
  const send = (
    request: FastifyRequest,
    reply: FastifyReply,
    refresh: number,
    page: (current: WebState) => Page,
  ) => {
    const { revision } = state()
    return rendered.send(request, withHeaders(reply, refresh), { revision, maxAgeMs: MAX_AGE_MS }, () =>
      documentNow(request, page(state()), refresh),
    )
  }

  app.get('/', (request, reply) => {
    const { refresh } = valuesOf(REFRESH_PARAMETER, request.query)
    return send(request, reply, refresh, (current) => overview(current, Date.now()))
  })
  app.get('/subnets', (request, reply) => {
    const { refresh } = valuesOf(REFRESH_PARAMETER, request.query)
    return send(request, reply, refresh, (current) => {
      const table = subnetTable(subnetsNow(withLastKnown(current)))
      return { title: 'Subnets', body: marking(current, [subnetsCollector], table), json: '/api/v1/subnets' }
    })
  })
  app.get('/subnets/:netuid', (request, reply) => {
    const { refresh: wanted, ...others } = (request.query ?? {}) as Readonly<Record<string, unknown>>
    const { refresh } = valuesOf(REFRESH_PARAMETER, wanted === undefined ? {} : { refresh: wanted })
    const netuid = netuidOf(request.params)
    const query = neuronQueryOf(others)
    return send(request, reply, refresh, (current) => leaderboard(current, netuid, query))
  })
  app.get('/subnets/', (_request, reply) => reply.redirect('/subnets', 308))
  app.get('/subnets/:netuid/', ({ params }, reply) => reply.redirect(`/subnets/${netuidOf(params)}`, 308))
  app.get('/favicon.svg', (_request, reply) =>
    reply.header('cache-control', 'max-age=86400').type('image/svg+xml').send(FAVICON),
  )
  app.setErrorHandler((error, request, reply) => {
    // The server's error handler handles everything else.
    if (!(error instanceof RequestError)) throw error
    // Fresh data may be there soon.
    const refresh = error.status === 503 ? REFRESH_SECONDS : 0
    return withHeaders(reply, refresh)
      .code(error.status)
      .send(documentNow(request, errorPage(error), refresh))
  })
  done()
}

/** A part of a page, marked as old if a collector that it shows expired. */
function marking(state: WebState, sources: Parameters<typeof marked>[2], body: string): string {
  const { className, note } = marked(state, Date.now(), sources)
  return className === '' ? body : html`<div class="${className.trim()}">!${note}!${body}</div>`
}

function overview(state: WebState, now: number): Page {
  const kept = withLastKnown(state)
  const nodes = nodesNow(kept)
  const keys = keysNow(kept)
  const subnets = subnetsNow(kept)
  const collectors = collectorsNow(state)
  const problems = problemsNow(state, now)
  const body = [
    chainLine(statusNow(kept), now),
    problemsSection(problems, now),
    nodesSection(nodes.nodes, problems.problems, state, now),
    keysSection(keys, subnetsWithRoom(subnets), state, now),
    subnetChips(subnets),
    collectorsSection(collectors, now),
  ].join('\n')
  const critical = problems.problems.filter(({ severity }) => severity === 'critical').length
  const tab = critical === 0 ? 'bittensor-exporter' : `${critical} critical – bittensor-exporter`
  return { title: 'bittensor-exporter', tab, body, json: '/api/v1/status' }
}

/** The block of the data, its age and its source. */
function chainLine({ block, block_timestamp_seconds: made, source }: Status, now: number): string {
  if (block === null) return html`<p>The chain has not been read yet.</p>`
  const age = made === null ? '' : `, ${duration(Math.max(0, now / 1000 - made))} old`
  return html`<p>Chain state at block !${integer(block.height)}${age}, read from !${strange(source)}.</p>`
}

function leaderboard(state: WebState, netuid: number, query: ReturnType<typeof neuronQueryOf>): Page {
  const kept = withLastKnown(state)
  const answer = neuronsNow(kept, netuid, query)
  const board = { answer, query, subnet: subnetNow(kept, netuid) }
  const json = leaderboardPath(netuid, query).replace(/^\/subnets\/\d+/, `/api/v1$&/neurons`)
  return {
    title: leaderboardTitle(board),
    body: marking(state, [neurons, subnetsCollector, deregistration], leaderboardBody(board)),
    json,
  }
}

const errorPage = ({ title, message, issues }: RequestError): Page => ({
  title,
  body: html`<p>${message}</p>
<ul>
!${issues.map(({ parameter, detail }) => html`<li><code>${parameter}</code>: <bdi>${detail}</bdi></li>`)}
</ul>
<p><a href="/">Back to the overview</a></p>`,
})
