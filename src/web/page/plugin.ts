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
import { RequestError, valuesOf } from '../request-parameters.ts'
import { collectorsSection } from './collectors.ts'
import { duration } from '../problems/words.ts'
import { problemsNow } from '../problems/problems.ts'
import { integer, strange } from './format.ts'
import { keysSection } from './keys.ts'
import { documentOf, type Page } from './layout.ts'
import { leaderboardBody, leaderboardPath, leaderboardTitle } from './leaderboard.ts'
import { nodesSection } from './nodes.ts'
import { CONTENT_SECURITY_POLICY } from './style.ts'
import { subnetChips, subnetTable } from './subnets.ts'
import { problemsSection } from './problems.ts'

export interface PageOptions {
  /** Called for each request. */
  readonly state: () => WebState
  readonly rendered: RenderCache
}

/** How long a rendered page is used: it shows ages in seconds. */
const MAX_AGE_MS = 1000

/** GET /, /subnets and /subnets/:netuid: the API's responses as HTML pages, without scripts or external resources. */
export function pagePlugin(app: FastifyInstance, { state, rendered }: PageOptions, done: () => void): void {
  const withHeaders = (reply: FastifyReply): FastifyReply =>
    reply
      .header('content-security-policy', CONTENT_SECURITY_POLICY)
      .header('cache-control', 'no-store')
      .type('text/html; charset=utf-8')
  const send = (request: FastifyRequest, reply: FastifyReply, page: (current: WebState) => Page) => {
    const { revision } = state()
    return rendered.send(request, withHeaders(reply), { revision, maxAgeMs: MAX_AGE_MS }, () =>
      documentOf(state(), page(state())),
    )
  }

  app.get('/', (request, reply) => {
    valuesOf({}, request.query)
    return send(request, reply, (current) => overview(current, Date.now()))
  })
  app.get('/subnets', (request, reply) => {
    valuesOf({}, request.query)
    return send(request, reply, (current) => {
      const table = subnetTable(subnetsNow(withLastKnown(current)))
      return { title: 'Subnets', body: marking(current, [subnetsCollector], table), json: '/api/v1/subnets' }
    })
  })
  app.get('/subnets/:netuid', (request, reply) => {
    const netuid = netuidOf(request.params)
    const query = neuronQueryOf(request.query)
    return send(request, reply, (current) => leaderboard(current, netuid, query))
  })
  app.setErrorHandler((error, _request, reply) => {
    // The server's error handler handles everything else.
    if (!(error instanceof RequestError)) throw error
    return withHeaders(reply)
      .code(error.status)
      .send(documentOf(state(), errorPage(error)))
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
  const collectors = collectorsNow(state)
  const problems = problemsNow(state, now)
  const body = [
    chainLine(statusNow(kept), now),
    problemsSection(problems, now),
    nodesSection(nodes.nodes, problems.problems, state, now),
    keysSection(keys, state, now),
    subnetChips(subnetsNow(kept)),
    collectorsSection(collectors, now),
  ].join('\n')
  return { title: 'bittensor-exporter', body, json: '/api/v1/status' }
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
