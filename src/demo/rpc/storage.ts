import { NETUID_LIMIT } from '../../chain/subnet.ts'
import type { SimulatedChain } from '../chain.ts'
import type { KeyPart } from '../item.ts'
import type { StateAt } from '../state.ts'
import type { Blocks } from './block.ts'
import { stateDiscarded } from './error.ts'
import { possibleKeys } from './entries.ts'
import { encodedHex, type RuntimeItem, type Runtimes } from './runtime.ts'
import { itemPrefix } from './storage-key.ts'

const EVENTS = itemPrefix('System', 'Events')
const NUMBER = itemPrefix('System', 'Number')
const PARENT_HASH = itemPrefix('System', 'ParentHash')

/** The storage of the simulated chain, as the runtime that wrote it laid it out. */
export class Storage {
  private readonly chain: SimulatedChain
  private readonly runtimes: Runtimes
  private readonly blocks: Blocks
  /** Lists of keys by height and prefix: a client asks for a long one page by page. */
  private readonly listed = new Map<string, readonly string[]>()

  constructor(chain: SimulatedChain, runtimes: Runtimes, blocks: Blocks) {
    this.chain = chain
    this.runtimes = runtimes
    this.blocks = blocks
  }

  /** Reads values of a state by their storage keys, 0x hex: 0x hex, or null where there is none. */
  reader(state: StateAt): (key: string) => string | null {
    const runtime = this.runtimes.of(state.block.spec)
    return (key) => {
      const digits = key.slice(2).toLowerCase()
      const prefix = digits.slice(0, 64)
      const found = runtime.items.get(prefix)
      if (found === undefined) return digits.length === 64 ? this.special(prefix, state) : null
      const keys = found.keys.decode(digits)
      return keys === undefined ? null : valueOf(found, state, keys)
    }
  }

  /** Storage keys (0x hex) of a state that begin with a prefix and come after a key, in ascending order. */
  keysPaged(state: StateAt, prefix: string, count: number, after: string | undefined): readonly string[] {
    const all = this.keysWith(state, prefix.slice(2).toLowerCase())
    const start = after === undefined ? 0 : firstAfter(all, after.toLowerCase())
    return all.slice(start, start + count)
  }

  private keysWith(state: StateAt, prefix: string): readonly string[] {
    const name = `${state.block.height}/${prefix}`
    const cached = this.listed.get(name)
    if (cached !== undefined) return cached
    const keys: string[] = []
    for (const item of this.runtimes.of(state.block.spec).items.values())
      if (item.keys.prefix.startsWith(prefix) || prefix.startsWith(item.keys.prefix))
        addKeys(keys, item, state, prefix)
    keys.sort()
    for (const oldest of this.listed.keys()) if (this.listed.size >= 16) this.listed.delete(oldest)
    this.listed.set(name, keys)
    return keys
  }

  /** What Sidecar does not need, and a client of the node does. */
  private special(prefix: string, state: StateAt): string | null {
    const { height } = state.block
    if (prefix === EVENTS) {
      if (!this.blocks.has(height)) throw stateDiscarded(this.chain.hashAt(height))
      return this.blocks.at(height).events
    }
    if (prefix === NUMBER) return `0x${littleEndian(height)}`
    return prefix === PARENT_HASH ? this.chain.hashAt(height - 1) : null
  }
}

function littleEndian(value: number): string {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes.toString('hex')
}

function addKeys(keys: string[], item: RuntimeItem, state: StateAt, prefix: string): void {
  const [first] = item.keys.decodePrefix(prefix).keys
  for (const parts of possibleKeys(item.item, state, first)) {
    const digits = item.keys.encode(parts)
    if (digits.startsWith(prefix) && valueOf(item, state, parts) !== null) keys.push(`0x${digits}`)
  }
}

/** The value of an entry; null where the chain has none, which reads as the default. */
function valueOf(
  { item, encode, fallback }: RuntimeItem,
  state: StateAt,
  keys: readonly KeyPart[],
): string | null {
  const value = item.read(state, ...keys)
  if (value === null) return null
  const digits = encodedHex(encode, value)
  return digits === fallback && !isWritten(item.keys.length, state, keys, value) ? null : `0x${digits}`
}

/** Whether the chain keeps an entry whose value is the default: it writes all settings and clocks of a subnet when it makes it. */
function isWritten(parts: number, { block }: StateAt, [first]: readonly KeyPart[], value: unknown): boolean {
  if (parts === 0) return true
  if (parts > 1 || typeof first !== 'number' || (Array.isArray(value) && value.length === 0)) return false
  const subnet = block.subnets.get(first % NETUID_LIMIT)
  return subnet !== undefined && Math.floor(first / NETUID_LIMIT) < subnet.mechanisms
}

/** The index of the first key that is greater, in an ascending list. */
function firstAfter(keys: readonly string[], after: string): number {
  let [low, high] = [0, keys.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((keys[middle] ?? '') > after) high = middle
    else low = middle + 1
  }
  return low
}
