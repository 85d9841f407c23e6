import type { Address } from '../chain/address.ts'
import { buildSubnet, type PlacedNeuron } from './build.ts'
import { Draft } from './draft.ts'
import { isEpoch, runEpoch } from './epoch.ts'
import { moveAccounts, moveSubnet, setWeights, sign, type Traffic } from './movement.ts'
import { hashOfBlock } from './names.ts'
import { Random } from './random.ts'
import { register, type Candidate } from './register.ts'
import { Ledger, StateAt, type AccountState, type Snapshot } from './state.ts'
import { withElement, type SubnetState } from './subnet.ts'
import { truthOf, type Truth } from './truth.ts'

export interface SimulatedChainOptions {
  readonly seed?: number
  /** Runtime spec version, from 101. */
  readonly spec?: number
  /** How many subnets (netuids from 0), or which netuids; 0 is root. */
  readonly subnets?: number | readonly number[]
  /** Per subnet, or by netuid. Root never has more than 64. */
  readonly neurons?: number | ((netuid: number) => number)
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
  /** Accounts that sign something every few blocks. */
  readonly busy?: readonly Address[]
}

/**
 * A Subtensor chain in memory, the same for the same options. Levers take effect in the next block, so what was read
 * at a height stays true; call advance() after them.
 */
export class SimulatedChain {
  readonly seed: number
  readonly finalityLag: number
  readonly keepBlocks: number
  /** What `/runtime/spec` says of the token; not part of the state, so it changes at once. */
  token: { readonly symbol: string; readonly decimals: number }

  private readonly random: Random
  private readonly ledger = new Ledger()
  private readonly blocks = new Map<number, Snapshot>()
  private readonly traffic: Traffic
  private readonly still: boolean
  private readonly blockTimeMs: number
  private levers: ((draft: Draft) => void)[] = []
  private head: Snapshot
  private first: number

  constructor(options: SimulatedChainOptions = {}) {
    const { seed = 1, spec = 425, startHeight = 158_796, finalityLag = 2, subnets = [0, 1, 3, 11] } = options
    this.seed = seed
    this.finalityLag = finalityLag
    this.keepBlocks = options.keepBlocks ?? 64
    this.still = options.still ?? false
    this.blockTimeMs = options.blockTimeMs ?? 12_000
    this.token = { symbol: options.symbol ?? 'TAO', decimals: options.decimals ?? 9 }
    this.random = new Random(seed)
    this.traffic = { seed, busy: options.busy ?? [], waiting: [], invented: 0 }
    const height = startHeight - finalityLag
    const startTime = options.startTime ?? Date.UTC(2025, 0, 1)
    const timestamp = startTime - finalityLag * this.blockTimeMs
    const empty = { height, timestamp, spec, subnets: new Map<number, SubnetState>() }
    const draft = new Draft({ ...empty, totalStake: 0n, totalIssuance: 9_712_345_678_901_234n }, this.ledger)
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
    return hashOfBlock(this.seed, height)
  }

  /** The height of a hash of this chain, up to the best block; undefined for any other. */
  heightOf(hash: string): number | undefined {
    const height = Number.parseInt(hash.slice(2, 10), 16)
    return height <= this.height && this.hashAt(height) === hash.toLowerCase() ? height : undefined
  }

