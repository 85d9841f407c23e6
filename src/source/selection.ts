import type { ChainIdentity, NodeHealth } from './health.ts'
import { isClearlyBetter, isFit, majorityChain, MAX_BEHIND, rank, type Rankable } from './ranking.ts'

/**
 * Selection of the source, the one node that chain state is read from, as a pure function: `next`.
 *
 * The source stays until another node is clearly better in two polls in a row, until collectors fail in two polls in a row, until it
 * is stalled, or until it cannot be read. The return of a former source is no reason to switch back.
 *
 * Nodes of another chain are refused. The chain is that of the configured genesis, otherwise the one that most nodes are on when the
 * first state is published. It stays fixed until the exporter is restarted, across reloads too: a series never moves to another chain.
 */
export interface SelectionState {
  /** In the order of the configuration. */
  readonly nodes: readonly NodeState[]
  readonly configuredGenesis: string | undefined
  /** The chain of the published state; empty until something is published. */
  readonly publishedChain: Partial<ChainIdentity>
  /** The node that chain state was last read from. */
  readonly source: string | undefined
  /** Polls in a row in which another node was clearly better than the source. */
  readonly betterSeen: number
  /** Polls in a row in which collectors failed on the source. */
  readonly incompleteReads: number
  /** Polls in which another node was ahead of the source while the source's head did not move. */
  readonly stalledPolls: number
  /** Nodes that were left because collectors failed, since the last complete read. They are not tried again in turns. */
  readonly exhausted: readonly string[]
  /** Set while the source should be left: the reason, and the nodes to try before it, best first. */
  readonly leaving: { readonly reason: string; readonly preferred: readonly string[] } | undefined
}

export interface NodeState extends Rankable {
  /** Identity of the client. A node of the same name that is reached in another way is a different node. */
  readonly client: object
  /** Whether the node has answered or failed to answer since it was configured. */
  readonly wasAssessed: boolean
  /** Why `health` is undefined. */
  readonly unreachableReason: string
  /** The chain it was last found on, also while it does not answer. */
  readonly chain: Partial<ChainIdentity>
  /** Why it was refused when it was last judged; undefined while it is admitted. Each change is logged once. */
  readonly refusal: string | undefined
}

export type SelectionEvent =
  /** A configuration was loaded. Nodes that stay keep their state. */
  | {
      readonly kind: 'nodes-replaced'
      readonly nodes: readonly Pick<NodeState, 'node' | 'client'>[]
      /** The configured genesis; undefined if the nodes decide. */
      readonly genesis: string | undefined
    }
  /** The node's own poll read its health, or failed to. */
  | { readonly kind: 'node-assessed'; readonly node: string; readonly health: NodeHealth }
  | { readonly kind: 'node-unreachable'; readonly node: string; readonly reason: string }
  /** A poll of the chain begins: nodes are judged once per poll. */
  | { readonly kind: 'poll-started' }
  /** The head of the source is not the published block. */
  | { readonly kind: 'source-advanced' }
  /** The head of the source still is the published block, at this height. `others` has the heads of other nodes. */
  | {
      readonly kind: 'source-unchanged'
      readonly height: number
      readonly others: readonly { readonly node: string; readonly height: number }[]
    }
  /** The state of the block about to be read belongs to the chain with this genesis. */
  | { readonly kind: 'chain-found'; readonly node: string; readonly genesis: string }
  /** Chain state was read from the node. `failures` says why the nodes tried before it could not be read. */
  | {
      readonly kind: 'state-read'
      readonly node: string
      readonly isComplete: boolean
      readonly failures: string | undefined
    }

export interface LogEntry {
  readonly level: 'info' | 'warn' | 'error'
  readonly fields: Readonly<Record<string, unknown>>
  readonly message: string
}

export interface Transition {
  readonly state: SelectionState
  /** Nodes that chain state may be read from, in the order to try them: a function of the state. */
  readonly order: readonly string[]
  readonly log: readonly LogEntry[]
  /** Nodes whose views were refused, to be counted. */
  readonly refused: readonly string[]
}

