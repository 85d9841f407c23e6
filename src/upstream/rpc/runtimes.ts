import type { Block } from '../../chain/block.ts'
import { DecodeError } from '../decode.ts'
import { UpstreamError } from '../errors.ts'
import { KeyParts } from './keys.ts'
import type { NodeCalls } from './node-calls.ts'
import { RecentMap } from './registry/recent-map.ts'
import { DecodedRuntime, type RegistryCaches } from './registry/runtime.ts'
import type { Header, Version } from './wire.ts'

/** Blocks whose headers and runtime versions are remembered: neither ever changes. */
const BLOCKS = 64

/** Runtimes of each of two generations: the current one, and at an upgrade the next. Each takes some two megabytes. */
const RUNTIMES = 1

/** As many addresses as all hotkeys and coldkeys of a metagraph, and some more. */
const ADDRESSES = 80_000

/**
 * The runtimes of one node's blocks. A block is executed by the runtime in the state of its parent, which also writes its state: at
 * the block that sets new code the node reports the new runtime, and all values are the old one's.
 */
export class Runtimes {
  readonly #calls: NodeCalls
  readonly #headers = new RecentMap<string, Header>(BLOCKS)
  readonly #versions = new RecentMap<string, Version>(BLOCKS)
  readonly #runtimes = new RecentMap<string, DecodedRuntime>(RUNTIMES)
  /** Whether no metadata was requested yet. */
  #isEmpty = true
  readonly #caches: RegistryCaches = {
    addresses: new RecentMap<string, string>(ADDRESSES),
    keys: new KeyParts(),
  }

  constructor(calls: NodeCalls) {
    this.#calls = calls
  }

  async header(hash: string, signal: AbortSignal): Promise<Header> {
    const key = hash.toLowerCase()
    const known = this.#headers.get(key)
    if (known !== undefined) return known
    const header = await this.#calls.header(hash, signal)
    this.#headers.set(key, header)
    return header
  }

  /** Takes a header that came with a block. */
  remember(hash: string, header: Header): void {
    this.#headers.set(hash.toLowerCase(), header)
  }

  /** The version of the runtime in the state of a block. */
  async version(hash: string, signal: AbortSignal): Promise<Version> {
    const key = hash.toLowerCase()
    const known = this.#versions.get(key)
    if (known !== undefined) return known
    const version = await this.#calls.version(hash, signal)
    this.#versions.set(key, version)
    return version
  }

  /** The hash of the block in whose state the runtime is that executed a block: its parent, or the block itself at height 0. */
  async executor(block: Block, signal: AbortSignal): Promise<string> {
    const { number, parentHash } = await this.header(block.hash, signal)
    if (number !== block.height)
      throw this.#error('chain_getHeader', 'wrong_block', `asked for block ${block.height}, got ${number}`)
    return number === 0 ? block.hash : parentHash
  }

  /** The runtime that executed a block and wrote its state. */
  async executing(block: Block, signal: AbortSignal): Promise<DecodedRuntime> {
    return this.at(await this.executor(block, signal), signal)
  }

  /** The runtime in the state of a block. The first metadata is requested together with the version: it is needed in any case. */
  async at(hash: string, signal: AbortSignal): Promise<DecodedRuntime> {
    const early = this.#isEmpty ? this.#calls.metadata(hash, signal) : undefined
    this.#isEmpty = false
    // Nothing needs it if the version cannot be read.
    early?.catch(() => undefined)
    const { specName, specVersion } = await this.version(hash, signal)
    const key = `${specName} ${specVersion}`
    const known = this.#runtimes.get(key)
    if (known !== undefined) return known
    const runtime = this.#decode(await (early ?? this.#calls.metadata(hash, signal)))
    if (runtime.specName !== specName || runtime.specVersion !== specVersion)
      throw this.#error(
        'state_getMetadata',
        'wrong_runtime',
        `answered with the metadata of ${runtime.specName} ${runtime.specVersion}, and the runtime is ${key}`,
      )
    this.#runtimes.set(key, runtime)
    return runtime
  }

  #decode(metadata: unknown): DecodedRuntime {
    try {
      return new DecodedRuntime(metadata, this.#caches)
    } catch (error) {
      if (error instanceof DecodeError) throw this.#error('state_getMetadata', 'shape', error.message)
      throw error
    }
  }

  #error(path: string, reason: UpstreamError['reason'], message: string): UpstreamError {
    return new UpstreamError({ node: this.#calls.node, method: 'POST', path, reason, message })
  }
}
