import type { SimulatedChain } from '../../src/demo/chain.ts'
import { trafficOf } from '../../src/demo/extrinsics.ts'
import type { KeyConfig } from '../../src/config/config.ts'
import { accountsOf, type Said } from './oracle.ts'

/** Events that are told of a watched key when somebody else did it, as far as the simulation emits them. */
const BY_OTHERS = ['Transfer', 'StakeAdded', 'StakeRemoved', 'NeuronRegistered', 'ColdkeySwapped']

const COUNTS = 'bittensor_key_extrinsics_total{'

/** What was published of the blocks that were followed, when it was last found right. */
interface Progress {
  readonly height: number
  readonly read: number
  readonly skipped: number
  readonly counts: Said
}

/**
 * Follows what is published of the operations of the watched keys. Counters tell what happened since the exporter
 * started, so each look is compared with the last one: what was added must be what the blocks between hold.
 */
export class Operations {
  readonly #chain: SimulatedChain
  readonly #keys: readonly KeyConfig[]
  #last: Progress | undefined

  constructor(chain: SimulatedChain, keys: readonly KeyConfig[]) {
    this.#chain = chain
    this.#keys = keys
  }

  /** The newest block that was followed. */
  get height(): number | undefined {
    return this.#last?.height
  }

  get skipped(): number {
    return this.#last?.skipped ?? 0
  }

  /** What is wrong with the samples of the collector at this look, and what is right from now on. */
  look(said: Said): readonly string[] {
    const height = said.get('bittensor_followed_block_height')
    const read = said.get('bittensor_followed_blocks_total{result="read"}')
    const skipped = said.get('bittensor_followed_blocks_total{result="skipped"}')
    if (height === undefined || read === undefined || skipped === undefined)
      return ['operations are published without the blocks they are of']
    const last = this.#last ?? { height: height - read - skipped, read: 0, skipped: 0, counts: new Map() }
    const faults: string[] = []
    const passed = height - last.height
    const [more, fewer] = [read - last.read, skipped - last.skipped]
    if (passed < 0 || more < 0 || fewer < 0 || more + fewer !== passed)
      faults.push(
        `${passed} blocks passed since ${last.height}, of which ${more} were read and ${fewer} skipped`,
      )
    const happened = this.#between(last.height + 1, height)
    const counts: Said = new Map([...said].filter(([series]) => series.startsWith(COUNTS)))
    for (const series of new Set([...counts.keys(), ...happened.keys()])) {
      const added = (counts.get(series) ?? 0) - (last.counts.get(series) ?? 0)
      const right = happened.get(series) ?? 0
      // Of blocks that were skipped nothing is counted.
      if (fewer === 0 ? added !== right : added < 0 || added > right)
        faults.push(
          `${series} rose by ${added} in blocks ${last.height + 1} to ${height}, which hold ${right}`,
        )
    }
    for (const [series, value] of said)
      if (series.startsWith('bittensor_account_unexplained_change_tao_total{') && value !== 0)
        faults.push(`${series} is ${value}, and the simulation explains every change`)
    this.#last = { height, read, skipped, counts }
    return faults
  }

  #between(from: number, to: number): Said {
    const happened: Said = new Map()
    for (let height = from; height <= to; height++)
      for (const series of this.#at(height)) happened.set(series, (happened.get(series) ?? 0) + 1)
    return happened
  }

  /** One series for each operation in a block. */
  #at(height: number): readonly string[] {
    const state = this.#chain.stateAt(height)
    if (state === undefined) throw new RangeError(`the simulation no longer has block ${height}`)
    const { hotkeys, coldkeys } = accountsOf(this.#keys, state)
    const names = new Map<string, string>(
      [...coldkeys, ...hotkeys].map(({ address, name }) => [address, name]),
    )
    const { extrinsics, events } = trafficOf(this.#chain, height)
    const series = (address: string, pallet: string, method: string, result: string) =>
      `${COUNTS}address="${address}",name="${names.get(address) ?? ''}",pallet="${pallet}",method="${method}",result="${result}"}`
    const found: string[] = []
    const look = (
      happened: readonly { method: { pallet: string; method: string }; data: readonly unknown[] }[],
      actor?: string,
    ) => {
      for (const { method, data } of happened)
        if (BY_OTHERS.includes(method.method))
          for (const account of new Set(data.filter((each) => typeof each === 'string')))
            if (names.has(account) && account !== actor)
              found.push(series(account, method.pallet, method.method, 'by_others'))
    }
    look([...state.block.events, ...events])
    for (const { method, signature, events: own } of extrinsics) {
      const signer = signature?.signer.id
      if (signer !== undefined && names.has(signer))
        found.push(series(signer, method.pallet, method.method, 'success'))
      look(own, signer)
    }
    return found
  }
}
