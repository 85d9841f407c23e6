import { balanceEffects, isClassified, type BalanceEffect } from './balance-effect.ts'
import { affectedAccounts } from './incoming-events.ts'
import { accountsNamed, eventName, type BlockBody, type ChainEvent, type Extrinsic } from './extrinsic.ts'
import { operationsOf, type Operation } from './operations.ts'

/** An operation of a watched key, and the extrinsic it was in. */
export interface KeyOperation extends Operation {
  readonly extrinsic: Extrinsic
}

/** An event by which somebody else did something to a watched key. */
export interface DoneTo {
  readonly account: string
  readonly event: ChainEvent
  /** Undefined where a hook of the runtime did it. */
  readonly extrinsic: Extrinsic | undefined
}

/** What one block has to do with the watched accounts. */
export interface KeyActivity {
  readonly operations: readonly KeyOperation[]
  readonly byOthers: readonly DoneTo[]
  /** In the order of the chain. */
  readonly effects: readonly BalanceEffect[]
  /** Events of unknown effect on the balance of a watched account that they name. */
  readonly unclassified: readonly { readonly account: string; readonly event: ChainEvent }[]
}

const NOBODY: ReadonlySet<string> = new Set()

/**
 * Goes through a block for the watched accounts. Throws EventFault for a balance event that makes no sense.
 * @param unknownEvents names of events whose fields in this runtime are not understood: what they do to balances is unknown.
 */
export function keyActivity(
  body: BlockBody,
  watched: ReadonlySet<string>,
  unknownEvents: ReadonlySet<string> = new Set(),
): KeyActivity {
  const operations: KeyOperation[] = []
  const byOthers: DoneTo[] = []
  const look = (events: readonly ChainEvent[], actors: ReadonlySet<string>, extrinsic?: Extrinsic) => {
    for (const event of events)
      for (const account of affectedAccounts(event, watched, actors))
        byOthers.push({ account, event, extrinsic })
  }
  look(body.eventsBefore, NOBODY)
  for (const extrinsic of body.extrinsics) {
    const found = operationsOf(extrinsic)
    for (const operation of found)
      if (watched.has(operation.actor)) operations.push({ ...operation, extrinsic })
    look(extrinsic.events, new Set(found.map(({ actor }) => actor)), extrinsic)
  }
  look(body.eventsAfter, NOBODY)
  const phases = [body.eventsBefore, ...body.extrinsics.map(({ events }) => events), body.eventsAfter]
  const isKnown = (event: ChainEvent): boolean => !unknownEvents.has(eventName(event))
  const effects = phases
    .flatMap((events) => balanceEffects(events.filter(isKnown)))
    .filter(({ account }) => watched.has(account))
  const unclassified = phases
    .flat()
    .filter((event) => !isKnown(event) || !isClassified(event))
    .flatMap((event) => Array.from(accountsNamed(event, watched), (account) => ({ account, event })))
  return { operations, byOthers, effects, unclassified }
}
