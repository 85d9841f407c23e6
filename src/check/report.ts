import { setMaxListeners } from 'node:events'
import type { ExpectedEntry } from '../scope/expectation.ts'
import type { WatchedKey } from '../scope/scope.ts'
import { accounts } from '../collectors/accounts.ts'
import { expectations, judgementsOf } from '../collectors/expectations.ts'
import { hotkeys as hotkeysCollector } from '../collectors/hotkeys.ts'
import { neurons } from '../collectors/neurons.ts'
import { COLLECTORS } from '../collectors/index.ts'
import { unitsOf } from '../chain/money.ts'
import { messageOf } from '../poll/collector-log.ts'
import { withDeadline } from '../poll/round.ts'
import type { PollPlan } from '../poll/polling.ts'
import { identifyServer, wrongServer, type NodeApi } from './identify.ts'
import { inspectNode, type NodeReport } from './inspect-node.ts'
import { inspectScope, type AddressFacts, type ScopeFacts } from './inspect-keys.ts'
import { problemsOfNode, problemsOfNodes, type Problem } from './problems.ts'
import { readOnce, type OneReading, type ReadOnceDependencies } from './read-once.ts'

/** A configured key, and what the chain knows about it. Unknown values are null. */
export interface KeyReport {
  readonly name: string
  readonly address: string
  readonly role: 'hotkey' | 'coldkey'
  /** What the address is on the chain. `unknown` if it neither is a hotkey nor owns or stakes on one. */
  readonly found: 'hotkey' | 'coldkey' | 'unknown' | null
  /** The owner of a hotkey. */
  readonly coldkey: string | null
  readonly registrations: readonly { readonly netuid: number; readonly uid: number }[] | null
  readonly expectations: readonly ExpectationReport[]
}

export interface ExpectationReport {
  readonly expectation: string
  /** Null if it is about the key itself, or the subnets are unknown. */
  readonly netuid: number | null
  readonly wanted: ExpectedEntry['expected']
  /** What was found; null where it is unknown. */
  readonly actual: string | number | null
  /** Null if it cannot be judged. */
  readonly met: boolean | null
}

/** The result of `bittensor-exporter check`; `--json` prints it. */
export interface CheckReport {
  readonly nodes: readonly NodeReport[]
  readonly keys: readonly KeyReport[]
  /** The subnets of which neurons are read; null if the chain could not be read. */
  readonly subnets: readonly number[] | null
  /** Series on /metrics after one poll. */
  readonly series: number
  readonly poll_seconds: number
  /** The most severe first. */
  readonly problems: readonly Problem[]
}

/** Time limit for the inspection of each node, and of the keys. */
const INSPECTION_MS = 30_000

/** Polls everything once, inspects each node and each key, and lists what is wrong. Never rejects because of a node. */
export const checkEverything = (plan: PollPlan, dependencies: ReadOnceDependencies): Promise<CheckReport> =>
  readOnce(plan, dependencies, async (reading) => {
    const { signal } = new AbortController()
    // Each node's inspection adds a listener, and there may be more than ten nodes, the default limit.
    setMaxListeners(0, signal)
    const nodes = await Promise.all(
      plan.nodes.map((options, index) => reportOfNode(options, reading.clients[index], reading, signal)),
    )
    const working = reading.clients.filter((_, index) => nodes[index]?.facts !== null)
    const { facts: scopeFacts, error: scopeError } = await scopeBy(working, plan, signal)
    const keys = [
      ...plan.scope.hotkeys.map((key) => reportOfKey(key, 'hotkey', reading, scopeFacts)),
      ...plan.scope.coldkeys.map((key) => reportOfKey(key, 'coldkey', reading, scopeFacts)),
    ]
    const problems = [
      ...nodes.flatMap((node, index) => problemsOfNode(node, apiOf(plan.nodes[index]))),
      ...problemsOfNodes(nodes, plan.genesis),
      ...(scopeError === undefined ? [] : [problemOfScope(scopeError)]),
      ...keys.flatMap((key) => problemsOfKey(key, reading)),
      ...problemsOfSubnets(plan, scopeFacts),
      ...problemsOfCollectors(reading, nodes),
    ]
    return {
      nodes,
      keys,
      subnets: reading.latest.of(neurons)?.data.subnets.map(({ netuid }) => netuid) ?? null,
      series: COLLECTORS.reduce((sum, { families }) => sum + reading.exposition.seriesOf(families), 0),
      poll_seconds: Math.round(reading.seconds * 10) / 10,
      problems: problems.toSorted((a, b) => Number(a.level === 'warning') - Number(b.level === 'warning')),
    }
  })

/** What the chain knows about the keys and subnets, from the first node that can tell; else why the last one could not. */
async function scopeBy(
  clients: OneReading['clients'],
  { scope }: PollPlan,
  signal: AbortSignal,
): Promise<{ readonly facts?: ScopeFacts; readonly error?: string }> {
  let failure: { readonly error?: string } = {}
  for (const client of clients) {
    const lookup = await withDeadline(INSPECTION_MS, signal, async (abort) => {
      try {
        return { facts: await inspectScope(client, scope, abort) }
      } catch (error) {
        // An aborted request fails with reason `aborted` only; the signal has the cause.
        return { error: messageOf(abort.signal.aborted ? abort.signal.reason : error) }
      }
    })
    if ('facts' in lookup) return lookup
    failure = lookup
  }
  return failure
}

const problemOfScope = (error: string): Problem => ({
  level: 'error',
  subject: 'keys and subnets',
  message: `could not be looked up: ${error}`,
  remedy: 'see the other problems; without any, try again, or ask another node',
})

