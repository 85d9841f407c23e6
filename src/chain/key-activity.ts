import { balanceEffects, isClassified, type BalanceEffect } from './balance-effect.ts'
import { affectedAccounts } from './incoming-events.ts'
import { accountsNamed, eventName, type BlockBody, type ChainEvent, type Extrinsic } from './extrinsic.ts'
import { operationsOf, type Operation } from './operations.ts'

/** An operation of a watched key, with its extrinsic. */
export interface KeyOperation extends Operation {
  readonly extrinsic: Extrinsic
}

/** An event in which another account affects a watched key. */
export interface IncomingEvent {
  readonly account: string
  readonly event: ChainEvent
  /** Undefined for events of the runtime's hooks. */
  readonly extrinsic: Extrinsic | undefined
}

/** Everything in one block that concerns the watched accounts. */
export interface KeyActivity {
  readonly operations: readonly KeyOperation[]
  readonly incoming: readonly IncomingEvent[]
  /** In execution order. */
  readonly effects: readonly BalanceEffect[]
  /** Events that name a watched account and whose effect on its balance is unknown. */
  readonly unclassified: readonly { readonly account: string; readonly event: ChainEvent }[]
}

const NOBODY: ReadonlySet<string> = new Set()

/**
 * Collects the activity of the watched accounts in a block. Throws EventError for an invalid balance event.
 * @param unknownEvents names of events whose fields are not supported in this runtime: their effect on balances is unknown.
 */
export function keyActivity(
  body: BlockBody,
  watched: ReadonlySet<string>,
  unknownEvents: ReadonlySet<string> = new Set(),
): KeyActivity {
  const operations: KeyOperation[] = []
  const incoming: IncomingEvent[] = []
  const collectIncoming = (
    events: readonly ChainEvent[],
    actors: ReadonlySet<string>,
    extrinsic?: Extrinsic,
  ) => {
    for (const event of events)
      for (const account of affectedAccounts(event, watched, actors))
        incoming.push({ account, event, extrinsic })
  }
  collectIncoming(body.eventsBefore, NOBODY)
  for (const extrinsic of body.extrinsics) {
    const found = operationsOf(extrinsic)
    for (const operation of found)
      if (watched.has(operation.actor)) operations.push({ ...operation, extrinsic })
    collectIncoming(extrinsic.events, new Set(found.map(({ actor }) => actor)), extrinsic)
  }
  collectIncoming(body.eventsAfter, NOBODY)
  const phases = [body.eventsBefore, ...body.extrinsics.map(({ events }) => events), body.eventsAfter]
  const isKnown = (event: ChainEvent): boolean => !unknownEvents.has(eventName(event))
  const effects = phases
    .flatMap((events) => balanceEffects(events.filter(isKnown)))
    .filter(({ account }) => watched.has(account))
  const unclassified = phases
    .flat()
    .filter((event) => !isKnown(event) || !isClassified(event))
    .flatMap((event) => Array.from(accountsNamed(event, watched), (account) => ({ account, event })))
  return { operations, incoming, effects, unclassified }
}
