import { createHash } from 'node:crypto'

/** The only style sheet. It is embedded in every page, so a page loads no other resources. */
export const STYLE = `
:root {
  color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif;
  --text: #1b1f24; --quiet: #57606a; --back: #fff; --panel: #f6f8fa; --line: #d0d7de; --link: #0550ae;
  --bad: #b3261e; --bad-back: #fdecea; --good: #1a6b2f; --mark: #fff4ce;
}
@media (prefers-color-scheme: dark) {
  :root {
    --text: #e6edf3; --quiet: #9aa5b1; --back: #0d1117; --panel: #161b22; --line: #30363d; --link: #79b8ff;
    --bad: #ff9b93; --bad-back: #3b1513; --good: #7ee08f; --mark: #3a3010;
  }
}
* { box-sizing: border-box }
body { margin: 0; color: var(--text); background: var(--back); overflow-wrap: anywhere }
header, main, footer { max-width: 90rem; margin: 0 auto; padding: 0 1rem }
header { padding-top: 1rem }
h1 { font-size: 1.5rem; margin: .5rem 0 } h2 { font-size: 1.2rem; margin: 2rem 0 .5rem } h3 { font-size: 1rem; margin: 0 0 .5rem }
a { color: var(--link); text-underline-offset: .15em }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px }
.skip { position: absolute; left: -100rem } .skip:focus { left: 1rem; background: var(--back) }
nav ul, .chips { list-style: none; display: flex; flex-wrap: wrap; gap: .25rem 1rem; margin: .5rem 0; padding: 0 }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap }
.demo, .wrong { background: var(--bad-back); border-left: .3rem solid var(--bad); padding: .5rem 1rem; margin: 1rem 0 }
.demo { background: var(--mark); border-color: var(--quiet) } .wrong h2 { margin-top: 0 }
.problems > li { margin-bottom: .5rem } .problems ul { margin: .2rem 0; padding-left: 1.2rem }
.badge { display: inline-block; border: 1px solid; border-radius: .3rem; padding: 0 .4rem; font-size: .8rem; font-weight: 600 }
.badge.critical { color: var(--back); background: var(--bad); border-color: var(--bad) } .badge.warning { color: var(--bad) } .badge.info { color: var(--quiet) }
.cards { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)) }
.card { background: var(--panel); border: 1px solid var(--line); border-radius: .4rem; padding: 1rem; min-width: 0; margin-bottom: 1rem }
.cards .card { margin: 0 }
dl { display: grid; grid-template-columns: minmax(6rem, max-content) minmax(0, 1fr); gap: .1rem 1rem; margin: 0 }
dt, .quiet, .unknown { color: var(--quiet) } dd { margin: 0 }
.bad { color: var(--bad); font-weight: 600 } .good { color: var(--good) }
.stale dd, .stale td, .stale th[scope=row] { color: var(--quiet); font-style: italic } .old { color: var(--bad); margin: 0 0 .5rem }
.scroll { overflow-x: auto; position: relative }
table { font-size: .875rem; border-collapse: collapse; width: 100%; overflow-wrap: normal }
caption { text-align: left; color: var(--quiet); padding-bottom: .3rem }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid var(--line) }
tbody th { white-space: nowrap } .hint { display: none }
@media (max-width: 60rem) { .hint { display: inline } } .number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
td.message { overflow-wrap: anywhere; min-width: 12rem }
tr.watched > * { background: var(--mark) }
code { font-size: .9em; user-select: all }
.short { display: inline-block; max-width: 11ch; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; vertical-align: bottom } ul.plain { list-style: none; margin: .5rem 0; padding: 0 }
footer { color: var(--quiet); padding-bottom: 2rem; margin-top: 2rem }
`

/** Allows only the style sheet, and no embedding in frames. Pages have no scripts, forms or fonts, and no image but their icon. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "img-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')
