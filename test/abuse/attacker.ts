// The attacker in a process of its own: runs one attack, and sends what it got.
import { CLIENT_ATTACKS } from './client-attacks.ts'
import type { Victim } from './sockets.ts'

/** What the attacker is started with. */
export interface Order extends Omit<Victim, 'until'> {
  readonly attack: string
  readonly milliseconds: number
}

const { attack, milliseconds, ...victim } = JSON.parse(process.argv[2] ?? '') as Order
process.once('disconnect', () => process.exit())
const chosen = CLIENT_ATTACKS.find(({ name }) => name === attack)!
const loot = await chosen.run({ ...victim, until: performance.now() + milliseconds })
process.send?.(loot, () => process.exit())
