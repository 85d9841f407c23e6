/** How long work is deferred while connections arrive. */
const MAX_DEFERRAL_MS = 50

/**
 * Says whether work that takes long should wait for the next iteration of the event loop, because connections are arriving. Node.js
 * accepts one connection in each iteration, in the order of their arrival: if each iteration took long, a client behind hundreds of others
 * would wait for its connection, however fairly requests are ordered. Work is deferred for at most 50 ms, then one piece of it is done.
 * @param accepted returns the number of connections accepted so far.
 * @returns a function to be called in each iteration in which there is work, for one kind of work.
 */
export function deferredByArrivals(accepted: () => number): () => boolean {
  let seen = accepted()
  let since: number | undefined
  return () => {
    const hasArrived = accepted() !== seen
    seen = accepted()
    const now = performance.now()
    if (hasArrived) since ??= now
    if (hasArrived && since !== undefined && now - since < MAX_DEFERRAL_MS) return true
    since = undefined
    return false
  }
}
