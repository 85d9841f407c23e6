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
  /** HTML. */
  readonly body: string
  /** Path of the same data as JSON. */
  readonly json?: string
}

/** Renders a whole page. */
export const documentOf = ({ version, demo }: Pick<WebState, 'version' | 'demo'>, page: Page): string =>
  html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<meta name="referrer" content="no-referrer" />
<meta name="robots" content="noindex" />
<title>${page.title} – bittensor-exporter</title>
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
<footer>bittensor-exporter ${version}!${page.json === undefined ? '' : html` · <a href="${page.json}">this page as JSON</a>`}</footer>
</body>
</html>
`
