import { html } from 'ghtml'
import type { Collectors, Keys, Node } from '../api/schema.ts'
import { duration, strange } from './format.ts'
import { wordsOf } from './keys.ts'

/** A finalized head that is older means a node that stands still, whatever it says of itself. */
export const STALLED_SECONDS = 120

/** What is wrong with a node, in words; empty when nothing is known to be. */
export function faultsOfNode(node: Node, now: number): readonly string[] {
  const age = node.block_timestamp_seconds === null ? 0 : now / 1000 - node.block_timestamp_seconds
  return [
    ...(node.up === false ? ['does not answer'] : []),
    ...(node.up === true && node.peers === null ? ['its health cannot be read'] : []),
    ...(node.syncing === true ? ['is syncing'] : []),
    ...(node.peers === 0 && node.should_have_peers === true ? ['has no peers'] : []),
    ...(age > STALLED_SECONDS ? [`its newest block is ${duration(age)} old`] : []),
  ]
}

/** Everything that is known to be wrong, as items of HTML, the worst first. */
export function allFaults(
  { hotkeys, coldkeys }: Keys,
  nodes: readonly Node[],
  { collectors }: Collectors,
  now: number,
): readonly string[] {
  const judged = (met: boolean | null, words: string) =>
    [...hotkeys, ...coldkeys].flatMap(({ name, expectations }) =>
      expectations
        .filter((each) => each.met === met)
        .map(
          ({ expectation, expected }) =>
            html`!${strange(name)}: <code>${expectation}</code> ${words}, expected is ${wordsOf(expected)}`,
        ),
    )
  const swaps = coldkeys
    .filter((key) => key.swap_scheduled_block !== null || key.swap_announced_block !== null)
    .map(({ name }) => html`!${strange(name)}: a swap of the coldkey is under way`)
  const ofNodes = nodes.flatMap((node) =>
    faultsOfNode(node, now).map((fault) => html`node !${strange(node.name)}: ${fault}`),
  )
  const failing = collectors
    .filter(({ success }) => !success)
    .map(({ collector, node, published }) => {
      const which = node === null ? html`${collector}` : html`${collector} of !${strange(node)}`
      return html`the collector !${which} is failing${published ? '' : ', and nothing of it is published'}`
    })
  return [
    ...judged(false, 'is broken'),
    ...swaps,
    ...ofNodes,
    ...failing,
    ...judged(null, 'cannot be judged'),
  ]
}