type NodeOptions = PollPlan['nodes'][number] & { readonly api?: NodeApi }

const apiOf = (options: NodeOptions | undefined): NodeApi => options?.api ?? 'sidecar'

async function reportOfNode(
  options: NodeOptions,
  client: OneReading['clients'][number] | undefined,
  { self }: OneReading,
  signal: AbortSignal,
): Promise<NodeReport> {
  const { total, rateLimited, waitedSeconds } = await self.requestsTo(options.name)
  const base = {
    name: options.name,
    requests: total,
    rate_limited: rateLimited,
    rate_limit_wait_seconds: waitedSeconds,
  }
  return withDeadline(INSPECTION_MS, signal, async (abort) => {
    const server = await identifyServer(options, apiOf(options), abort.signal)
    const status = server.status ?? null
    const failed = (error: string | null) => ({ ...base, server: server.kind, status, facts: null, error })
    if (server.kind === 'nothing' || client === undefined) return failed(server.error ?? null)
    if (wrongServer(server.kind, apiOf(options)) !== undefined) return failed(null)
    try {
      const facts = await inspectNode(client, abort.signal)
      return { ...base, server: server.kind, status, facts, error: null }
    } catch (error) {
      return failed(messageOf(error))
    }
  })
}

function reportOfKey(
  key: WatchedKey,
  role: KeyReport['role'],
  { latest }: OneReading,
  scope: ScopeFacts | undefined,
): KeyReport {
  const { name, address } = key
  const facts = scope?.keys.get(address)
  const read = latest.of(hotkeysCollector)?.data.find((hotkey) => hotkey.address === address)
  return {
    name,
    address,
    role,
    found: facts === undefined ? null : foundAs(facts),
    coldkey: facts?.owner ?? null,
    registrations: read?.registrations ?? null,
    expectations: judgementsOf(key, latest.of(expectations)?.data).map(
      ({ expectation, netuid, expected, actual, met }) => ({
        expectation,
        netuid: netuid ?? null,
        wanted: expected,
        actual: actual ?? null,
        met: met ?? null,
      }),
    ),
  }
}

function foundAs({ owner, hotkeys }: AddressFacts): KeyReport['found'] {
  if (owner !== undefined) return 'hotkey'
  if (hotkeys === undefined) return null
  return hotkeys > 0 ? 'coldkey' : 'unknown'
}

function problemsOfKey(key: KeyReport, { latest }: OneReading): readonly Problem[] {
  const subject = key.name
  const problems: Problem[] = []
  const { role, found } = key
  if (role === 'hotkey' && found === 'coldkey')
    problems.push({
      level: 'error',
      subject,
      message: `${key.address} is a coldkey, and configured as a hotkey`,
      remedy: 'configure it as a coldkey, or use the address of its hotkey',
    })
  if (role === 'coldkey' && found === 'hotkey')
    problems.push({
      level: 'error',
      subject,
      message: `${key.address} is a hotkey of ${key.coldkey ?? ''}, and configured as a coldkey`,
      remedy: 'configure it as a hotkey, or use the address of its coldkey',
    })
  if (role === 'hotkey' && found === 'unknown')
    problems.push({
      level: 'error',
      subject,
      message: `the chain does not know the hotkey ${key.address}`,
      remedy: 'check the address, and that the nodes are on the chain where the hotkey is registered',
    })
  const account = latest.of(accounts)?.data.find(({ address }) => address === key.address)?.account
  if (role === 'coldkey' && found === 'unknown' && account?.nonce === 0 && unitsOf(account.free) === 0n)
    problems.push({
      level: 'warning',
      subject,
      message: `the coldkey ${key.address} has no balance, no transaction and no stake on this chain`,
      remedy: 'check the address',
    })
  for (const { expectation, netuid, wanted, actual, met } of key.expectations)
    if (met !== true)
      problems.push({
        level: met === false ? 'error' : 'warning',
        subject,
        message: `${expectation}${netuid === null ? '' : ` on subnet ${netuid}`}: wanted ${JSON.stringify(wanted)}, ${met === null ? 'which cannot be judged' : actual === null ? 'which is not so' : `is ${actual}`}`,
        remedy: met === false ? 'see runbook BittensorExpectationNotMet' : 'see the other problems',
      })
  return problems
}

function problemsOfSubnets({ scope }: PollPlan, facts: ScopeFacts | undefined): readonly Problem[] {
  if (facts === undefined || typeof scope.subnets === 'string') return []
  const missing = scope.subnets.filter((netuid) => !facts.netuids.includes(netuid))
  return missing.map((netuid) => ({
    level: 'error',
    subject: 'subnets',
    message: `subnet ${netuid} does not exist`,
    remedy: `remove ${netuid} from subnets`,
  }))
}

/** Failures by cause, except those that the report of a node explains. */
function problemsOfCollectors({ status }: OneReading, nodes: readonly NodeReport[]): readonly Problem[] {
  const failing = status.filter(({ success }) => !success)
  const broken = new Set(nodes.filter(({ facts }) => facts === null).map(({ name }) => name))
  const isExplained = (node: string | undefined) =>
    node === undefined ? broken.size === nodes.length : broken.has(node)
  const byCause = new Map<string, string[]>()
  for (const { collector, node, error = 'unknown error' } of failing)
    if (!isExplained(node)) byCause.set(error, [...(byCause.get(error) ?? []), collector])
  return Array.from(byCause, ([error, collectors]): Problem => {
    const which = [...new Set(collectors)]
    return {
      level: 'error',
      subject: which.length === 1 ? `collector ${which.join()}` : `collectors ${which.join(', ')}`,
      message: error,
      remedy: 'see runbook BittensorExporterCollectorFailing',
    }
  })
}
