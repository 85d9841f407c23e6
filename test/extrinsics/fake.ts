import type { ChainEvent, BlockBody, Extrinsic } from '../../src/chain/extrinsic.ts'
import type { FailureReason } from '../../src/upstream/errors.ts'
import { UpstreamError } from '../../src/upstream/errors.ts'
import { layoutOf } from '../../src/storage/layout.ts'
import type { View } from '../../src/storage/view.ts'

/** A chain as the follower sees it: blocks whose hashes tell their height and fork, and requests that fail. */
export class FakeChain {
  /** Heights that were asked for, in order. */
  readonly asked: number[] = []
  /** What is wrong with a height, for so many requests. */
  readonly faults = new Map<number, { readonly reason: FailureReason; times: number }>()
  readonly extrinsics = new Map<number, readonly Extrinsic[]>()
  readonly events = new Map<number, readonly ChainEvent[]>()
  /** The first height of the current fork. */
  forkedAt = Infinity
  /** System.Account of every address. */
  free = '1000'
  reserved = '0'
  spec = 381
  /** Whether its Sidecar decodes extrinsics. */
  readonly decoding: { verdict: boolean | undefined } = { verdict: undefined }

  hash(height: number): string {
    return `0x${height >= this.forkedAt ? 'b' : 'a'}${String(height).padStart(63, '0')}`
  }

  body(height: number): Promise<BlockBody> {
    this.asked.push(height)
    const fault = this.faults.get(height)
    if (fault !== undefined && fault.times-- > 0)
      return Promise.reject(
        new UpstreamError({ node: 'a', path: `/blocks/${height}`, reason: fault.reason, message: 'no' }),
      )
    return Promise.resolve({
      height,
      hash: this.hash(height),
      parentHash: this.hash(height - 1),
      eventsBefore: [],
      extrinsics: this.extrinsics.get(height) ?? [],
      eventsAfter: this.events.get(height) ?? [],
    })
  }

  /** A view at a height. Its accounts all have what the chain says now. */
  view(height: number): View {
    const account = { nonce: '1', data: { free: this.free, reserved: this.reserved, frozen: '0' } }
    const view: View = {
      node: 'a',
      block: { height, hash: this.hash(height) },
      runtime: {
        specName: 'node-subtensor',
        specVersion: this.spec,
        implVersion: 1,
        authoringVersion: 1,
        transactionVersion: 1,
        chainType: 'live',
        token: { symbol: 'TAO', decimals: 9, ss58Format: 42 },
      },
      layout: layoutOf(this.spec, { types: new Map(), pallets: new Map(), signedExtensions: [] }),
      decoding: this.decoding,
      readsAtOnce: 256,
      scrub: (text) => text,
      read: (_, __, decode) => Promise.resolve(decode(account)),
      readColumn: (_, entries, decode) => Promise.resolve(entries.map(() => decode(account))),
      readOptional: () => Promise.resolve(undefined),
      confirm: () => Promise.resolve(),
      body: (at) => this.body(at),
      shared: (reader, argument) => reader(view, argument),
    }
    return view
  }
}
