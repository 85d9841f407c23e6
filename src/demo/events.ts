import type { TypeText } from './types.ts'

/** An event of a simulated block, in the format of Sidecar's `/blocks/{id}`. */
export interface SimulatedEvent {
  readonly method: { readonly pallet: string; readonly method: string }
  /** Accounts, and integers as strings of digits, in the order of the runtime's event. */
  readonly data: readonly string[]
}

/** Types of the fields of events that had others at other specs (metadata of 103 to 475); undefined for all other events. */
export function eventTypes(method: string, spec: number): readonly TypeText[] | undefined {
  if (method === 'ColdkeySwapped')
    return ['AccountId32', 'AccountId32', ...(hasSwapCost(spec) ? ['u64'] : [])]
  if (method !== 'StakeAdded' && method !== 'StakeRemoved') return undefined
  if (spec < 233) return ['AccountId32', 'u64']
  return ['AccountId32', 'AccountId32', 'u64', 'u64', 'u16', ...(hasStakeFee(spec) ? ['u64'] : [])]
}

/** Whether ColdkeySwapped has the price of the swap. The specs that brought and removed it are among 220–240 and 366–381. */
export const hasSwapCost = (spec: number): boolean => spec >= 233 && spec < 381

/** Whether StakeAdded and StakeRemoved have the fee. The spec that brought it is one of 241–343. */
export const hasStakeFee = (spec: number): boolean => spec > 240
