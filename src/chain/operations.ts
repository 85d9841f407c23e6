import { derivativeAccount, multisigAccount } from './derived-account.ts'
import {
  accountIn,
  callName,
  eventName,
  fieldOf,
  type Call,
  type ChainEvent,
  type Extrinsic,
} from './extrinsic.ts'

/**
 * What came of a call: `failure` had no effect, or one that was taken back; `skipped` was signed and not reached, as a
 * batch ended before it.
 */
export type OperationResult = 'success' | 'failure' | 'skipped'

/** One call by the account it was really made by. */
export interface Operation {
  readonly actor: string
  readonly call: Call
  readonly result: OperationResult
}

/**
 * The operations of a signed extrinsic, in the order they were called, taken out of batches, proxies, multisigs and sudo
 * to any depth. Each is of its real origin: of the proxied account, the multisig, the derived account. Root is no
 * account: what is called as root is of whoever called sudo. A batch is the calls in it and nothing by itself. What a
 * proxy, a multisig or sudo would have called is of nobody when it was refused, or else anybody could do things in the
 * name of others.
 */
export function operationsOf({ signer, call, success, events }: Extrinsic): readonly Operation[] {
  if (signer === undefined) return []
  const walk: Walk = { events, cursor: events.length, found: [] }
  visit(walk, call, signer, success ? 'success' : 'failure')
  return walk.found.reverse()
}

/**
 * Calls are visited from the last to the first, and each takes its closing event off the end of those that are left: the
 * events of a call come before the one that closes it, and a call that failed has left none.
 */
interface Walk {
  readonly events: readonly ChainEvent[]
  cursor: number
  readonly found: Operation[]
}

type Visit = (walk: Walk, call: Call, actor: string, result: OperationResult) => void

function visit(walk: Walk, call: Call, actor: string, result: OperationResult): void {
  const wrapper = WRAPPERS.get(callName(call))
  if (wrapper === undefined || Object.values(call.calls).every((calls) => calls.length === 0))
    walk.found.push({ actor, call, result })
  else wrapper(walk, call, actor, result)
}

/** The last event of these names that is left; it and what comes after it are taken. */
function close(walk: Walk, ...names: readonly string[]): ChainEvent | undefined {
  for (let index = walk.cursor - 1; index >= 0; index--) {
    const event = walk.events[index]
    if (event === undefined || !names.includes(eventName(event))) continue
    walk.cursor = index
    return event
  }
  return undefined
}

const inOrder = ({ calls }: Call): readonly Call[] => Object.values(calls).flat()

/** Stops at the first call that fails, and is a success all the same. */
const batch: Visit = (walk, call, actor, result) => {
  const end =
    result === 'success' ? close(walk, 'utility.BatchCompleted', 'utility.BatchInterrupted') : undefined
  const interrupted = end?.name === 'BatchInterrupted' ? Number(end.data[0]) : Infinity
  for (const [index, inner] of Array.from(inOrder(call).entries()).reverse()) {
    if (result !== 'success') visit(walk, inner, actor, result)
    else if (index > interrupted) visit(walk, inner, actor, 'skipped')
    else if (index === interrupted) visit(walk, inner, actor, 'failure')
    else {
      close(walk, 'utility.ItemCompleted')
      visit(walk, inner, actor, 'success')
    }
  }
}

/** All of it or nothing. */
const batchAll: Visit = (walk, call, actor, result) => {
  if (result === 'success') close(walk, 'utility.BatchCompleted')
  for (const inner of inOrder(call).toReversed()) {
    if (result === 'success') close(walk, 'utility.ItemCompleted')
    visit(walk, inner, actor, result)
  }
}

/** Goes on after a call that failed. */
const forceBatch: Visit = (walk, call, actor, result) => {
  if (result === 'success') close(walk, 'utility.BatchCompleted', 'utility.BatchCompletedWithErrors')
  for (const inner of inOrder(call).toReversed()) {
    const item = result === 'success' ? close(walk, 'utility.ItemCompleted', 'utility.ItemFailed') : undefined
    visit(walk, inner, actor, item?.name === 'ItemFailed' ? 'failure' : result)
  }
}

