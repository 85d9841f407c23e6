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

/** Types in the metadata that differ from those of the real chain. */
export interface ChangedTypes {
  /** The first spec version with these types. */
  readonly from: number
  /** By pallet and name (`SubtensorModule.Tempo`). */
  readonly types: Readonly<Record<string, string>>
}

/** Initial state and parameters of a chain. The defaults are in the constructor. */
export interface SimulatedChainOptions {
  readonly seed?: number
  /** Runtime spec version, from 101. */
  readonly spec?: number
  /** How many subnets (netuids from 0), or which netuids; 0 is root. */
  readonly subnets?: number | readonly number[]
  /** Per subnet, or by netuid. Root never has more than 64. */
  readonly neurons?: number | ((netuid: number) => number)
  /** MaxAllowedUids; default 256, or the number of neurons if that is higher. */
  readonly limit?: (netuid: number) => number
  /** Height of the initial best block. */
  readonly startHeight?: number
  /** Timestamp of the initial best block, in milliseconds since 1970. */
  readonly startTime?: number
  /** Milliseconds of chain time between blocks. */
  readonly blockTimeMs?: number
  /** Number of blocks below the best one whose state is kept. */
  readonly keepBlocks?: number
  /** Number of blocks by which finality lags. */
  readonly finalityLag?: number
  readonly symbol?: string
  readonly decimals?: number
  /** Whether to add the article's neuron, on subnet 1 if it has more than 1169 neurons. */
  readonly article?: boolean
  /** If true, only heights, times and levers change the state. */
  readonly still?: boolean
  readonly placed?: readonly PlacedNeuron[]
  readonly changedTypes?: ChangedTypes
  /** Accounts that sign an extrinsic every few blocks. */
  readonly busy?: readonly Address[]
}

/**
 * A simulated Subtensor chain in memory. Deterministic: the same options produce the same chain. Levers take effect in the
 * next block, so the state of a height never changes; call advance() after using them.
 */
export class SimulatedChain extends Levers {
  readonly seed: number
  readonly finalityLag: number
  readonly keepBlocks: number
  readonly changedTypes: ChangedTypes
  /** The token in `/runtime/spec`. Not part of the state, so it changes immediately. */
  token: { readonly symbol: string; readonly decimals: number }

  private readonly random: Random
  private readonly ledger = new Ledger()
  private readonly blocks = new Map<number, Snapshot>()
  private readonly traffic: Traffic
  private readonly still: boolean
  private readonly blockTimeMs: number
  /** Cache of the last requested hash: a poll requests the same one thousands of times. */
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

  /** Height of the newest finalized block. */
  get finalizedHeight(): number {
    return Math.max(this.first, this.head.height - this.finalityLag)
  }

  /** The lowest height whose state is kept. */
  get oldestHeight(): number {
    return Math.max(this.first, this.head.height - this.keepBlocks)
  }

  /** Whether the height is the one before the first block, whose runtime is that of the first block. */
  isBeforeFirst(height: number): boolean {
    return height === this.first - 1
  }

  /** The hash of any height, past or future. */
  hashAt(height: number): string {
    if (this.hashed?.height !== height) this.hashed = { height, hash: hashOfBlock(this.seed, height) }
    return this.hashed.hash
  }

  /** The height of a hash of this chain, up to the best block; undefined for any other. */
  heightOf(hash: string): number | undefined {
    const height = Number.parseInt(hash.slice(2, 10), 16)
    return height <= this.height && this.hashAt(height) === hash.toLowerCase() ? height : undefined
  }

  /** Spec version of the runtime in the state of a height, which a node reports. Heights that are no longer kept use the oldest one kept. */
  specAt(height: number): number {
    return this.snapshotAt(height).code
  }

  /** Spec version of the runtime that wrote the state of a height; at a block that sets new code, the old one. */
  writerAt(height: number): number {
    return this.snapshotAt(height).spec
  }

  private snapshotAt(height: number): Snapshot {
    return this.blocks.get(Math.max(height, this.oldestHeight)) ?? this.head
  }

  /** The state at a height; undefined for discarded and future heights. */
  stateAt(height: number): StateAt | undefined {
    const block = this.blocks.get(height)
    return block === undefined ? undefined : new StateAt(block, this.ledger)
  }

  /** The ground truth at a height. Throws RangeError for discarded and future heights. */
  truth(height = this.finalizedHeight): Truth {
    const state = this.stateAt(height)
    if (state === undefined)
      throw new RangeError(
        `the simulated chain keeps heights ${this.oldestHeight} to ${this.height}, not ${height}`,
      )
    return truthOf(state, this.hashAt(height))
  }

  /** Produces blocks: time, epochs, activity of accounts, then the levers used since the last block. */
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

  /** Changes the token in `/runtime/spec` immediately. */
  setToken(token: { readonly symbol?: string; readonly decimals?: number }): void {
    this.token = { ...this.token, ...token }
  }

  /** Adds a subnet in the next block. It has the same hotkeys as an earlier subnet with this netuid. */
  addSubnet(netuid: number, neurons = 64): void {
    this.next((draft) => {
      this.build(draft, netuid, { neurons })
      draft.emit('NetworkAdded', netuid, 0)
    })
  }
}
