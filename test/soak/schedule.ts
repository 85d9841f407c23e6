import type { Random } from '../../src/demo/random.ts'
import { FAULTS, type FaultName } from './faults.ts'
import { FAIR, type Weather } from './proxy.ts'

/** A stretch of the soak: what each node has to go through, and for how many polls. */
export interface Chapter {
  readonly name: 'calm' | 'storm' | 'outage' | 'one left'
  readonly polls: number
  /** By node. */
  readonly weather: readonly Weather[]
  /** How often, a poll, anything of a node itself changes: how far it is behind, its peers, its pool. In 0–1. */
  readonly unsteady: number
  /** Milliseconds the clock of the exporter is shifted by. */
  readonly clockMs: number
}

export interface ScheduleOptions {
  readonly nodes: number
  readonly random: Random
  /** Whether nodes may find themselves on another chain. */
  readonly otherChain: boolean
  /** Polls a storm takes, about. */
  readonly storm: number
}

/** What a fault may be aimed at, besides everything. */
const TARGETS: readonly RegExp[] = [
  /^\/runtime\/spec|chain_getFinalizedHead/,
  /^\/node\/|system_|author_/,
  /^\/blocks\/\d|chain_getBlock/,
  /\/storage\/Account|state_queryStorageAt/,
  /\/storage\/(Tempo|Burn|SubnetTAO)|state_queryStorageAt/,
  /\/storage\/(Emission|LastUpdate|Keys|TotalHotkeyAlpha)|state_getRuntimeVersion/,
  /\/storage\/(NetworksAdded|TotalNetworks|Uids)|chain_getHeader/,
  /\/storage\/Now|state_getMetadata|state_getStorage/,
]

const NAMES = Object.keys(FAULTS) as readonly FaultName[]

/** One chapter after the other, for ever: calm and storms in turn, now and then an outage or a single node left. */
export function* schedule({ nodes, random, otherChain, storm }: ScheduleOptions): Generator<Chapter, never> {
  const next = dealt(NAMES, random)
  const calm = (): Chapter => ({
    ...QUIET,
    polls: Math.ceil(storm * random.between(0.3, 1)),
    weather: each(() => FAIR),
  })
  for (;;) {
    yield calm()
    const polls = Math.ceil(storm * random.between(0.6, 1.4))
    yield { ...QUIET, name: 'storm', polls, weather: each(rough), unsteady: 0.1, clockMs: jump() }
    yield calm()
    if (random.chance(0.5)) {
      const left = random.below(nodes)
      const weather = each((node) => (node === left ? FAIR : random.chance(0.5) ? DOWN : rough()))
      yield { ...QUIET, name: 'one left', polls, weather, unsteady: 0.02 }
    } else if (random.chance(0.3))
      yield { ...QUIET, name: 'outage', polls: 5, weather: each(() => DOWN), clockMs: jump() }
  }

  function each(weather: (node: number) => Weather): readonly Weather[] {
    return Array.from({ length: nodes }, (_, node) => weather(node))
  }

  function jump(): number {
    return random.chance(0.3) ? Math.round(random.between(-1, 1) * 86_400_000) : 0
  }

  function rough(): Weather {
    if (random.chance(0.1)) return DOWN
    return {
      refused: false,
      faults: Array.from({ length: random.below(4) }, () => aimed(next())),
      otherChain: otherChain && random.chance(0.3) ? (random.pick([0.001, 0.02, 0.5, 1, 1]) ?? 0) : 0,
      otherBlock: random.chance(0.2) ? 0.005 : 0,
      vanishing: random.chance(0.15),
    }
  }

  function aimed(fault: FaultName): Weather['faults'][number] {
    const only = random.chance(0.5) ? random.pick(TARGETS) : undefined
    const rate = random.pick(only === undefined ? [0.001, 0.005, 0.03] : [0.1, 0.4, 1]) ?? 0
    return only === undefined ? { fault, rate } : { fault, rate, only }
  }
}

/** Every one of them once, in any order, and then again: in a short soak, too, each has its turn. */
function dealt<Card>(cards: readonly Card[], random: Random): () => Card {
  let left: Card[] = []
  return () => {
    if (left.length === 0) left = [...cards]
    return left.splice(random.below(left.length), 1)[0]!
  }
}

const QUIET = { name: 'calm', unsteady: 0, clockMs: 0 } as const
const DOWN: Weather = { ...FAIR, refused: true }
