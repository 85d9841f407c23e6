import { html } from 'ghtml'
import type { WebState } from '../web-state.ts'
import { STYLE } from './style.ts'

const DOCUMENTATION = 'https://github.com/bittensor-exporter/bittensor-exporter/tree/main/docs'

/** Navigation links of every page. */
const LINKS: readonly (readonly [href: string, text: string])[] = [
  ['/', 'Overview'],
  ['/subnets', 'Subnets'],
  ['/metrics', 'Metrics'],
  ['/api/v1/openapi.json', 'API'],
  ['/-/healthy', 'Health'],
  ['/-/ready', 'Readiness'],
  [DOCUMENTATION, 'Documentation'],
]

export interface Page {
  readonly title: string
  /** Title of the browser's tab; by default the title with the name of the program. */
  readonly tab?: string
  /** HTML. */
  readonly body: string
  /** Path of the same data as JSON. */
  readonly json?: string
}

/** When a page was rendered, and how it refreshes. */
export interface Rendering {
  /** Milliseconds since the epoch. */
  readonly at: number
  /** Seconds until the browser loads the page again; 0 for never. */
  readonly refresh: number
  /** The path of the page with its query, without the parameter `refresh`. */
  readonly path: string
}

/** Choices of the footer, in seconds. */
const REFRESH_CHOICES: readonly (readonly [seconds: number, text: string])[] = [
  [0, 'off'],
  [15, '15 s'],
  [60, '1 min'],
  [300, '5 min'],
]

/** The path of a page that refreshes at another interval. */
function refreshPath(path: string, seconds: number): string {
  const [pathname = '', query = ''] = path.split('?')
  const parameters = new URLSearchParams(query)
  parameters.set('refresh', String(seconds))
  return `${pathname}?${parameters.toString()}`
}

const refreshLinks = ({ refresh, path }: Rendering): string =>
  html`refreshes ${refresh === 0 ? 'never' : `every ${refresh} s`}:
!${REFRESH_CHOICES.map(([seconds, text]) => html`<a href="${refreshPath(path, seconds)}">${text}</a>`).join(' ')}`

function renderedAt(rendering: Rendering): string {
  const at = new Date(rendering.at).toISOString()
  return html`<p>
    Rendered at <time datetime="${at}">${at.slice(0, 19).replace('T', ' ')} UTC</time>; !${refreshLinks(rendering)}
  </p>`
}

/** Renders a whole page. Without `rendering`, it shows nothing of the state, and does not say when it was rendered. */
export const documentOf = (
  { version, demo }: Pick<WebState, 'version' | 'demo'>,
  page: Page,
  rendering?: Rendering,
): string =>
  html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<meta name="referrer" content="no-referrer" />
<meta name="robots" content="noindex" />
<title>${page.tab ?? `${page.title} – bittensor-exporter`}</title>
<link rel="icon" href="/favicon.svg" type="image/svg+xml" />
<style>!${STYLE}</style>
</head>
<body>
<header>
<a class="skip" href="#content">Skip to content</a>
<nav aria-label="Main"><ul>!${LINKS.map(([href, text]) => html`<li><a href="${href}">${text}</a></li>`)}</ul></nav>
!${demo ? html`<p class="demo"><strong>Demo: all data is simulated.</strong></p>` : ''}
</header>
<main id="content">
<h1>${page.title}</h1>
!${page.body}
</main>
<footer>
!${rendering === undefined ? '' : renderedAt(rendering)}
<p>bittensor-exporter ${version}!${page.json === undefined ? '' : html` · <a href="${page.json}">this page as JSON</a>`}</p>
</footer>
</body>
</html>
`