  /** The runtime of a height; that of the oldest kept one for heights before it. */
  specAt(height: number): number {
    return (this.blocks.get(Math.max(height, this.oldestHeight)) ?? this.head).spec
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
        { ...this.head, height: this.head.height + 1, timestamp: this.head.timestamp + this.blockTimeMs },
        this.ledger,
      )
      if (!this.still) this.move(draft)
      const levers = this.levers
      this.levers = []
      for (const lever of levers) lever(draft)
      this.head = draft.block
      this.blocks.set(this.head.height, draft.block)
      this.blocks.delete(this.head.height - this.keepBlocks - 1)
      this.ledger.forgetBefore(this.oldestHeight)
    }
  }

  private move(draft: Draft): void {
    draft.block.totalIssuance += 1_000_000_000n
    for (const { netuid, ...subnet } of draft.subnets()) {
      moveSubnet(draft, netuid, this.random, this.traffic)
      if (isEpoch({ netuid, ...subnet }, draft.block.height, draft.block.spec))
        runEpoch(draft, netuid, this.random)
    }
    moveAccounts(draft, this.random, this.traffic)
  }

  private build(draft: Draft, netuid: number, options: SimulatedChainOptions): void {
    const { neurons = 64, placed = [], article = false } = options
    const wanted = typeof neurons === 'number' ? neurons : neurons(netuid)
    const size = netuid === 0 ? Math.min(64, wanted) : wanted
    buildSubnet(draft, { netuid, neurons: size, seed: this.seed, placed, article }, this.random)
  }

  private next(lever: (draft: Draft) => void): void {
    this.levers.push(lever)
  }

  /** A runtime upgrade: the next block is the first of this spec. */
  setSpec(spec: number): void {
    this.next((draft) => {
      draft.block.spec = spec
    })
  }

  setToken(token: { readonly symbol?: string; readonly decimals?: number }): void {
    this.token = { ...this.token, ...token }
  }

  /** On a free UID, else on that of the neuron that is next to go, else (all protected) nowhere. */
  registerNeuron(netuid: number, candidate: Candidate): void {
    this.next((draft) => register(draft, netuid, candidate))
  }

  /** Puts another hotkey on a UID: the one that was there is deregistered. */
  replaceNeuron(netuid: number, uid: number, candidate: Candidate): void {
    this.next((draft) => register(draft, netuid, candidate, uid))
  }

  setBalance(address: Address, balance: Partial<AccountState>): void {
    this.next((draft) => {
      draft.patchAccount(address, balance)
    })
  }

  /** One extrinsic signed by an account: nonce + 1, less the cost in rao (a fee by default). */
  sign(address: Address, cost?: bigint): void {
    this.next((draft) => {
      sign(draft, address, cost)
    })
  }

  setWeights(netuid: number, uid: number, mechanism = 0): void {
    this.next((draft) => {
      setWeights(draft, netuid, uid, mechanism)
    })
  }

  setPermit(netuid: number, uid: number, permit: boolean): void {
    this.next((draft) => {
      const { validatorPermit } = draft.subnet(netuid)
      draft.patchSubnet(netuid, { validatorPermit: withElement(validatorPermit, uid, permit) })
    })
  }

  setActive(netuid: number, uid: number, active: boolean): void {
    this.next((draft) => {
      draft.patchSubnet(netuid, { active: withElement(draft.subnet(netuid).active, uid, active) })
    })
  }

  /** Gives a hotkey to another coldkey. */
  setOwner(hotkey: Address, coldkey: Address): void {
    this.next((draft) => {
      draft.setOwner(hotkey, coldkey)
    })
  }

  /** What a hotkey has staked: alpha on this subnet, and the same number of rao in its TotalHotkeyStake. */
  setStake(netuid: number, hotkey: Address, units: bigint): void {
    this.next((draft) => {
      draft.setAlpha(netuid, hotkey, units)
      draft.setStake(hotkey, units)
    })
  }

  /** u16. */
  setTake(hotkey: Address, take: number): void {
    this.next((draft) => {
      draft.setTake(hotkey, take)
    })
  }

  /** Any of a subnet's parameters, pool or vectors. */
  setSubnet(netuid: number, patch: Partial<Omit<SubnetState, 'netuid'>>): void {
    this.next((draft) => {
      draft.patchSubnet(netuid, patch)
    })
  }

  addSubnet(netuid: number, neurons = 64): void {
    this.next((draft) => {
      this.build(draft, netuid, { neurons })
    })
  }

  removeSubnet(netuid: number): void {
    this.next((draft) => {
      draft.subnet(netuid)
      draft.block.subnets.delete(netuid)
    })
  }
}
