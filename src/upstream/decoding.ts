import { misreadExtrinsic, provesDecoding } from '../chain/decoding.ts'
import { callName, type BlockBody } from '../chain/extrinsic.ts'
import { UpstreamError } from './errors.ts'

/** A change of the verdict about a Sidecar, with the evidence. */
export interface DecodingChange {
  readonly node: string
  readonly decodes: boolean
  /** The previous verdict; undefined if there was none. */
  readonly before: boolean | undefined
  readonly block: number
  /** The misread extrinsic, and the call as which it was decoded. */
  readonly extrinsic?: { readonly hash: string; readonly readAs: string }
  /** The reason why the block could not be read. */
  readonly error?: string
}

type DecodingObserver = (change: DecodingChange) => void

/**
 * Consecutive blocks that a proven Sidecar must fail to decode before it counts as broken: anybody can sign an extrinsic that
 * polkadot-js rejects.
 */
const FAILURES = 3

/**
 * Detects from its blocks whether a Sidecar decodes signed extrinsics correctly. Sidecar 18 decodes those of finney only with a
 * types bundle (see chain/decoding.ts).
 */
export class ExtrinsicDecoding {
  readonly #node: string
  readonly #observe: DecodingObserver
  #verdict: boolean | undefined
  /** Heights that could not be decoded since the last block that proved the decoder. */
  readonly #failed = new Set<number>()

  constructor(node: string, observe: DecodingObserver = () => undefined) {
    this.#node = node
    this.#observe = observe
  }

  /**
   * True after a block that proves the decoder, false after one that disproves it or after blocks that could not be decoded.
   * Undefined without evidence.
   */
  get verdict(): boolean | undefined {
    return this.#verdict
  }

  /** Records a block that was received. */
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

  /** Records a failed request for a block. */
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

/** Whether Sidecar has the block but cannot decode it. */
export const isUndecodable = (error: unknown): error is UpstreamError =>
  error instanceof UpstreamError && error.reason === 'undecodable'
