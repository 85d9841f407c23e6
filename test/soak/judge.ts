import { COLLECTORS } from '../../src/collectors/index.ts'
import type { KeyConfig } from '../../src/config/config.ts'
import type { SimulatedChain } from '../../src/demo/chain.ts'
import type { NodeHistory } from './nodes.ts'
import { Operations } from './operations.ts'
import { Oracle, type Said } from './oracle.ts'
import { parseExposition } from '../support/parse-exposition.ts'

/** For how many blocks the exporter believes that somebody has staked nothing there, or set no child keys. */
const BELIEVED_BLOCKS = 50

const HEIGHT = 'bittensor_chain_block_height'
const SOURCE = 'bittensor_chain_source_info'

/** One look at /metrics: samples of chain and nodes by collector, and what the exporter says of itself. */
interface Look {
  readonly said: ReadonlyMap<string, Said>
  readonly own: Said
  readonly faults: readonly string[]
}

/**
 * Judges looks at /metrics against the simulation.
 *
 * The samples of a chain collector, when there are any, are those of one height, all of them and no others. It is the published height
 * (bittensor_chain_block_height) while the collector and `chain` succeed. While the collector fails it is the height it
 * was read at last; while `chain` fails, one that is not below the published. No collector's height ever goes back.
 */
export class Judge {
  readonly #chain: SimulatedChain
  readonly #oracle: Oracle
  readonly #operations: Operations
  readonly #nodes: ReadonlyMap<string, NodeHistory>
  /** The height each collector's samples are of, as low as it can be. */
  readonly #heights = new Map<string, number>()
  readonly #counters = new Map<string, number>()
  #published = 0
  /** Values that were compared so far. */
  compared = 0

  constructor(chain: SimulatedChain, keys: readonly KeyConfig[], nodes: ReadonlyMap<string, NodeHistory>) {
    this.#chain = chain
    this.#oracle = new Oracle(chain, keys)
    this.#operations = new Operations(chain, keys)
    this.#nodes = nodes
  }

  get blocksSkipped(): number {
    return this.#operations.skipped
  }