/** The fallback is called when the main call failed. Where it was not needed, nobody did it. */
const ifElse: Visit = (walk, { calls }, actor, result) => {
  const fallen =
    result === 'success' &&
    close(walk, 'utility.IfElseMainSuccess', 'utility.IfElseFallbackCalled')?.name === 'IfElseFallbackCalled'
  if (fallen || result !== 'success')
    for (const inner of calls['fallback'] ?? []) visit(walk, inner, actor, result)
  for (const inner of calls['main'] ?? []) visit(walk, inner, actor, fallen ? 'failure' : result)
}

/** Calls with the result of the call in it: under another account, which is said of both, or under the same. */
const passing =
  (actorOf: (call: Call, actor: string) => string | undefined): Visit =>
  (walk, call, actor, result) => {
    const inner = actorOf(call, actor) ?? actor
    for (const each of inOrder(call)) visit(walk, each, inner, result)
    if (inner !== actor) walk.found.push({ actor, call, result })
  }

/** Calls that succeed whatever becomes of the call in them, and tell that in an event. */
const reporting =
  (event: string, actorOf: (call: Call, actor: string) => string | undefined): Visit =>
  (walk, call, actor, result) => {
    const report = result === 'success' ? close(walk, event) : undefined
    if (report !== undefined) {
      const inner = isOk(report.data[0]) ? 'success' : 'failure'
      for (const each of inOrder(call)) visit(walk, each, actorOf(call, actor) ?? actor, inner)
    }
    walk.found.push({ actor, call, result })
  }

/** The last approval calls, as the multisig; one before it only approves. */
const asMulti: Visit = (walk, call, actor, result) => {
  const event =
    result === 'success'
      ? close(walk, 'multisig.MultisigExecuted', 'multisig.NewMultisig', 'multisig.MultisigApproval')
      : undefined
  const multisig = accountIn(event?.data[2])
  if (event?.name === 'MultisigExecuted' && multisig !== undefined)
    for (const inner of inOrder(call))
      visit(walk, inner, multisig, isOk(event.data[4]) ? 'success' : 'failure')
  walk.found.push({ actor, call, result })
}

const asRoot = (_: Call, actor: string): string => actor
const real = ({ args }: Call): string | undefined => accountIn(args['real'])

/** The account of `{"system": {"signed": …}}`. Other origins are no accounts, and stay with the caller. */
function signedOrigin({ args }: Call): string | undefined {
  const system = fieldOf(args['as_origin'], 'system')
  return accountIn(fieldOf(system, 'signed'))
}

function thresholdOne({ args }: Call, actor: string): string | undefined {
  const others = args['other_signatories']
  if (!Array.isArray(others)) return undefined
  return multisigAccount([actor, ...others.map((other) => accountIn(other) ?? '')], 1)
}

/** Every call of the runtimes to spec 475 that calls what is given to it at once (from their metadata). */
export const WRAPPERS: ReadonlyMap<string, Visit> = new Map([
  ['utility.batch', batch],
  ['utility.batchAll', batchAll],
  ['utility.forceBatch', forceBatch],
  ['utility.ifElse', ifElse],
  ['utility.withWeight', passing(asRoot)],
  ['utility.asDerivative', passing(({ args }, actor) => derivativeAccount(actor, Number(args['index'])))],
  ['utility.dispatchAs', reporting('utility.DispatchedAs', signedOrigin)],
  ['utility.dispatchAsFallible', reporting('utility.DispatchedAs', signedOrigin)],
  ['proxy.proxy', reporting('proxy.ProxyExecuted', real)],
  ['proxy.proxyAnnounced', reporting('proxy.ProxyExecuted', real)],
  ['multisig.asMulti', asMulti],
  ['multisig.asMultiThreshold1', passing(thresholdOne)],
  ['sudo.sudo', reporting('sudo.Sudid', asRoot)],
  ['sudo.sudoUncheckedWeight', reporting('sudo.Sudid', asRoot)],
  ['sudo.sudoAs', reporting('sudo.SudoAsDone', ({ args }) => accountIn(args['who']))],
  ['subtensorModule.sudo', reporting('subtensorModule.Sudid', asRoot)],
  ['subtensorModule.sudoUncheckedWeight', reporting('subtensorModule.Sudid', asRoot)],
])

/** A DispatchResult: {"ok": …} or {"err": …}. */
const isOk = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).some((key) => key.toLowerCase() === 'ok')
