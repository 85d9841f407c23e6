import type { ChainIdentity, NodeHealth } from './health.ts'

/** A node with its last reported health; undefined while it does not answer. */
export interface Rankable {
  readonly node: string
  readonly health: NodeHealth | undefined
}

/**
 * How many blocks a fit node may be behind the best head: one minute of 12 s blocks. Freshness is judged by the heads of the
 * other nodes and not by the local clock, which may be wrong. If all nodes are stalled, the best of them is fit.
 */
export const MAX_BEHIND = 5

/** Whether a node can be read from; a lower grade is better. Late: it answers, but is syncing or too far behind. */
const GRADES = { fit: 0, late: 1, unreachable: 2 } as const
type Grade = (typeof GRADES)[keyof typeof GRADES]

export interface Ranked<Node extends Rankable> {
  readonly node: Node
  readonly grade: Grade
  /** Blocks behind the best head of the ranking; Infinity while the node does not answer. */
  readonly behind: number
}

/** Nodes of one chain from best to worst; nodes that are equally good keep their order. */
export function rank<Node extends Rankable>(nodes: readonly Node[]): readonly Ranked<Node>[] {
  const best = Math.max(0, ...nodes.map(({ health }) => health?.height ?? 0))
  return nodes
    .map((node) => {
      const behind = node.health === undefined ? Infinity : best - node.health.height
      return { node, behind, grade: gradeOf(node.health, behind) }
    })
    .toSorted((a, b) => a.grade - b.grade || (a.grade === GRADES.late ? a.behind - b.behind : 0))
}

export const isFit = ({ grade }: Ranked<Rankable>): boolean => grade === GRADES.fit

/** Whether a node is clearly better than another: of a better grade, or as late while the other is far behind. */
export const isClearlyBetter = (one: Ranked<Rankable>, other: Ranked<Rankable>): boolean =>
  one.node.health !== undefined &&
  (one.grade < other.grade || (one.grade === other.grade && other.behind > MAX_BEHIND))

function gradeOf(health: NodeHealth | undefined, behind: number): Grade {
  if (health === undefined) return GRADES.unreachable
  return health.syncing || behind > MAX_BEHIND ? GRADES.late : GRADES.fit
}

/**
 * The chain that most nodes are on, with the number of these nodes. On a tie it is that of the node listed first. Undefined while no
 * node answers.
 */
export function majorityChain(
  nodes: readonly Rankable[],
): { readonly chain: ChainIdentity; readonly supporters: number } | undefined {
  const groups = new Map<string, { readonly chain: ChainIdentity; supporters: number }>()
  for (const { health } of nodes) {
    if (health === undefined) continue
    const { chain } = health
    const key = `${chain.genesis} ${chain.name}`
    const group = groups.get(key) ?? { chain, supporters: 0 }
    group.supporters += 1
    groups.set(key, group)
  }
  return [...groups.values()].toSorted((a, b) => b.supporters - a.supporters)[0]
}
