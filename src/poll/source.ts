import type { SidecarClient } from '../sidecar/client.ts'

/** Which node the chain is read from: the one it was last read from, until that fails. */
export class Sources {
  #clients: readonly SidecarClient[] = []
  #current: SidecarClient | undefined

  /** There are these to choose from now. */
  replace(clients: readonly SidecarClient[]): void {
    this.#clients = clients
    if (this.#current !== undefined && !clients.includes(this.#current)) this.#current = undefined
  }

  /** All of them, in the order they are to be tried. */
  inOrder(): readonly SidecarClient[] {
    const current = this.#current
    if (current === undefined) return this.#clients
    return [current, ...this.#clients.filter((client) => client !== current)]
  }

  /** The chain was read from this one. */
  choose(client: SidecarClient): void {
    this.#current = client
  }
}
