import type { Address } from '../../chain/address.ts'
import { misreadExtrinsic } from '../../chain/decoding.ts'
import { eventName, type BlockBody } from '../../chain/extrinsic.ts'
import { keyActivity } from '../../chain/key-activity.ts'
import { rao, unitsOf, type Rao } from '../../chain/money.ts'
import { Reconciliation } from '../../chain/reconciliation.ts'
import { isUndecodable } from '../../upstream/decoding.ts'
import { readAccount } from '../../storage/account.ts'
import type { View } from '../../storage/view.ts'
import type { CollectorLog, ReadContext } from '../define.ts'
import { Follower, type FollowerOptions } from './follower.ts'
import { KeyCounts, type Count } from './key-counts.ts'
import { incomingEventLine, operationLine } from './operation-line.ts'
import { readWatchedAccounts, type WatchedAccount } from './watched-accounts.ts'

/** The totals of the watched keys so far. */
export interface KeyReading {
  /** Undefined while no key is watched, because no block is read then. */
  readonly followed:
    | {
        readonly height: number
        /** Blocks up to that of the view that there was no time for. */
        readonly behind: number
        readonly read: number
        readonly skipped: number
      }
    | undefined
  readonly counts: readonly (Count & { readonly name: string })[]
  readonly unexplained: readonly {
    readonly address: Address
    readonly name: string
    readonly change: Rao | undefined
  }[]
}

/** State of the watched keys between polls: the position in the chain, the counts and the balances. */
export class KeyMemory {
  readonly #log: CollectorLog
  readonly #follower: Follower
  readonly #counts = new KeyCounts()
  readonly #reconciliation = new Reconciliation()
  #read = 0
  #skipped = 0
  /** Events of unknown effect that have been logged. */
  readonly #unclassified = new Set<string>()
  /** Height at which balances were last compared. */
  #settledAt = 0

  constructor(log: CollectorLog, options: FollowerOptions) {
    this.#log = log
    this.#follower = new Follower(options)
  }

  /** Reads up to the block of the view, and compares the balances once all blocks are read. */
  async read(view: View, { scope, signal, warn }: ReadContext): Promise<KeyReading> {
    const accounts = await view.shared(readWatchedAccounts, scope)
    if (accounts.length === 0) this.#follower.forget()
    const names = new Map(accounts.map(({ address, name }) => [address as string, name]))
    const watched: ReadonlySet<string> = new Set(names.keys())
    this.#counts.watch(watched)
    this.#reconciliation.keepOnly(watched)
    if (accounts.length === 0) return { followed: undefined, counts: [], unexplained: [] }
    await this.#follow(view, names, watched, signal)
    const height = this.#follower.height ?? view.block.height
    const behind = view.block.height - height
    if (behind === 0) await this.#settle(view, accounts)
    else if (behind > 0) warn('the blocks for the operations of the watched keys are being caught up with')
    const followed = { height, behind, read: this.#read, skipped: this.#skipped }
    // The counts lack what was misread.
    if (view.decoding.verdict === false) return { followed, counts: [], unexplained: [] }
    const counts = view.layout.blocks.operations ? this.#counts.all() : []
    return {
      followed,
      counts: counts.map((count) => ({ ...count, name: names.get(count.address) ?? '' })),
      unexplained: accounts.map(({ address, name }) => {
        const change = this.#reconciliation.unexplained(address)
        return { address, name, change: change === undefined ? undefined : rao(change) }
      }),
    }
  }

  async #follow(
    view: View,
    names: ReadonlyMap<string, string>,
    watched: ReadonlySet<string>,
    signal: AbortSignal,
  ): Promise<void> {
    const gaps: { readonly skipped: number; readonly why: string }[] = []
    const gap = (skipped: number, why: string) => {
      // That extrinsics are not decoded is logged once, when it is detected.
      if (view.decoding.verdict !== false) gaps.push({ skipped, why })
      this.#skipped += skipped
      this.#reconciliation.interrupt()
    }
    const follow = {
      block: (body: BlockBody) => {
        if (view.decoding.verdict === false || misreadExtrinsic(body) !== undefined)
          gap(1, `the signed extrinsics of block ${body.height} are not decoded`)
        else this.#take(view, body, names, watched)
      },
      gap,
      isHopeless: (error: unknown) => view.decoding.verdict === false && isUndecodable(error),
    }
    try {
      await this.#follower.follow(view, follow, signal)
    } finally {
      this.#tell(view, gaps)
    }
  }

  #take(view: View, body: BlockBody, names: ReadonlyMap<string, string>, watched: ReadonlySet<string>): void {
    const { operations, incoming, effects, unclassified } = keyActivity(
      body,
      watched,
      view.layout.blocks.balanceEvents,
    )
    for (const effect of effects) this.#reconciliation.apply(effect)
    for (const { account, event } of unclassified) {
      this.#reconciliation.interrupt(account)
      const name = eventName(event)
      if (this.#unclassified.has(name)) continue
      this.#unclassified.add(name)
      this.#log.warn(
        { event: name, key: names.get(account), address: account, block: body.height },
        'unknown event may have moved a balance: the account is not reconciled over blocks that have it',
      )
    }
    for (const operation of operations) {
      const { pallet, method } = operation.call
      this.#counts.count({ address: operation.actor, pallet, method, result: operation.result })
      const { fields, message } = operationLine(body, operation, names)
      this.#log.info(fields, message)
    }
    for (const done of incoming) {
      const { pallet, name: method } = done.event
      this.#counts.count({ address: done.account, pallet, method, result: 'by_others' })
      const { fields, message } = incomingEventLine(body, done, names)
      this.#log.debug(fields, message)
    }
    this.#read += 1
  }

  /** One line per round, however many blocks were skipped. */
  #tell(view: View, gaps: readonly { readonly skipped: number; readonly why: string }[]): void {
    const [first] = gaps
    if (first === undefined) return
    const blocksSkipped = gaps.reduce((sum, { skipped }) => sum + skipped, 0)
    this.#log.warn(
      { blocksSkipped, node: view.node, firstReason: first.why, gaps: gaps.length },
      'blocks were skipped for the operations of the watched keys',
    )
  }

  /** Compares the balances at the block of the view, up to which all blocks were read, with the events. */
  async #settle(view: View, accounts: readonly WatchedAccount[]): Promise<void> {
    const read = await Promise.all(accounts.map(({ address }) => view.shared(readAccount, address)))
    for (const [index, { address, name }] of accounts.entries()) {
      const account = read[index]
      if (account === undefined) continue
      const balance = { free: unitsOf(account.free), reserved: unitsOf(account.reserved) }
      const change = this.#reconciliation.compare(address, balance)
      if (change === 0n) continue
      this.#log.warn(
        {
          key: name,
          address,
          unexplainedRao: String(change),
          afterBlock: this.#settledAt,
          block: view.block.height,
        },
        'a balance changed by an amount that no event explains',
      )
    }
    this.#settledAt = view.block.height
  }
}
