import type { Address } from '../chain/address.ts'
import { buildSubnet, type PlacedNeuron } from './build.ts'
import { Draft } from './draft.ts'
import { isEpoch, runEpoch } from './epoch.ts'
import { Levers } from './levers.ts'
import { moveAccounts, moveSubnet, type Traffic } from './movement.ts'
import { hashOfBlock } from './names.ts'
import { Random } from './random.ts'
import { Ledger, StateAt, type Snapshot } from './state.ts'
import type { SubnetState } from './subnet.ts'
import { truthOf, type Truth } from './truth.ts'

/** Types in the metadata that are not those of the real chain. */
export interface ChangedTypes {
  /** The spec version that brings them. */
  readonly from: number
  /** By pallet and name (`SubtensorModule.Tempo`). */
  readonly types: Readonly<Record<string, string>>
}

/** How a chain begins; what is not given has the default its comment or the constructor names. */
export interface SimulatedChainOptions {
  readonly seed?: number
  /** Runtime spec version, from 101. */
  readonly spec?: number
  /** How many subnets (netuids from 0), or which netuids; 0 is root. */
  readonly subnets?: number | readonly number[]
  /** Per subnet, or by netuid. Root never has more than 64. */
  readonly neurons?: number | ((netuid: number) => number)
  /** The most neurons a subnet may have (MaxAllowedUids): 256, or as many as it has if those are more. */
  readonly limit?: (netuid: number) => number
  /** The best block at the start. */
  readonly startHeight?: number
  /** Milliseconds since 1970 of the best block at the start. */
  readonly startTime?: number
  /** Milliseconds of chain time between blocks. */
  readonly blockTimeMs?: number
  /** How many blocks below the best one keep their state. */
  readonly keepBlocks?: number
  /** How many blocks finality is behind. */
  readonly finalityLag?: number
  readonly symbol?: string
  readonly decimals?: number
  /** The neuron of the article, on subnet 1 if it has more than 1169 neurons. */
  readonly article?: boolean
  /** True: nothing but heights, times and levers changes. */
  readonly still?: boolean
  readonly placed?: readonly PlacedNeuron[]
  readonly changedTypes?: ChangedTypes
  /** Accounts that sign something every few blocks. */
  readonly busy?: readonly Address[]
}

/**
 * A Subtensor chain in memory, the same for the same options. Levers take effect in the next block, so what was read
 * at a height stays true; call advance() after them.
 */
export class SimulatedChain extends Levers {
  readonly seed: number
  readonly finalityLag: number
  readonly keepBlocks: number
  readonly changedTypes: ChangedTypes
  /** What `/runtime/spec` says of the token; not part of the state, so it changes at once. */
  token: { readonly symbol: string; readonly decimals: number }

  private readonly random: Random
  private readonly ledger = new Ledger()
  private readonly blocks = new Map<number, Snapshot>()
  private readonly traffic: Traffic
  private readonly still: boolean
  private readonly blockTimeMs: number
  /** The hash asked for last: a poll asks for one thousands of times. */
  private hashed: { readonly height: number; readonly hash: string } | undefined
  private head: Snapshot
  private first: number

  constructor(options: SimulatedChainOptions = {}) {
    super()
    const { seed = 1, spec = 475, startHeight = 158_796, finalityLag = 2, subnets = [0, 1, 3, 11] } = options
    this.seed = seed
    this.finalityLag = finalityLag
    this.keepBlocks = options.keepBlocks ?? 64
    this.changedTypes = options.changedTypes ?? { from: Infinity, types: {} }
    this.still = options.still ?? false
    this.blockTimeMs = options.blockTimeMs ?? 12_000
    this.token = { symbol: options.symbol ?? 'TAO', decimals: options.decimals ?? 9 }
    this.random = new Random(seed)
    this.traffic = { seed, busy: options.busy ?? [], waiting: [], invented: 0 }
    const height = startHeight - finalityLag
    const startTime = options.startTime ?? Date.UTC(2025, 0, 1)
    const timestamp = startTime - finalityLag * this.blockTimeMs
    const empty = {
      seed,
      height,
      timestamp,
      spec,
      code: spec,
      subnets: new Map<number, SubnetState>(),
      events: [],
    }
    const sums = { totalStake: 0n, totalIssuance: 9_712_345_678_901_234n, movingShares: false }
    const draft = new Draft({ ...empty, ...sums }, this.ledger)
    const netuids = typeof subnets === 'number' ? Array.from({ length: subnets }, (_, i) => i) : subnets
    for (const netuid of netuids) this.build(draft, netuid, options)
    this.first = height
    this.head = draft.block
    this.blocks.set(height, draft.block)
    this.advance(finalityLag)
  }

