/** An event of a simulated block, in the format of Sidecar's `/blocks/{id}`. */
export interface SimulatedEvent {
  readonly method: { readonly pallet: string; readonly method: string }
  /** Accounts, and integers as strings of digits, in the order of the runtime's event. */
  readonly data: readonly string[]
}
