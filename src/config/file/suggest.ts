/**
 * The candidate most similar to an unknown word: it differs by a few letters, by case or separators, or contains the word.
 * Undefined if none is similar.
 */
export function suggestion(word: string, candidates: readonly string[]): string | undefined {
  const wanted = normalized(word.slice(0, MAX_LENGTH))
  let best: string | undefined
  let least = Math.max(1, Math.floor(wanted.length / 3)) + 1
  for (const candidate of candidates) {
    const far = distance(wanted, normalized(candidate))
    if (far < least) {
      best = candidate
      least = far
    }
  }
  return best ?? candidates.find((candidate) => sharesWord(wanted, normalized(candidate)))
}

/** Returns `: did you mean …?`, or an empty text without a suggestion. */
export function didYouMean(word: string, candidates: readonly string[], quote: string): string {
  const suggested = suggestion(word, candidates)
  return suggested === undefined ? '' : `: did you mean ${quote}${suggested}${quote}?`
}

const MAX_LENGTH = 64

/** Makes validatorPermit, validator-permit and VALIDATOR_PERMIT equal. */
const normalized = (word: string): string =>
  word
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .replace(/[-.]/g, '_')
    .toLowerCase()

/** Shorter pieces occur in too many words. */
const SHORTEST_PIECE = 4

const sharesWord = (a: string, b: string): boolean => {
  const [short, long] = a.length < b.length ? [a, b] : [b, a]
  return short.length >= SHORTEST_PIECE && long.includes(short)
}

/** Edit distance: letters to insert, remove, replace or swap with their neighbour to turn one word into the other. */
export function distance(a: string, b: string): number {
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
