import { html } from 'ghtml'
import type { WebState } from '../web-state.ts'
import { duration } from '../problems/words.ts'

/** A collector by name, and the node for the state of a node. */
interface Source {
  readonly name: string
  readonly node?: string
}

/** The state with the last values of every collector, also of those whose samples expired. The page shows them as old. */
export const withLastKnown = (state: WebState): WebState => ({ ...state, latest: state.lastKnown })

/**
 * Marks a part of the page as old if it shows values of collectors whose samples expired. Names the collectors and the age of the oldest.
 * Collectors that were never read have no values that could be old.
 */
export function marked(
  { status }: Pick<WebState, 'status'>,
  now: number,
  sources: readonly Source[],
): { readonly className: string; readonly note: string } {
  const old = status.filter(
    ({ collector, node, published, lastSuccess }) =>
      !published &&
      lastSuccess !== undefined &&
      sources.some((source) => source.name === collector && source.node === node),
  )
  if (old.length === 0) return { className: '', note: '' }
  const oldest = Math.min(...old.map(({ lastSuccess }) => lastSuccess ?? now))
  const names = Array.from(new Set(old.map(({ collector }) => collector)))
  return {
    className: ' stale',
    note: html`<p class="old">Last known values, ${duration((now - oldest) / 1000)} old: ${names.join(', ')}</p>`,
  }
}
