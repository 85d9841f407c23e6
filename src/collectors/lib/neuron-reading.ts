import { isImmune, type SubnetNeurons } from '../../chain/neuron.ts'
import type { RestLabels } from '../../metrics/cells.ts'
import type { WatchedKey } from '../../scope/scope.ts'
import type { NeuronTable } from '../../storage/incremental/index.ts'

type SubnetReading = NeuronTable['subnets'][number]

/** The neurons of one subnet, with what is derived from them. */
export interface NeuronRows extends SubnetReading {
  readonly height: number
  readonly immune: readonly boolean[] | undefined
  /** The labels that tell watched hotkeys from others, by address. */
  readonly watched: RestLabels
}

export interface NeuronReading {
  /** The table that was read. The next reading continues from it. */
  readonly table: NeuronTable
  readonly subnets: readonly NeuronRows[]
  /** The configured names of the watched hotkeys, by address. */
  readonly names: ReadonlyMap<string, string>
}

interface Immunity {
  readonly registeredAt: readonly number[]
  readonly period: number
  readonly flags: readonly boolean[]
  /** The flags hold from this height. */
  readonly from: number
  /** The first height at which the immunity of a neuron has ended. */
  readonly until: number
}

interface Names {
  readonly hotkeys: readonly WatchedKey[]
  readonly byAddress: ReadonlyMap<string, string>
  readonly labels: RestLabels
}

/**
 * Derives readings from the neurons that were read. What did not change since the last reading stays the same object, so that
 * its lines are not rendered again.
 */
export class NeuronReadings {
  #names: Names = namesOf([])
  readonly #immunity = new Map<number, Immunity>()

  /** The configured names of the watched hotkeys, by address. */
  namesOf(hotkeys: readonly WatchedKey[]): ReadonlyMap<string, string> {
    if (hotkeys !== this.#names.hotkeys) this.#names = namesOf(hotkeys)
    return this.#names.byAddress
  }

  derive(table: NeuronTable, hotkeys: readonly WatchedKey[]): NeuronReading {
    const { height, subnets } = table
    const names = this.namesOf(hotkeys)
    const { labels: watched } = this.#names
    const netuids = new Set(subnets.map(({ netuid }) => netuid))
    for (const netuid of this.#immunity.keys()) if (!netuids.has(netuid)) this.#immunity.delete(netuid)
    return {
      table,
      names,
      subnets: subnets.map((subnet) => ({
        ...subnet,
        height,
        watched,
        immune: this.#immune(subnet, height),
      })),
    }
  }

  #immune(
    { netuid, registeredAt, immunityPeriod: period }: SubnetNeurons,
    height: number,
  ): readonly boolean[] | undefined {
    if (registeredAt === undefined || period === undefined) return undefined
    const cached = this.#immunity.get(netuid)
    const isSame = cached?.registeredAt === registeredAt && cached.period === period
    if (isSame && height >= cached.from && height < cached.until) return cached.flags
    const flags = registeredAt.map((registered) => isImmune(height, registered, period))
    const until = registeredAt.reduce(
      (first, registered, row) => (flags[row] === true ? Math.min(first, registered + period) : first),
      Infinity,
    )
    this.#immunity.set(netuid, { registeredAt, period, flags, from: height, until })
    return flags
  }
}

const namesOf = (hotkeys: readonly WatchedKey[]): Names => ({
  hotkeys,
  byAddress: new Map(hotkeys.map(({ address, name }) => [address, name])),
  labels: {
    byKey: new Map(hotkeys.map(({ address, name }) => [address, { name, watched: 'true' }])),
    otherwise: { name: '', watched: 'false' },
  },
})