  /** Height of the best block. */
  get height(): number {
    return this.head.height
  }

  /** Height of the newest final block. */
  get finalizedHeight(): number {
    return Math.max(this.first, this.head.height - this.finalityLag)
  }

  /** The lowest height whose state is kept. */
  get oldestHeight(): number {
    return Math.max(this.first, this.head.height - this.keepBlocks)
  }

  /** The hash of any height, past or to come. */
  hashAt(height: number): string {
    if (this.hashed?.height !== height) this.hashed = { height, hash: hashOfBlock(this.seed, height) }
    return this.hashed.hash
  }

  /** The height of a hash of this chain, up to the best block; undefined for any other. */
  heightOf(hash: string): number | undefined {
    const height = Number.parseInt(hash.slice(2, 10), 16)
    return height <= this.height && this.hashAt(height) === hash.toLowerCase() ? height : undefined
  }

  /** The spec version of the runtime in the state of a height, which a node reports; of the oldest kept one for heights before it. */
  specAt(height: number): number {
    return this.snapshotAt(height).code
  }

  /** The spec version of the runtime that wrote the state of a height: at the block that sets new code still the old one. */
  writerAt(height: number): number {
    return this.snapshotAt(height).spec
  }

  private snapshotAt(height: number): Snapshot {
    return this.blocks.get(Math.max(height, this.oldestHeight)) ?? this.head
  }

  /** The state at a height; undefined when it is discarded or to come. */
  stateAt(height: number): StateAt | undefined {
    const block = this.blocks.get(height)
    return block === undefined ? undefined : new StateAt(block, this.ledger)
  }

  /** What is true at a height. Throws RangeError when its state is discarded or to come. */
  truth(height = this.finalizedHeight): Truth {
    const state = this.stateAt(height)
    if (state === undefined)
      throw new RangeError(
        `the simulated chain keeps heights ${this.oldestHeight} to ${this.height}, not ${height}`,
      )
    return truthOf(state, this.hashAt(height))
  }

  /** Makes blocks: time, epochs, what people do, then the levers pulled since the last block. */
  advance(blocks = 1): void {
    for (let made = 0; made < blocks; made++) {
      const draft = new Draft(
        {
          ...this.head,
          height: this.head.height + 1,
          timestamp: this.head.timestamp + this.blockTimeMs,
          spec: this.head.code,
        },
        this.ledger,
      )
      if (!this.still) this.move(draft)
      this.pull(draft)
      this.head = draft.block
      this.blocks.set(this.head.height, draft.block)
      this.blocks.delete(this.head.height - this.keepBlocks - 1)
      this.ledger.forgetBefore(this.oldestHeight)
    }
  }

  private move(draft: Draft): void {
    draft.block.totalIssuance += 1_000_000_000n
    for (const { netuid } of draft.subnets()) {
      moveSubnet(draft, netuid, this.random, this.traffic)
      if (isEpoch(draft.subnet(netuid), draft.block.height, draft.block.spec))
        runEpoch(draft, netuid, this.random)
    }
    moveAccounts(draft, this.random, this.traffic)
  }

  private build(draft: Draft, netuid: number, options: SimulatedChainOptions): void {
    const { neurons = 64, limit = () => 256, placed = [], article = false } = options
    const wanted = typeof neurons === 'number' ? neurons : neurons(netuid)
    const size = netuid === 0 ? Math.min(64, wanted) : wanted
    const plan = { netuid, neurons: size, limit: limit(netuid), seed: this.seed, placed, article }
    buildSubnet(draft, plan, this.random)
  }

  /** What `/runtime/spec` says of the token, at once. */
  setToken(token: { readonly symbol?: string; readonly decimals?: number }): void {
    this.token = { ...this.token, ...token }
  }

  /** A new subnet in the next block; its hotkeys are those the netuid had before, if it had any. */
  addSubnet(netuid: number, neurons = 64): void {
    this.next((draft) => {
      this.build(draft, netuid, { neurons })
      draft.emit('NetworkAdded', netuid, 0)
    })
  }
}
