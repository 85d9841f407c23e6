import type { Assessment, ChainIdentity } from './assessment.ts'

/** A node and what it last said; undefined while it does not answer. */
export interface Contender {
  readonly node: string
  readonly assessment: Assessment | undefined
}

/**
 * How far a source may be behind the best head, in blocks: one minute of 12 s blocks. Freshness is judged by the heads
 * of the others and not by our clock, which may be wrong; of nodes that all stand still the best is as good as it gets.
 */
export const MAX_BEHIND = 5

/** How many polls in a row a source may be worse than another, or fail in part, before the other is tried. */
export const PATIENCE = 2

/** The lower the better: fit to be read from; answering, but syncing or behind; not answering. */
const GRADES = { fit: 0, late: 1, silent: 2 } as const
export type Grade = (typeof GRADES)[keyof typeof GRADES]

/** Contenders of one chain from best to worst; those that are equally good stay in their order. */
export function rank<Each extends Contender>(
  contenders: readonly Each[],
): readonly { readonly contender: Each; readonly grade: Grade; readonly behind: number }[] {
  const best = Math.max(...contenders.map(heightOf))
  return contenders
    .map((contender) => {
      const behind = best - heightOf(contender)
      return { contender, behind, grade: gradeOf(contender.assessment, behind) }
    })
    .toSorted((a, b) => a.grade - b.grade || (a.grade === GRADES.late ? a.behind - b.behind : 0))
}

export const isFit = (grade: Grade): boolean => grade === GRADES.fit

const heightOf = ({ assessment }: Contender): number => assessment?.height ?? -Infinity

function gradeOf(assessment: Assessment | undefined, behind: number): Grade {
  if (assessment === undefined) return GRADES.silent
  return assessment.syncing || behind > MAX_BEHIND ? GRADES.late : GRADES.fit
}

/** The chain most contenders are on, that of the first of them where as many are on another; undefined when none answers. */
export function commonChain(
  contenders: readonly Contender[],
): { readonly chain: ChainIdentity; readonly supporters: number } | undefined {
  const groups = new Map<string, { readonly chain: ChainIdentity; supporters: number }>()
  for (const { assessment } of contenders) {
    if (assessment === undefined) continue
    const { chain } = assessment
    const key = `${chain.genesis} ${chain.name}`
    const group = groups.get(key) ?? { chain, supporters: 0 }
    group.supporters += 1
    groups.set(key, group)
  }
  return [...groups.values()].toSorted((a, b) => b.supporters - a.supporters)[0]
}
