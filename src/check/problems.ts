import { NEWEST_KNOWN_SPEC } from '../chain/runtime.ts'
import { isBreached, THRESHOLDS } from '../thresholds.ts'
import { wrongServer, type NodeApi } from './identify.ts'
import type { NodeReport } from './inspect-node.ts'

/** Something to correct. An error makes `check` exit with 1. */
export interface Problem {
  readonly level: 'error' | 'warning'
  /** The node, key, option or collector. */
  readonly subject: string
  readonly message: string
  readonly remedy: string
}

/** Problems of one node by itself. Heads and peers are judged by the thresholds of the alerts. */
export function problemsOfNode(node: NodeReport, api: NodeApi): readonly Problem[] {
  const problems: Problem[] = []
  const add = (level: Problem['level'], message: string, remedy: string) =>
    problems.push({ level, subject: node.name, message, remedy })
  const wrong = wrongServer(node.server, api, node.status)
  if (wrong !== undefined) add('error', wrong.message, wrong.remedy)
  else if (node.facts === null) add('error', node.error ?? 'does not answer', remedyOf(node.error ?? ''))
  const seconds = Math.round(node.rate_limit_wait_seconds)
  if (seconds > 0)
    add(
      'warning',
      `the rate limit delayed requests by ${seconds} s in all; a poll needs ${node.requests} requests at first`,
      'watch fewer subnets, raise poll.interval, or use a node of your own; with a limit of the node, set rate_limit to it',
    )
  if (node.rate_limited > 0)
    add(
      'warning',
      `rejected ${node.rate_limited} of ${node.requests} requests because of its rate limit`,
      'raise poll.interval, lower poll.concurrency, watch fewer subnets, or use a node of your own',
    )
  if (node.facts === null) return problems
  const { facts } = node
  if (facts.syncing === true)
    add('warning', 'is syncing', 'wait until it has caught up; other nodes are read until then')
  const { blockAge, peersIsolated } = THRESHOLDS.node
  if (facts.syncing !== true && facts.head_age_seconds !== null) {
    if (isBreached(blockAge, facts.head_age_seconds))
      add(
        'warning',
        `its finalized block is ${facts.head_age_seconds} s old`,
        'see runbook BittensorNodeStalled; check the clock of this machine',
      )
    if (facts.head_age_seconds < -blockAge.value)
      add(
        'warning',
        `its finalized block is ${-facts.head_age_seconds} s in the future`,
        'correct the clock of this machine',
      )
  }
  if (facts.should_have_peers === true && facts.peers !== null && isBreached(peersIsolated, facts.peers))
    add('warning', `has ${facts.peers} peers`, 'see runbook BittensorNodeIsolated')
  if (facts.spec_known === false)
    add(
      'warning',
      `runs spec ${facts.spec_version ?? ''}, newer than ${NEWEST_KNOWN_SPEC}, the newest that this release was checked against`,
      'look for a newer release of the exporter; what is unchanged keeps working',
    )
  if (facts.decodes_extrinsics === false)
    add(
      'error',
      'signed extrinsics are not decoded, so operations of keys are not counted',
      api === 'rpc'
        ? 'update the exporter: it does not know the format of these extrinsics'
        : 'give the Sidecar the types bundle: see Sidecar in README.md',
    )
  return problems
}

/** What to do about a node that cannot be reached, by the words of upstream/http/attempt. */
const REMEDIES: readonly (readonly [error: RegExp, remedy: string])[] = [
  [
    /connection refused/,
    'check that it runs, and that it listens on this address and not only on its own loopback',
  ],
  [/another host name/, 'use a host name that the certificate contains'],
  [/host name/, 'check the spelling of the host, and the DNS of this machine'],
  [
    /NODE_EXTRA_CA_CERTS/,
    'start the exporter with NODE_EXTRA_CA_CERTS=FILE, which has the certificate of that CA in PEM',
  ],
  [/expired|not valid yet/, 'renew the certificate, or correct the clock of this machine'],
  [/does not speak TLS/, 'write http:// or ws://'],
  [
    /connection (?:closed|reset)|the answer is not HTTP/,
    'check the port; if it speaks TLS, write https:// or wss://',
  ],
]

const remedyOf = (error: string): string =>
  REMEDIES.find(([pattern]) => pattern.test(error))?.[1] ??
  'check that it runs, and host, port and path of its URL'

/** Nodes on another chain than the configured one, or than the first node that answers. */
export function problemsOfNodes(
  nodes: readonly NodeReport[],
  genesis: string | undefined,
): readonly Problem[] {
  const first = nodes.find(({ facts }) => typeof facts?.genesis === 'string')
  const expected = genesis ?? first?.facts?.genesis
  return nodes.flatMap(({ name, facts }): readonly Problem[] => {
    const found = facts?.genesis ?? null
    if (found === null || found === expected) return []
    const other = genesis === undefined ? `that of ${first?.name ?? ''}` : 'the configured one'
    return [
      {
        level: 'error',
        subject: name,
        message: `is on another chain (genesis ${found}) than ${other} (${expected ?? ''})`,
        remedy: 'remove the node, or correct `genesis`',
      },
    ]
  })
}
