import type { Address } from '../../chain/address.ts'
import { misreadExtrinsic } from '../../chain/decoding.ts'
import { eventName, type BlockBody } from '../../chain/extrinsic.ts'
import { keyActivity, type KeyActivity } from '../../chain/key-activity.ts'
import { rao, unitsOf, type Rao } from '../../chain/money.ts'
import { Reconciliation } from '../../chain/reconciliation.ts'
import { oneLine } from '../../text.ts'
import { isUndecodable } from '../../upstream/decoding.ts'
import { readAccount } from '../../storage/account.ts'
import type { View } from '../../storage/view.ts'
import type { CollectorLog, ReadContext } from '../define.ts'
import { Follower, type FollowerOptions } from './follower.ts'
import { KeyCounts, type Count, type DropReason } from './key-counts.ts'
import { incomingEventLine, operationLine, type Line } from './operation-line.ts'
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
  /** Undefined while there are no counts. */
  readonly dropped:
    | {
        readonly calls: readonly { readonly reason: DropReason; readonly calls: number }[]
        readonly logLines: readonly { readonly level: LogLevel; readonly lines: number }[]
      }
    | undefined
  /** The last calls by the watched keys, the newest first. Undefined while there are no counts. */
  readonly recent: readonly RecentOperation[] | undefined
  readonly unexplained: readonly {
    readonly address: Address
    readonly name: string
    readonly change: Rao | undefined
  }[]
}

/** A call by a watched key. */
export interface RecentOperation {
  readonly block: number
  readonly name: string
  readonly address: string
  readonly pallet: string
  readonly method: string
  readonly result: string
  readonly hash: string | null
}

/** Pallets and methods have short names, unless a node lies. */
const MAX_NAME_LENGTH = 64

/** Number of calls that are kept for the page. */
const MAX_RECENT = 50

const LOG_LEVELS = ['debug', 'info', 'warn'] as const
type LogLevel = (typeof LOG_LEVELS)[number]

/** Lines about one block at one level. A node that lies can invent any number of calls. */
const MAX_LINES = 100

/** Events of unknown effect that are logged once. Further ones are logged in each block. */
const MAX_UNCLASSIFIED = 256

/** State of the watched keys between polls: the position in the chain, the counts and the balances. */
export class KeyMemory {
  readonly #log: CollectorLog
  readonly #follower: Follower
  readonly #counts = new KeyCounts()
  readonly #reconciliation = new Reconciliation()
  /** The newest first. */
  #recent: readonly RecentOperation[] = []
  #read = 0
  #skipped = 0
  readonly #droppedLines = new Map<LogLevel, number>(LOG_LEVELS.map((level) => [level, 0]))
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
    if (accounts.length === 0)
      return { followed: undefined, counts: [], dropped: undefined, recent: undefined, unexplained: [] }
    await this.#follow(view, names, watched, signal)
    const height = this.#follower.height ?? view.block.height
    const behind = view.block.height - height
    if (behind === 0) await this.#settle(view, accounts)
    else if (behind > 0) warn('the blocks for the operations of the watched keys are being caught up with')
    const followed = { height, behind, read: this.#read, skipped: this.#skipped }
    // The counts lack what was misread.
    if (view.decoding.verdict === false)
      return { followed, counts: [], dropped: undefined, recent: undefined, unexplained: [] }
    const hasCounts = view.layout.blocks.operations
    const counts = hasCounts ? this.#counts.all() : []
    const logLines = Array.from(this.#droppedLines, ([level, lines]) => ({ level, lines }))
    return {
      followed,
      counts: counts.map((count) => ({ ...count, name: names.get(count.address) ?? '' })),
      dropped: hasCounts ? { calls: this.#counts.dropped(), logLines } : undefined,
      recent: hasCounts ? this.#recent.filter(({ address }) => watched.has(address)) : undefined,
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
    this.#interrupt(body, unclassified, names)
    for (const operation of operations) {
      const { pallet, method } = operation.call
      this.#counts.count({ address: operation.actor, pallet, method, result: operation.result })
    }
    this.#remember(body, operations, names)
    for (const { account, event } of incoming)
      this.#counts.count({ address: account, pallet: event.pallet, method: event.name, result: 'by_others' })
    this.#write('info', body, operations, (operation) => operationLine(body, operation, names))
    this.#write('debug', body, incoming, (event) => incomingEventLine(body, event, names))
    this.#read += 1
  }

  #remember(
    { height }: BlockBody,
    operations: KeyActivity['operations'],
    names: ReadonlyMap<string, string>,
  ): void {
    const added = operations.map(({ actor, call, result, extrinsic }) => ({
      block: height,
      name: names.get(actor) ?? '',
      address: actor,
      pallet: oneLine(call.pallet, MAX_NAME_LENGTH),
      method: oneLine(call.method, MAX_NAME_LENGTH),
      result,
      hash: extrinsic.hash,
    }))
    this.#recent = [...added.toReversed(), ...this.#recent].slice(0, MAX_RECENT)
  }

  /** Stops the reconciliation of accounts over events of unknown effect. */
  #interrupt(
    body: BlockBody,
    unclassified: KeyActivity['unclassified'],
    names: ReadonlyMap<string, string>,
  ): void {
    const fresh = new Map<string, string>()
    for (const { account, event } of unclassified) {
      this.#reconciliation.interrupt(account)
      const name = eventName(event)
      if (!this.#unclassified.has(name) && !fresh.has(name)) fresh.set(name, account)
    }
    this.#write('warn', body, Array.from(fresh), ([event, account]) => {
      if (this.#unclassified.size < MAX_UNCLASSIFIED) this.#unclassified.add(event)
      return {
        fields: { event, key: names.get(account), address: account, block: body.height },
        message:
          'unknown event may have moved a balance: the account is not reconciled over blocks that have it',
      }
    })
  }

  /** Logs the first of some entries of a block, and counts the others. */
  #write<Entry>(
    level: LogLevel,
    { height }: BlockBody,
    entries: readonly Entry[],
    line: (entry: Entry) => Line,
  ): void {
    for (const entry of entries.slice(0, MAX_LINES)) {
      const { fields, message } = line(entry)
      this.#log[level](fields, message)
    }
    const omitted = entries.length - MAX_LINES
    if (omitted <= 0) return
    this.#droppedLines.set(level, (this.#droppedLines.get(level) ?? 0) + omitted)
    this.#log[level](
      { block: height, omitted },
      'log lines about a block with too many operations or events were omitted',
    )
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
