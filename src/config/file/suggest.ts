/**
 * The candidate that was most likely meant by an unknown word, or undefined when none is close: a few letters apart,
 * spelled in another case or with other separators, or one word of it.
 */
export function suggestion(word: string, candidates: readonly string[]): string | undefined {
  const wanted = plain(word.slice(0, LONGEST))
  let best: string | undefined
  let least = Math.max(1, Math.floor(wanted.length / 3)) + 1
  for (const candidate of candidates) {
    const far = distance(wanted, plain(candidate))
    if (far < least) {
      best = candidate
      least = far
    }
  }
  return best ?? candidates.find((candidate) => sharesWord(wanted, plain(candidate)))
}

/** `: did you mean …?`, or nothing. */
export function didYouMean(word: string, candidates: readonly string[], quote: string): string {
  const meant = suggestion(word, candidates)
  return meant === undefined ? '' : `: did you mean ${quote}${meant}${quote}?`
}

const LONGEST = 64

/** validatorPermit, validator-permit and VALIDATOR_PERMIT are one word here. */
const plain = (word: string): string =>
  word
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .replace(/[-.]/g, '_')
    .toLowerCase()

/** Shorter pieces are in everything. */
const SHORTEST_PIECE = 4

const sharesWord = (a: string, b: string): boolean => {
  const [short, long] = a.length < b.length ? [a, b] : [b, a]
  return short.length >= SHORTEST_PIECE && long.includes(short)
}

/** Letters to insert, remove, replace or swap with their neighbour to make one word of the other. */
function distance(a: string, b: string): number {
  let before: number[] = []
  let above = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row]
    for (let column = 1; column <= b.length; column += 1) {
      const changed = a[row - 1] === b[column - 1] ? 0 : 1
      const swapped = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      current.push(
        Math.min(
          (above[column] ?? 0) + 1,
          (current[column - 1] ?? 0) + 1,
          (above[column - 1] ?? 0) + changed,
          swapped ? (before[column - 2] ?? 0) + 1 : Infinity,
        ),
      )
    }
    before = above
    above = current
  }
  return above[b.length] ?? 0
}
