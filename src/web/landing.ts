import type { FastifyInstance } from 'fastify'
import type { CollectorStatus } from '../metrics/status.ts'

/** What the page is made of, taken when it is asked for. */
export interface LandingOptions {
  readonly version: string
  readonly demo: boolean
  readonly nodes: () => readonly string[]
  readonly status: () => readonly CollectorStatus[]
}

/** GET /: a plain page for a person: links, version, and the state of each node and collector. */
export function landingPlugin(app: FastifyInstance, options: LandingOptions, done: () => void): void {
  app.get('/', (_request, reply) => {
    reply.header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'")
    return reply.type('text/html; charset=utf-8').send(page(options, Date.now()))
  })
  done()
}

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; vertical-align: top; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid #8884 }
.bad { color: #c62828; font-weight: 600 } .good { color: #2e7d32 }
@media (prefers-color-scheme: dark) { .bad { color: #ef9a9a } .good { color: #a5d6a7 } }
`

function page({ version, demo, nodes, status }: LandingOptions, now: number): string {
  const collectors = status()
  const ofNode = (node: string | undefined) => collectors.filter((collector) => collector.node === node)
  const sections = [
    section('Chain', ofNode(undefined), now),
    ...nodes().map((node) => section(`Node ${node}`, ofNode(node), now)),
  ]
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>bittensor-exporter</title><style>${STYLE}</style></head>
<body>
<h1>bittensor-exporter</h1>
<p>Version ${escape(version)}${demo ? ' · <strong class="bad">demonstration: all data is invented</strong>' : ''}</p>
<p><a href="/metrics">Metrics</a> · <a href="/-/healthy">Health</a> · <a href="/-/ready">Readiness</a></p>
${sections.join('\n')}
</body>
</html>
`
}

function section(title: string, collectors: readonly CollectorStatus[], now: number): string {
  const rows = collectors.map((status) => row(status, now)).join('')
  const table = `<table><thead><tr><th>Collector</th><th>State</th><th>Last success</th><th>Remarks</th></tr></thead><tbody>${rows}</tbody></table>`
  return `<h2>${escape(title)}</h2>\n${collectors.length === 0 ? '<p>Nothing has been read yet.</p>' : table}`
}

function row(
  { collector, success, lastSuccess, error, warnings, published }: CollectorStatus,
  now: number,
): string {
  const state = success
    ? '<span class="good">ok</span>'
    : `<span class="bad">failing</span>${published ? '' : ', nothing published'}`
  const age = lastSuccess === undefined ? 'never' : `${Math.round((now - lastSuccess) / 1000)} s ago`
  const remarks = [...(error === undefined ? [] : [error]), ...warnings].map(escape).join('<br>')
  return `<tr><td>${escape(collector)}</td><td>${state}</td><td>${age}</td><td>${remarks}</td></tr>`
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Text between tags and in quoted attributes. */
const escape = (text: string): string => text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '')
