import type { SimulatedNode } from '../../src/demo/node.ts'
import type { Said } from './oracle.ts'

interface Remembered {
  /** Values by series. */
  readonly said: Said
  /** Of performance.now(): until when it was so; undefined while it is so. */
  until: number | undefined
}

/** Everything one node could truthfully have said lately: a reading of it is made of several requests. */
export class NodeHistory {
  readonly #name: string
  readonly #windowMs: number
  readonly #history: Remembered[] = []

  /** @param windowMs is for how long what was said may still be published. */
  constructor(name: string, windowMs: number) {
    this.#name = name
    this.#windowMs = windowMs
  }

  /** To be called whenever anything changes: what any of the nodes behind this name says from now on. */
  remember(nodes: readonly SimulatedNode[]): void {
    const now = performance.now()
    for (const each of this.#history) each.until ??= now
    const kept = this.#history.findIndex(({ until }) => until === undefined || until > now - this.#windowMs)
    this.#history.splice(0, kept === -1 ? this.#history.length : kept)
    for (const each of nodes) this.#history.push({ said: saidOf(this.#name, each), until: undefined })
  }

  /** What is wrong with what is published of the node. */
  look(said: Said): readonly string[] {
    const faults: string[] = []
    for (const [series, value] of said)
      if (!this.#history.some((each) => each.said.get(series) === value))
        faults.push(`${series} is ${value}, which ${this.#name} has not said lately`)
    const [height, time] = [FINALIZED, TIMESTAMP].map((family) => `${family}{node="${this.#name}"}`) as [
      string,
      string,
    ]
    const [atHeight, atTime] = [said.get(height), said.get(time)]
    if (
      !this.#history.some(
        (each) =>
          atHeight === undefined || (each.said.get(height) === atHeight && each.said.get(time) === atTime),
      )
    )
      faults.push(`${this.#name}: block ${atHeight} was not made at ${atTime}`)
    return faults
  }

  /** True when all that is published is what the node says now, and nothing is missing. */
  isCurrent(said: Said): boolean {
    const now = this.#history.at(-1)?.said
    return now?.size === said.size && [...now].every(([series, value]) => said.get(series) === value)
  }
}

const FINALIZED = 'bittensor_node_finalized_block_height'
const TIMESTAMP = 'bittensor_node_block_timestamp_seconds'

function saidOf(node: string, simulated: SimulatedNode): Said {
  const { chain, health, bestHeight: best, finalizedHeight: finalized } = simulated
  const spec = chain.specAt(finalized)
  const client = `chain="${health.chainName}",client_name="${health.clientName}",client_version="${health.clientVersion}"`
  const versions = `spec_name="node-subtensor",spec_version="${spec}",impl_version="1",authoring_version="1",transaction_version="1"`
  return new Map([
    [`bittensor_node_peers{node="${node}"}`, health.peers],
    [`bittensor_node_syncing{node="${node}"}`, Number(health.syncing)],
    [`bittensor_node_should_have_peers{node="${node}"}`, Number(health.shouldHavePeers)],
    [`bittensor_node_info{node="${node}",${client},role="full"}`, 1],
    [`bittensor_node_best_block_height{node="${node}"}`, best],
    [`${FINALIZED}{node="${node}"}`, finalized],
    [`${TIMESTAMP}{node="${node}"}`, (chain.stateAt(finalized)?.block.timestamp ?? NaN) / 1000],
    [`bittensor_node_pending_extrinsics{node="${node}"}`, health.pendingExtrinsics],
    [`bittensor_runtime_spec_version{node="${node}"}`, spec],
    [`bittensor_runtime_transaction_version{node="${node}"}`, 1],
    [`bittensor_runtime_info{node="${node}",${versions},chain_type="live"}`, 1],
  ])
}
