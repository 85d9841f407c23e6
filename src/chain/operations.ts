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
 * The result of a call. A `failure` had no effect, or its effect was reverted. A `skipped` call was signed but not executed
 * because its batch ended before it.
 */
export type OperationResult = 'success' | 'failure' | 'skipped'

/** One call and the account that made it. */
export interface Operation {
  readonly actor: string
  readonly call: Call
  readonly result: OperationResult
}

/**
 * The operations of a signed extrinsic in execution order, extracted from batches, proxies, multisigs and sudo to any depth.
 * Each is attributed to its real origin: the proxied account, the multisig, the derived account. Root is not an account, so
 * a call made as root is attributed to the caller of sudo. A batch is not an operation itself; the calls in it are. The inner
 * call of a rejected proxy, multisig or sudo call is dropped: otherwise anybody could appear to act for another account.
 */
export function operationsOf({ signer, call, success, events }: Extrinsic): readonly Operation[] {
  if (signer === undefined) return []
  const walk: Walk = { events, cursor: events.length, found: [] }
  visit(walk, call, signer, success ? 'success' : 'failure')
  return walk.found.reverse()
}

/**
 * State of the traversal. Calls are visited from last to first, and each consumes its closing event from the end of the
 * remaining events: a call's own events precede its closing event, and a failed call has no events.
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

/** Returns the last remaining event with one of these names, and consumes it together with all events after it. */
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

/** Stops at the first call that fails, but succeeds itself. */
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

/** Executes all calls or none. */
const batchAll: Visit = (walk, call, actor, result) => {
  if (result === 'success') close(walk, 'utility.BatchCompleted')
  for (const inner of inOrder(call).toReversed()) {
    if (result === 'success') close(walk, 'utility.ItemCompleted')
    visit(walk, inner, actor, result)
  }
}

/** Continues after a failed call. */
const forceBatch: Visit = (walk, call, actor, result) => {
  if (result === 'success') close(walk, 'utility.BatchCompleted', 'utility.BatchCompletedWithErrors')
  for (const inner of inOrder(call).toReversed()) {
    const item = result === 'success' ? close(walk, 'utility.ItemCompleted', 'utility.ItemFailed') : undefined
    visit(walk, inner, actor, item?.name === 'ItemFailed' ? 'failure' : result)
  }
}

/** Executes the fallback only if the main call fails. A fallback that was not executed is not an operation. */
const ifElse: Visit = (walk, { calls }, actor, result) => {
  const fellBack =
    result === 'success' &&
    close(walk, 'utility.IfElseMainSuccess', 'utility.IfElseFallbackCalled')?.name === 'IfElseFallbackCalled'
  if (fellBack || result !== 'success')
    for (const inner of calls['fallback'] ?? []) visit(walk, inner, actor, result)
  for (const inner of calls['main'] ?? []) visit(walk, inner, actor, fellBack ? 'failure' : result)
}

/**
 * Wrappers that have the same result as their inner call. If the inner call is made by another account, the wrapper itself
 * counts as an operation too.
 */
const passing =
  (actorOf: (call: Call, actor: string) => string | undefined): Visit =>
  (walk, call, actor, result) => {
    const inner = actorOf(call, actor) ?? actor
    for (const each of inOrder(call)) visit(walk, each, inner, result)
    if (inner !== actor) walk.found.push({ actor, call, result })
  }

/** Wrappers that succeed regardless of their inner call and report its result in an event. */
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

/** The last approval makes the call as the multisig; earlier ones only approve. */
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

/** The account in `{"system": {"signed": …}}`. Other origins are not accounts; their calls are attributed to the caller. */
function signedOrigin({ args }: Call): string | undefined {
  const system = fieldOf(args['as_origin'], 'system')
  return accountIn(fieldOf(system, 'signed'))
}

function thresholdOne({ args }: Call, actor: string): string | undefined {
  const others = args['other_signatories']
  if (!Array.isArray(others)) return undefined
  return multisigAccount([actor, ...others.map((other) => accountIn(other) ?? '')], 1)
}

/** Every call in the metadata of runtimes up to spec 475 that immediately dispatches a call in its arguments. */
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

/** Whether a DispatchResult, {"ok": …} or {"err": …}, is ok. */
const isOk = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).some((key) => key.toLowerCase() === 'ok')