/** A transition without the order, which follows from the state. */
interface Change {
  readonly state: SelectionState
  readonly log?: readonly LogEntry[]
  readonly refused?: readonly string[]
}

/** Polls in a row in which a source may be worse than another node, fail in part, or be stalled before it is left. */
const PATIENCE = 2

/** How many blocks another head must be ahead of a stalled one. A head that is one block ahead may only have been heard of sooner. */
const CLEARLY_AHEAD = 2

export const INITIAL_STATE: SelectionState = {
  nodes: [],
  configuredGenesis: undefined,
  publishedChain: {},
  source: undefined,
  betterSeen: 0,
  incompleteReads: 0,
  stalledPolls: 0,
  exhausted: [],
  leaving: undefined,
}

/** The state after an event, and the effects of the event. Throws RangeError for a node that is not configured. */
export function next(state: SelectionState, event: SelectionEvent): Transition {
  const { state: following, log = [], refused = [] } = change(state, event)
  return { state: following, order: orderOf(following), log, refused }
}

function change(state: SelectionState, event: SelectionEvent): Change {
  switch (event.kind) {
    case 'nodes-replaced':
      return { state: replaceNodes(state, event.nodes, event.genesis) }
    case 'node-assessed': {
      const { node, health } = event
      return renameChain(updateNode(state, node, { health, chain: health.chain, wasAssessed: true }))
    }
    case 'node-unreachable': {
      const { node, reason } = event
      const update = { health: undefined, unreachableReason: reason, wasAssessed: true }
      return renameChain(updateNode(state, node, update))
    }
    case 'poll-started': {
      const judged = judge(state, state.nodes)
      return { ...judged, state: decide(judged.state) }
    }
    case 'source-advanced':
      return { state: { ...state, stalledPolls: 0 } }
    case 'source-unchanged':
      return { state: decideOnStall(state, event.height, event.others) }
    case 'chain-found': {
      const { chain } = nodeNamed(state, event.node)
      const found = updateNode(state, event.node, { chain: { ...chain, genesis: event.genesis } })
      return judge(found, [nodeNamed(found, event.node)])
    }
    case 'state-read':
      return recordRead(state, event)
  }
}

/** The admitted nodes from best to worst, after those preferred to the source and the source itself. */
function orderOf(state: SelectionState): readonly string[] {
  const ranked = rank(admittedNodes(state)).map(({ node: { node } }) => node)
  const first = [state.leaving?.preferred ?? [], state.source ?? []].flat()
  return [...new Set([...first, ...ranked])].filter((node) => ranked.includes(node))
}

/** Admitted nodes that were fit when they last reported, best first. */
export const fitNodes = (state: SelectionState): readonly string[] =>
  rank(admittedNodes(state)).flatMap((ranked) => (isFit(ranked) ? [ranked.node.node] : []))

/**
 * Whether enough nodes have answered to select a chain and a source: more than half of them agree on a chain, or all were asked. Always
 * true while there is a source.
 */
export function isDecidable({ source, nodes }: SelectionState): boolean {
  if (source !== undefined || nodes.every(({ wasAssessed }) => wasAssessed)) return true
  return 2 * (majorityChain(nodes)?.supporters ?? 0) > nodes.length
}

function replaceNodes(
  state: SelectionState,
  nodes: readonly Pick<NodeState, 'node' | 'client'>[],
  genesis: string | undefined,
): SelectionState {
  const stays = (node: NodeState): boolean =>
    nodes.some((each) => each.node === node.node && each.client === node.client)
  const staying = new Map(state.nodes.filter(stays).map((node) => [node.node, node]))
  const { source } = state
  return {
    ...state,
    nodes: nodes.map((node) => staying.get(node.node) ?? newNode(node)),
    configuredGenesis: genesis,
    source: source !== undefined && staying.has(source) ? source : undefined,
    exhausted: state.exhausted.filter((node) => staying.has(node)),
    leaving: undefined,
  }
}

