import { html } from 'ghtml'
import { node as nodeCollector } from '../../collectors/node.ts'
import { isBreached, THRESHOLDS } from '../../thresholds.ts'
import type { Collectors, Keys, Node } from '../api/schema.ts'
import { duration, strange } from './format.ts'
import { wantedOf, whereOf } from './keys.ts'

/**
 * Known problems of a node at `now` (milliseconds), as text. Peers and block age are compared with the thresholds of
 * BittensorNodeIsolated and BittensorNodeStalled. A block counts as old if it was old when the node was last read, because with
 * a long poll interval the newest block of a healthy node becomes old before the next poll.
 */
export function faultsOfNode(node: Node, { collectors }: Collectors, now: number): readonly string[] {
  const made = node.block_timestamp_seconds
  const read = collectors.find((each) => each.collector === nodeCollector.name && each.node === node.name)
  const readAt = read?.last_success_timestamp_seconds ?? now / 1000
  const isOld = made !== null && isBreached(THRESHOLDS.node.blockAge, readAt - made)
  return [
    ...(node.up === false ? ['does not answer'] : []),
    ...(node.up === true && node.peers === null ? ['its health cannot be read'] : []),
    ...(node.syncing === true ? ['is syncing'] : []),
    ...(isIsolated(node) ? [`has ${peersOf(node.peers)}`] : []),
    ...(isOld ? [`its newest block is ${duration(now / 1000 - made)} old`] : []),
  ]
}

/** Whether a node that should have peers has too few. */
const isIsolated = (node: Node): node is Node & { readonly peers: number } =>
  node.peers !== null &&
  node.should_have_peers === true &&
  isBreached(THRESHOLDS.node.peersIsolated, node.peers)

const peersOf = (peers: number): string =>
  peers === 0 ? 'no peers' : `only ${peers} ${peers === 1 ? 'peer' : 'peers'}`

/** All known problems as HTML, the worst first. */
export function allFaults(
  { hotkeys, coldkeys }: Keys,
  nodes: readonly Node[],
  collectors: Collectors,
  now: number,
): readonly string[] {
  const judged = (met: boolean | null, words: string) =>
    [...hotkeys, ...coldkeys].flatMap(({ name, expectations }) =>
      expectations
        .filter((each) => each.met === met)
        .map(
          (each) =>
            html`!${strange(name)}: <code>${each.expectation}</code>${whereOf(each)} ${words}, !${wantedOf(each)}`,
        ),
    )
  const swaps = coldkeys
    .filter((key) => key.swap_scheduled_block !== null || key.swap_announced_block !== null)
    .map(({ name }) => html`!${strange(name)}: a coldkey swap is pending`)
  const ofNodes = nodes.flatMap((node) =>
    faultsOfNode(node, collectors, now).map((fault) => html`node !${strange(node.name)}: ${fault}`),
  )
  const failing = collectors.collectors
    .filter(({ success }) => !success)
    .map(({ collector, node, published }) => {
      const which = node === null ? html`${collector}` : html`${collector} of !${strange(node)}`
      return html`the collector !${which} is failing${published ? '' : ', and its data has expired'}`
    })
  return [
    ...judged(false, 'is broken'),
    ...swaps,
    ...ofNodes,
    ...failing,
    ...judged(null, 'cannot be checked'),
  ]
}
