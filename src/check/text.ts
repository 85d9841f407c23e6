import { OLD_BLOCKS, type NodeReport } from './inspect-node.ts'
import type { CheckReport, KeyReport } from './report.ts'

/** The report for people. */
export function reportText(report: CheckReport): string {
  const { nodes, keys, problems } = report
  const errors = problems.filter(({ level }) => level === 'error').length
  const sections: readonly (readonly [heading: string, lines: readonly string[]])[] = [
    ['Nodes', nodes.flatMap(nodeLines)],
    ['Keys', keys.flatMap(keyLines)],
    ['One poll', pollLines(report)],
    [
      'Problems',
      problems.flatMap(({ level, subject, message, remedy }) => [
        `${level.toUpperCase()} ${subject}: ${message}`,
        `  → ${remedy}`,
      ]),
    ],
  ]
  const shown = sections.filter(([, lines]) => lines.length > 0)
  const text = shown.map(([heading, lines]) => `${heading}\n${lines.map((line) => `  ${line}\n`).join('')}`)
  return `${text.join('\n')}\n${counted(errors, 'error')}, ${counted(problems.length - errors, 'warning')}\n`
}

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`

const UNKNOWN = 'unknown'

const yesNo = (value: boolean | null): string => (value === null ? UNKNOWN : value ? 'yes' : 'no')

function nodeLines({ name, server, facts, error }: NodeReport): readonly string[] {
  if (facts === null) {
    const what = server === 'nothing' ? 'does not answer' : server
    return [`${name}: ${what}`, ...(error === null ? [] : [`  ${error}`])]
  }
  const spec = facts.spec_known === false ? 'newer than this release knows' : 'known'
  const age = facts.head_age_seconds === null ? UNKNOWN : `${facts.head_age_seconds} s`
  return [
    `${name}: ${server}, ${facts.client ?? UNKNOWN}`,
    `  chain ${facts.chain ?? UNKNOWN}, genesis ${facts.genesis ?? UNKNOWN}, spec ${facts.spec_version ?? UNKNOWN} (${spec})`,
    `  finalized block ${facts.finalized_height ?? UNKNOWN}, age ${age}; ${facts.peers ?? UNKNOWN} peers; syncing: ${yesNo(facts.syncing)}`,
    `  decodes signed extrinsics: ${yesNo(facts.decodes_extrinsics)}; has the state of ${OLD_BLOCKS} blocks ago: ${yesNo(facts.has_old_state)}`,
  ]
}

function keyLines({ name, role, address, found, coldkey, registrations, expectations }: KeyReport): string[] {
  const where =
    registrations === null
      ? []
      : [
          `  registered on: ${registrations.map(({ netuid, uid }) => `${netuid} (UID ${uid})`).join(', ') || 'no subnet'}`,
        ]
  return [
    `${name}: ${role} ${address}${found === role ? '' : ` (on the chain: ${found ?? UNKNOWN})`}`,
    ...(coldkey === null ? [] : [`  coldkey ${coldkey}`]),
    ...where,
    ...expectations.map(
      ({ expectation, netuid, wanted, met }) =>
        `  expect ${expectation}${netuid === null ? '' : ` on subnet ${netuid}`} ${JSON.stringify(wanted)}: ${met === null ? 'cannot be judged' : met ? 'met' : 'NOT MET'}`,
    ),
  ]
}

function pollLines({ subnets, series, poll_seconds, nodes }: CheckReport): readonly string[] {
  const read = subnets === null ? UNKNOWN : subnets.length === 0 ? 'none' : subnets.join(', ')
  return [
    `${series} series, ${poll_seconds} s; subnets: ${read}`,
    ...nodes.map(({ name, requests }) => `${name}: ${requests} requests (later polls make fewer)`),
  ]
}