  /** What is false in an exposition. */
  judge(text: string): readonly string[] {
    const look = lookAt(text)
    return [
      ...look.faults,
      ...this.#judgeHeight(look),
      ...Oracle.collectors.flatMap((collector) => this.#judgeCollector(collector, look)),
      ...this.#judgeOperations(look),
      ...this.#judgeNodes(look),
      ...this.#judgeOwn(look),
    ]
  }

  /** Undefined when all there is to say is said, and of now; or else the first thing that is missing. */
  missing(text: string): string | undefined {
    const { said, own } = lookAt(text)
    const failing = [...own].find(([series, value]) => series.startsWith(SUCCESS) && value !== 1)
    if (failing !== undefined) return `${failing[0]} is 0`
    const head = this.#chain.finalizedHeight
    for (const collector of Oracle.collectors) {
      const [first] = this.#differences(
        collector,
        said.get(collector) ?? new Map<string, number>(),
        head,
        true,
      )
      if (first !== undefined) return `${collector} at ${head}: ${first}`
    }
    const followed = said.get('extrinsics')?.get('bittensor_followed_block_height')
    if (followed !== head) return `blocks were followed to ${followed}, not ${head}`
    for (const [node, history] of this.#nodes)
      if (!history.isCurrent(saidOfNode(said, node))) return `${node} is not as it is now`
    return undefined
  }

  #judgeHeight({ said }: Look): readonly string[] {
    const height = said.get('chain')?.get(HEIGHT)
    if (height === undefined) return []
    if (height < this.#published)
      return [`the published height went from ${this.#published} back to ${height}`]
    this.#published = height
    return height > this.#chain.finalizedHeight ? [`block ${height} is published and does not exist`] : []
  }

  #judgeCollector(collector: string, { said, own }: Look): readonly string[] {
    const samples = said.get(collector)
    const succeeds = own.get(success(collector)) === 1
    const shown = said.get('chain')?.get(HEIGHT)
    const published = own.get(success('chain')) === 1 ? shown : undefined
    const height = succeeds ? published : undefined
    if (samples === undefined) return []
    this.compared += samples.size
    const least = succeeds ? (shown ?? 0) : 0
    const lowest = Math.max(this.#heights.get(collector) ?? 0, this.#chain.oldestHeight, least)
    const isOf = (height: number) => this.#differences(collector, samples, height).length === 0
    if (height !== undefined) {
      this.#heights.set(collector, height)
      const differences = this.#differences(collector, samples, height)
      return differences.slice(0, 3).map((difference) => `${collector} at block ${height}: ${difference}`)
    }
    for (let candidate = lowest; candidate <= this.#chain.finalizedHeight; candidate++) {
      if (!isOf(candidate)) continue
      this.#heights.set(collector, candidate)
      return []
    }
    const differences = this.#differences(collector, samples, lowest).slice(0, 3).join('; ')
    return [
      `${collector} is of no block from ${lowest} to ${this.#chain.finalizedHeight}: at the first, ${differences}`,
    ]
  }

  /** @param complete whether all there is to say must be said, even what the collector may leave out. */
  #differences(collector: string, samples: Said, height: number, complete = false): readonly string[] {
    const right = this.#oracle.said(collector, height)
    const differences: string[] = []
    for (const [series, value] of samples)
      if (series.startsWith(SOURCE)) {
        if (![...this.#nodes.keys()].some((node) => series === `${SOURCE}{node="${node}"}`))
          differences.push(`${series} is no node`)
      } else if (right.get(series) !== value && !this.#isBelieved(collector, series, samples, height))
        differences.push(`${series} is ${value}, not ${right.get(series)}`)
    for (const series of right.keys())
      if (
        !samples.has(series) &&
        !this.#isBelieved(collector, series, samples, height) &&
        !(collector === 'expectations' && !complete)
      )
        differences.push(`${series} is missing`)
    return differences
  }

  /**
   * Whether something is left out by design: a position, or child keys, where there was nothing a short while ago. The
   * total of a coldkey is then that of the positions that are said.
   */
  #isBelieved(collector: string, series: string, samples: Said, height: number): boolean {
    if (collector !== 'value' && collector !== 'swaps') return false
    const wasNothing = (position: string) => {
      for (let back = 1; back <= BELIEVED_BLOCKS + 1; back++) {
        const before = height - back
        if (before < this.#chain.oldestHeight) return true
        if (!this.#oracle.said(collector, before).has(position)) return true
      }
      return false
    }
    if (/^bittensor_(coldkey_stake_alpha|hotkey_pending_children)/.test(series))
      return !samples.has(series) && wasNothing(series)
    return (
      series.startsWith('bittensor_coldkey_stake_tao') &&
      this.#oracle.stakes(samples, height).get(series) === samples.get(series)
    )
  }

  #judgeOperations({ said }: Look): readonly string[] {
    const samples = said.get('extrinsics')
    if (samples === undefined) return []
    this.compared += samples.size
    const height = samples.get('bittensor_followed_block_height') ?? 0
    // Blocks may be known that belong to a view which was given up before it was published.
    return height > this.#chain.finalizedHeight
      ? [`blocks were followed to ${height}, which does not exist`]
      : this.#operations.look(samples)
  }

  #judgeNodes({ said, own }: Look): readonly string[] {
    return [...this.#nodes].flatMap(([node, history]) => {
      const samples = saidOfNode(said, node)
      this.compared += samples.size
      const up = own.get(`bittensor_node_up{node="${node}"}`)
      const answers = NODE_COLLECTORS.some((collector) => own.get(success(collector, node)) === 1)
      const lies = up !== undefined && (up === 1) !== answers ? [`bittensor_node_up of ${node} is ${up}`] : []
      // Every Sidecar of the soak has the types bundle.
      const misreads = own.get(`bittensor_node_decodes_extrinsics{node="${node}"}`) === 0
      return [...history.look(samples), ...lies, ...(misreads ? [`${node} is said to misread`] : [])]
    })
  }

  /** Counters never fall, and the number of series is the number of series. */
  #judgeOwn({ said, own }: Look): readonly string[] {
    const faults: string[] = []
    for (const [series, value] of own) {
      if (!/^bittensor_exporter_\w+_(total|count|bucket)\{/.test(series)) continue
      const before = this.#counters.get(series) ?? 0
      if (value < before) faults.push(`${series} fell from ${before} to ${value}`)
      this.#counters.set(series, value)
    }
    for (const { name } of COLLECTORS) {
      const series = own.get(`bittensor_exporter_series{collector="${name}"}`)
      const right = said.get(name)?.size ?? 0
      if ((series ?? 0) !== right) faults.push(`${name} says that it has ${series} series, and has ${right}`)
    }
    return faults
  }
}

const SUCCESS = 'bittensor_exporter_collector_success{'
const NODE_COLLECTORS = COLLECTORS.filter(({ scope }) => scope === 'node').map(({ name }) => name)

const success = (collector: string, node?: string): string =>
  `${SUCCESS}collector="${collector}"${node === undefined ? '' : `,node="${node}"`}}`

const OWNERS: ReadonlyMap<string, string> = new Map(
  COLLECTORS.flatMap(({ name, families }) => families.map((family) => [family.name, name] as const)),
)

function lookAt(text: string): Look {
  const said = new Map<string, Said>()
  const own: Said = new Map()
  const faults: string[] = []
  if (!text.endsWith('\n')) return { said, own, faults: ['the exposition has no end'] }
  const { samples } = parseExposition(text)
  const repeated = samples.length - new Set(samples.map(({ series }) => series)).size
  if (repeated > 0) faults.push(`${repeated} series are repeated`)
  for (const { name: family, series, value } of samples) {
    const owner = OWNERS.get(family)
    if (owner !== undefined)
      said.set(owner, (said.get(owner) ?? new Map<string, number>()).set(series, value))
    else if (/^bittensor_(?!exporter_|node_up|node_decodes_extrinsics)/.test(family))
      faults.push(`${series} is of no collector`)
    else own.set(series, value)
  }
  return { said, own, faults }
}

/** What the node collectors say of one node. */
function saidOfNode(said: Look['said'], node: string): Said {
  const samples = NODE_COLLECTORS.flatMap((collector) => [...(said.get(collector) ?? [])])
  return new Map(samples.filter(([series]) => series.includes(`{node="${node}"`)))
}
