import type { SimulatedChain } from './chain.ts'
import { ErrorResponse } from './fault.ts'
import type { StateAt } from './state.ts'

/** State of one node. Tests change it while the node runs. */
export interface NodeHealth {
  peers: number
  syncing: boolean
  shouldHavePeers: boolean
  /** If true, every call to the node fails. */
  down: boolean
  /** Number of blocks by which the node lags behind the chain's best. */
  lag: number
  pendingExtrinsics: number
  chainName: string
  clientName: string
  clientVersion: string
  /** Spec of the runtime with which its Sidecar decodes every block; undefined for the runtime that wrote the block. */
  decodesBy: number | undefined
  /** Whether its Sidecar has the types bundle, without which it misreads signed extrinsics. */
  typesBundle: boolean
}

/** A healthy node that is up to date. */
export const HEALTHY: NodeHealth = {
  peers: 387,
  syncing: false,
  shouldHavePeers: true,
  down: false,
  lag: 0,
  pendingExtrinsics: 0,
  chainName: 'Bittensor',
  clientName: 'node-subtensor',
  clientVersion: '4.0.0-dev-c88a37247b9',
  decodesBy: undefined,
  typesBundle: true,
}

/** A block that a node has. */
export interface KnownBlock {
  readonly height: number
  readonly hash: string
}

const discarded = ({ hash }: KnownBlock): ErrorResponse =>
  new ErrorResponse(500, `4003: Client error: UnknownBlock: State already discarded for ${hash}`)

/** A node of the simulated chain. */
export class SimulatedNode {
  readonly chain: SimulatedChain
  readonly health: NodeHealth

  constructor(chain: SimulatedChain, health: NodeHealth) {
    this.chain = chain
    this.health = health
  }

  get bestHeight(): number {
    return Math.max(this.chain.oldestHeight, this.chain.height - this.health.lag)
  }

  get finalizedHeight(): number {
    return Math.max(this.chain.oldestHeight, this.bestHeight - this.chain.finalityLag)
  }

  /** Throws the ErrorResponse of a Sidecar whose node is down. */
  answers(message = '-32000: the node is down'): void {
    if (this.health.down) throw new ErrorResponse(500, message)
  }

  /** The block identified by a path or `at`: a height, a 32-byte hash, or the finalized head if undefined. */
  block(id: string | undefined): KnownBlock {
    if (id === undefined) {
      this.answers()
      return this.at(this.finalizedHeight)
    }
    const height = this.heightNamed(id)
    this.answers()
    if (height === undefined || height < 1 || height > this.bestHeight)
      throw new ErrorResponse(500, 'Unable to retrieve header and parent from supplied hash')
    const block = this.at(height)
    if (height < this.chain.oldestHeight) throw discarded(block)
    return block
  }

  at(height: number): KnownBlock {
    return { height, hash: this.chain.hashAt(height) }
  }

  state(block: KnownBlock): StateAt {
    const state = this.chain.stateAt(block.height)
    if (state === undefined) throw discarded(block)
    return state
  }

  private heightNamed(id: string): number | undefined {
    if (/^0x[0-9a-f]*$/i.test(id)) {
      if (id.length === 66) return this.chain.heightOf(id)
      throw new ErrorResponse(
        400,
        `Cannot get block hash for ${id}. Hex string block IDs must be 32-bytes (66-characters) in length.`,
      )
    }
    if (/^\d+$/.test(id)) return Number(id)
    throw new ErrorResponse(
      400,
      `Cannot get block hash for ${id}. Block IDs must be either 32-byte hex strings or non-negative decimal integers.`,
    )
  }
}
