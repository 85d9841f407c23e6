import type { z } from 'zod'
import { UpstreamError, type FailureReason } from '../errors.ts'
import type { RpcCalls } from './calls.ts'
import * as wire from './wire.ts'

/** Calls of a node with checked answers. All of them are safe methods, which a node offers to anybody. Each rejects with UpstreamError. */
export class NodeCalls {
  readonly #calls: RpcCalls

  constructor(calls: RpcCalls) {
    this.#calls = calls
  }

  get node(): string {
    return this.#calls.node
  }

  chain = (signal: AbortSignal) => this.#small(wire.nameWire, 'system_chain', [], signal)
  clientVersion = (signal: AbortSignal) => this.#small(wire.nameWire, 'system_version', [], signal)
  chainType = (signal: AbortSignal) => this.#small(wire.enumWire, 'system_chainType', [], signal)
  health = (signal: AbortSignal) => this.#small(wire.healthWire, 'system_health', [], signal)
  roles = (signal: AbortSignal) => this.#small(wire.rolesWire, 'system_nodeRoles', [], signal)
  token = (signal: AbortSignal) => this.#small(wire.tokenWire, 'system_properties', [], signal)
  finalizedHash = (signal: AbortSignal) => this.#small(wire.hashWire, 'chain_getFinalizedHead', [], signal)
  bestHeader = (signal: AbortSignal) => this.#small(wire.headerWire, 'chain_getHeader', [], signal)

  async header(hash: string, signal: AbortSignal): Promise<wire.Header> {
    const header = await this.#small(wire.maybeHeaderWire, 'chain_getHeader', [hash], signal)
    return header ?? this.#gone('chain_getHeader', `has no block ${hash}`)
  }

  /** The hash of the block at a height on the best chain, which contains the finalized blocks. */
  async hashAt(height: number, signal: AbortSignal): Promise<string> {
    const hash = await this.#small(wire.maybeHashWire, 'chain_getBlockHash', [height], signal)
    return hash ?? this.#gone('chain_getBlockHash', `has no block ${height}`)
  }

  /** Of the best block where no hash is given. */
  version = (hash: string | undefined, signal: AbortSignal): Promise<wire.Version> =>
    this.#small(wire.versionWire, 'state_getRuntimeVersion', hash === undefined ? [] : [hash], signal)

  /** Not decoded. Some hundred kB. */
  metadata = (hash: string, signal: AbortSignal): Promise<unknown> =>
    this.#calls.callAlone('state_getMetadata', [hash], signal)

  /** The extrinsics waiting in the pool. Some MB when the pool is full. */
  pool = (signal: AbortSignal) => this.#large(wire.poolWire, 'author_pendingExtrinsics', [], signal)

  async block(hash: string, signal: AbortSignal) {
    const answer = await this.#large(wire.blockWire, 'chain_getBlock', [hash], signal)
    return answer?.block ?? this.#gone('chain_getBlock', `has no block ${hash}`)
  }

  /** The encoded value of a storage key. */
  value = (key: string, hash: string, signal: AbortSignal) =>
    this.#large(wire.valueWire, 'state_getStorage', [key, hash], signal)

  /** An error that a call of this method ended with. */
  error(method: string, reason: FailureReason, message: string): UpstreamError {
    return new UpstreamError({ node: this.node, method: 'POST', path: method, reason, message })
  }

  async #small<Schema extends z.ZodType>(
    schema: Schema,
    method: string,
    params: readonly unknown[],
    signal: AbortSignal,
  ): Promise<z.output<Schema>> {
    return this.#checked(schema, method, await this.#calls.call(method, params, signal))
  }

  async #large<Schema extends z.ZodType>(
    schema: Schema,
    method: string,
    params: readonly unknown[],
    signal: AbortSignal,
  ): Promise<z.output<Schema>> {
    return this.#checked(schema, method, await this.#calls.callAlone(method, params, signal))
  }

  #checked<Schema extends z.ZodType>(schema: Schema, method: string, answer: unknown): z.output<Schema> {
    const parsed = schema.safeParse(answer)
    if (parsed.success) return parsed.data
    const issues = parsed.error.issues.slice(0, 3)
    const message = issues
      .map(({ path, message }) => `${path.join('.') || 'the answer'}: ${message}`)
      .join('; ')
    throw this.error(method, 'shape', message)
  }

  #gone(method: string, message: string): never {
    throw this.error(method, 'block_gone', message)
  }
}
