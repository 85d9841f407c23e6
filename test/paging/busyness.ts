/** Milliseconds of processor time the measurement takes. */
const SPENT_MS = 300

/** How much longer a computation takes than its processor time: 1 on an idle machine, more the more others want of it. */
function waiting(): number {
  const [start, began] = [process.cpuUsage(), performance.now()]
  for (;;) {
    const { user, system } = process.cpuUsage(start)
    const spentMs = (user + system) / 1000
    if (spentMs >= SPENT_MS) return (performance.now() - began) / spentMs
  }
}

/** By how much the times of this run are longer: seconds stand for minutes, and a busy machine needs more of them. */
export const STRETCH = Math.min(4, Math.max(1, waiting() / 2))
