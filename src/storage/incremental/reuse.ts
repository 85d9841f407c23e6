/** Returns the previous array if the new one has equal elements: an identical object need not be rendered again. */
export function reuse<Vector extends ArrayLike<unknown> | undefined>(
  before: Vector | undefined,
  after: Vector,
): Vector {
  if (before === undefined || after === undefined || before === after) return after
  if (before.length !== after.length) return after
  for (let index = 0; index < after.length; index++) if (before[index] !== after[index]) return after
  return before
}

/** The same for a list of arrays and for each array in it. */
export const reuseAll = <Vector extends ArrayLike<unknown> | undefined>(
  before: readonly Vector[] | undefined,
  after: readonly Vector[],
): readonly Vector[] =>
  reuse(
    before,
    after.map((vector, index) => reuse(before?.[index], vector)),
  )

/** The elements at these UIDs; the vector itself if no UIDs are given. */
export function rowsOf(
  vector: Uint16Array | undefined,
  uids: readonly number[] | undefined,
): Uint16Array | undefined
export function rowsOf<Element>(
  vector: readonly Element[] | undefined,
  uids: readonly number[] | undefined,
): readonly Element[] | undefined
export function rowsOf<Element>(
  vector: Uint16Array | readonly Element[] | undefined,
  uids: readonly number[] | undefined,
): Uint16Array | readonly Element[] | undefined
export function rowsOf(
  vector: Uint16Array | readonly unknown[] | undefined,
  uids: readonly number[] | undefined,
): Uint16Array | readonly unknown[] | undefined {
  if (vector === undefined || uids === undefined) return vector
  if (vector instanceof Uint16Array) return Uint16Array.from(uids, (uid) => vector[uid] ?? 0)
  return uids.map((uid) => vector[uid])
}
