import type { FastifyInstance, FastifyReply } from 'fastify'
import { html } from 'ghtml'
import { collectorsNow } from '../api/collectors.ts'
import { keysNow } from '../api/keys.ts'
import { neuronsKnown } from '../api/neurons.ts'
import { nodesNow } from '../api/nodes.ts'
import { netuidOf, neuronQueryOf } from '../api/parameters.ts'
import type { Status } from '../api/schema.ts'
import { statusNow } from '../api/status.ts'
import { subnetNow, subnetsNow } from '../api/subnets.ts'
import type { Known } from '../known.ts'
import { RequestFault, valuesOf } from '../request.ts'
import { collectorsSection } from './collectors.ts'
import { duration, integer, strange } from './format.ts'
import { keysSection } from './keys.ts'
import { documentOf, type Page } from './layout.ts'
import { leaderboardBody, leaderboardPath, leaderboardTitle } from './leaderboard.ts'
import { nodesSection } from './nodes.ts'
import { CONTENT_SECURITY_POLICY } from './style.ts'
import { subnetChips, subnetTable } from './subnets.ts'
import { allFaults } from './wrong.ts'

export interface PageOptions {
  /** What is known when it is asked for. */
  readonly known: () => Known
}

/** GET /, /subnets and /subnets/:netuid: pages for people, from what the API says. No scripts, nothing from elsewhere. */
export function pagePlugin(app: FastifyInstance, { known }: PageOptions, done: () => void): void {
  const send = (reply: FastifyReply, status: number, page: Page) =>
    reply
      .code(status)
      .header('content-security-policy', CONTENT_SECURITY_POLICY)
      .header('cache-control', 'no-store')
      .type('text/html; charset=utf-8')
      .send(documentOf(known(), page))

  app.get('/', ({ query }, reply) => {
    valuesOf({}, query)
    return send(reply, 200, overview(known(), Date.now()))
  })
  app.get('/subnets', ({ query }, reply) => {
    valuesOf({}, query)
    const body = subnetTable(subnetsNow(known()))
    return send(reply, 200, { title: 'Subnets', body, json: '/api/v1/subnets' })
  })
  app.get('/subnets/:netuid', ({ params, query }, reply) =>
    send(reply, 200, leaderboard(known(), netuidOf(params), neuronQueryOf(query))),
  )
  app.setErrorHandler((error, _request, reply) => {
    // What is no fault of the request is for the handler of the whole server.
    if (!(error instanceof RequestFault)) throw error
    return send(reply, error.status, faultPage(error))
  })
  done()
}

function overview(known: Known, now: number): Page {
  const nodes = nodesNow(known)
  const keys = keysNow(known)
  const collectors = collectorsNow(known)
  const faults = allFaults(keys, nodes.nodes, collectors, now)
  const wrong =
    faults.length > 0
      ? html`<section class="wrong" aria-labelledby="wrong">
<h2 id="wrong">What is wrong</h2>
<ul>
!${faults.map((fault) => html`<li>!${fault}</li>`)}
</ul>
</section>`
      : known.latest.newest() === undefined
        ? html`<p>The chain has not been read yet.</p>`
        : html`<p class="good">Nothing is known to be wrong.</p>`
  const body = [
    chainLine(statusNow(known), now),
    wrong,
    nodesSection(nodes.nodes, now),
    keysSection(keys),
    subnetChips(subnetsNow(known)),
    collectorsSection(collectors, now),
  ].join('\n')
  return { title: 'bittensor-exporter', body, json: '/api/v1/status' }
}

/** Which block all of this is of. */
function chainLine({ block, block_timestamp_seconds: made, source }: Status, now: number): string {
  if (block === null) return ''
  const age = made === null ? '' : `, ${duration(now / 1000 - made)} old`
  return html`<p>The chain at block !${integer(block.height)}${age}, read through !${strange(source)}.</p>`
}

function leaderboard(known: Known, netuid: number, query: ReturnType<typeof neuronQueryOf>): Page {
  const answer = neuronsKnown(known, netuid, query)
  const board = { answer, query, subnet: subnetNow(known, netuid) }
  const json = leaderboardPath(netuid, query).replace(/^\/subnets\/\d+/, `/api/v1$&/neurons`)
  return { title: leaderboardTitle(board), body: leaderboardBody(board), json }
}

const faultPage = ({ title, message, faults }: RequestFault): Page => ({
  title,
  body: html`<p>${message}</p>
<ul>
!${faults.map(({ parameter, detail }) => html`<li><code>${parameter}</code>: <bdi>${detail}</bdi></li>`)}
</ul>
<p><a href="/">To the overview</a></p>`,
})