const newNode = ({ node, client }: Pick<NodeState, 'node' | 'client'>): NodeState => ({
  node,
  client,
  wasAssessed: false,
  health: undefined,
  unreachableReason: 'not asked yet',
  chain: {},
  refusal: undefined,
})

function nodeNamed(state: SelectionState, name: string): NodeState {
  const found = state.nodes.find(({ node }) => node === name)
  if (found === undefined) throw new RangeError(`${name} is not a configured node`)
  return found
}

function updateNode(state: SelectionState, name: string, update: Partial<NodeState>): SelectionState {
  const node = nodeNamed(state, name)
  return {
    ...state,
    nodes: state.nodes.map((each) => (each === node ? { ...node, ...update } : each)),
  }
}

/** The chain may get another name in an upgrade of its nodes. The new name is accepted once no node that answers uses the old one. */
function renameChain(state: SelectionState): Change {
  const { genesis, name } = state.publishedChain
  if (genesis === undefined || name === undefined) return { state }
  const names = state.nodes.flatMap(({ health }) =>
    health?.chain.genesis === genesis ? [health.chain.name] : [],
  )
  const [newName] = names
  if (newName === undefined || names.includes(name)) return { state }
  const fields = { genesis, from: name, to: newName }
  return {
    state: { ...state, publishedChain: { genesis, name: newName } },
    log: [{ level: 'warn', fields, message: 'chain renamed by its nodes' }],
  }
}

/** The chain to read: the published one, otherwise the configured one, otherwise that of most nodes. */
function wantedChain({ publishedChain, configuredGenesis, nodes }: SelectionState): Partial<ChainIdentity> {
  if (publishedChain.genesis !== undefined) return publishedChain
  if (configuredGenesis !== undefined) return { genesis: configuredGenesis }
  return majorityChain(nodes)?.chain ?? {}
}

interface Refusal {
  readonly level: 'warn' | 'error'
  readonly reason: string
  /** The chain to read. */
  readonly expected: Partial<ChainIdentity>
}

/** Why chain state must not be read from a node; undefined if it may be, as far as both chains are known. */
function refusalOf(state: SelectionState, { chain }: NodeState): Refusal | undefined {
  const expected = wantedChain(state)
  const { configuredGenesis } = state
  if (configuredGenesis !== undefined && configuredGenesis !== (expected.genesis ?? configuredGenesis))
    return {
      level: 'error',
      reason:
        'the configured genesis is not that of the published chain; restart the exporter to change chains',
      expected,
    }
  const differs = (key: keyof ChainIdentity): boolean =>
    chain[key] !== undefined && expected[key] !== undefined && chain[key] !== expected[key]
  if (!differs('genesis') && !differs('name')) return undefined
  return { level: 'warn', reason: 'it is on another chain', expected }
}

const admittedNodes = (state: SelectionState): readonly NodeState[] =>
  state.nodes.filter((node) => refusalOf(state, node) === undefined)

/** Admits or refuses nodes. Every refusal is counted, each change logged. */
function judge(state: SelectionState, nodes: readonly NodeState[]): Change {
  const log: LogEntry[] = []
  const refused: string[] = []
  const refusals = new Map<NodeState, string | undefined>()
  for (const node of nodes) {
    const refusal = refusalOf(state, node)
    const text = refusal && `${node.node}: ${describeRefusal(node, refusal)}`
    refusals.set(node, text)
    if (refusal !== undefined) refused.push(node.node)
    if (text !== node.refusal) log.push(refusalEntry(node, refusal))
  }
  const judged = state.nodes.map((node) =>
    refusals.has(node) ? { ...node, refusal: refusals.get(node) } : node,
  )
  return { state: { ...state, nodes: judged }, log, refused }
}

function refusalEntry({ node, chain }: NodeState, refusal: Refusal | undefined): LogEntry {
  if (refusal === undefined) return { level: 'info', fields: { node }, message: 'node accepted' }
  const { level, reason, expected } = refusal
  return { level, fields: { node, reason, chain, expected }, message: 'node refused' }
}

