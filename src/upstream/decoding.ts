import { misreadExtrinsic, provesDecoding } from '../chain/decoding.ts'
import { callName, type BlockBody } from '../chain/extrinsic.ts'
import { UpstreamError } from './errors.ts'

/** A change of mind about a Sidecar, with what it goes by. */
export interface DecodingChange {
  readonly node: string
  readonly decodes: boolean
  /** What was thought before; undefined when nothing was known. */
  readonly before: boolean | undefined
  readonly block: number
  /** Of the extrinsic that cannot have been what it was read as. */
  readonly extrinsic?: { readonly hash: string; readonly readAs: string }
  /** Why the block could not be read. */
  readonly error?: string
}

export type DecodingObserver = (change: DecodingChange) => void

/** Blocks in a row that a Sidecar which has decoded others may fail to decode: anybody can sign what polkadot-js refuses. */
const FAILURES = 3

/**
 * Whether one Sidecar decodes the signed extrinsics of the chain, by the blocks it gave. Sidecar 18 decodes those of finney
 * only with a types bundle (see chain/decoding.ts). Undefined until a block proves it.
 */
export class ExtrinsicDecoding {
  readonly #node: string
  readonly #observe: DecodingObserver
  #verdict: boolean | undefined
  /** Heights that could not be decoded since a block last proved that others can. */
  readonly #failed = new Set<number>()

  constructor(node: string, observe: DecodingObserver = () => undefined) {
    this.#node = node
    this.#observe = observe
  }

  /** True after a block that proves it; false after one that disproves it, or after blocks that could not be decoded. */
  get verdict(): boolean | undefined {
    return this.#verdict
  }

  /** A block was answered. */
  read(body: BlockBody): void {
    const misread = misreadExtrinsic(body)
    if (misread !== undefined) {
      const { hash, call } = misread
      this.#decide({ decodes: false, block: body.height, extrinsic: { hash, readAs: callName(call) } })
    } else if (provesDecoding(body)) {
      this.#failed.clear()
      this.#decide({ decodes: true, block: body.height })
    }
  }

  /** A block was not answered. */
  failed(height: number, error: unknown): void {
    if (!isUndecodable(error)) return
    this.#failed.add(height)
    if (this.#verdict === true && this.#failed.size < FAILURES) return
    this.#failed.clear()
    this.#decide({ decodes: false, block: height, error: error.message })
  }

  #decide(change: Omit<DecodingChange, 'node' | 'before'>): void {
    const before = this.#verdict
    if (change.decodes === before) return
    this.#verdict = change.decodes
    this.#observe({ node: this.#node, before, ...change })
  }
}

/** A block that Sidecar has and cannot decode. */
export const isUndecodable = (error: unknown): error is UpstreamError =>
  error instanceof UpstreamError && error.reason === 'undecodable'