const describeRefusal = ({ chain }: NodeState, { level, reason, expected }: Refusal): string =>
  level === 'error'
    ? `${reason} (${describeChain(expected)})`
    : `${reason} (${describeChain(chain)}) than the exporter reads (${describeChain(expected)})`

const describeChain = ({ name, genesis }: Partial<ChainIdentity>): string =>
  `${name ?? 'unknown name'}, genesis ${genesis ?? 'unknown'}`

/** Decides at the beginning of a poll whether to leave the source. */
function decide(state: SelectionState): SelectionState {
  if (state.source === undefined) return { ...state, leaving: undefined }
  const ranking = rank(admittedNodes(state))
  const index = ranking.findIndex(({ node: { node } }) => node === state.source)
  const [best] = ranking
  const source = ranking[index]
  if (best === undefined || source === undefined)
    return { ...state, leaving: { reason: 'it is on another chain', preferred: [] } }
  const betterSeen = isClearlyBetter(best, source) ? state.betterSeen + 1 : 0
  const stay = { ...state, betterSeen, leaving: undefined }
  if (betterSeen >= PATIENCE) {
    const preferred = ranking.slice(0, index).map(({ node: { node } }) => node)
    return { ...stay, leaving: { reason: describeHealth(source), preferred } }
  }
  return stay.incompleteReads >= PATIENCE ? leaveExhausted(stay, state.source) : stay
}

/** Leaves a source on which collectors fail for a fit node that has not been tried for this reason yet, if one is left. */
function leaveExhausted(state: SelectionState, source: string): SelectionState {
  const exhausted = [...new Set([...state.exhausted, source])]
  const untried = fitNodes(state).find((node) => !exhausted.includes(node))
  if (untried === undefined) return state
  return { ...state, exhausted, leaving: { reason: 'collectors failed in two polls', preferred: [untried] } }
}

/** Decides whether to leave a source whose head did not move, in favour of the fit nodes whose heads are ahead of it. */
function decideOnStall(
  state: SelectionState,
  height: number,
  others: readonly { readonly node: string; readonly height: number }[],
): SelectionState {
  const fit = fitNodes(state)
  const ahead = others
    .filter((other) => other.height > height && other.node !== state.source && fit.includes(other.node))
    .toSorted((a, b) => b.height - a.height)
  const [best] = ahead
  if (best === undefined) return state
  const by = best.height - height
  const stalledPolls = state.stalledPolls + 1
  const isStalled = by > MAX_BEHIND || (stalledPolls >= PATIENCE && by >= CLEARLY_AHEAD)
  if (!isStalled) return { ...state, stalledPolls }
  const reason = `it is stalled at block ${height} while ${best.node} is at ${best.height}`
  return { ...state, stalledPolls: 0, leaving: { reason, preferred: ahead.map(({ node }) => node) } }
}

function recordRead(
  state: SelectionState,
  { node, isComplete, failures }: Extract<SelectionEvent, { kind: 'state-read' }>,
): Change {
  const { chain } = nodeNamed(state, node)
  const { source, leaving } = state
  const read = {
    ...state,
    publishedChain: { ...chain, ...state.publishedChain },
    exhausted: isComplete ? [] : state.exhausted,
    leaving: undefined,
  }
  if (node === source)
    return { state: { ...read, incompleteReads: isComplete ? 0 : state.incompleteReads + 1 } }
  const reason = failures ?? leaving?.reason ?? 'it cannot be read'
  return {
    state: { ...read, source: node, betterSeen: 0, incompleteReads: 0, stalledPolls: 0 },
    log: [
      source === undefined
        ? { level: 'info', fields: { node, chain: read.publishedChain }, message: 'selected source' }
        : { level: 'info', fields: { from: source, to: node, reason }, message: 'switched source' },
    ],
  }
}

function describeHealth({
  node: { health, unreachableReason },
  behind,
}: {
  readonly node: NodeState
  readonly behind: number
}): string {
  if (health === undefined) return `its health cannot be read: ${unreachableReason}`
  return health.syncing ? 'it is syncing' : `it is ${behind} blocks behind`
}
