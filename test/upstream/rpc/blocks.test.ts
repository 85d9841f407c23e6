import { readFile } from 'node:fs/promises'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { addressOf } from '../../../src/chain/address.ts'
import { misreadExtrinsic, provesDecoding } from '../../../src/chain/decoding.ts'
import { UNDECODED_CALL } from '../../../src/chain/extrinsic.ts'
import { DecodeError } from '../../../src/upstream/decode.ts'
import { blockBodyOf, BlockFault, type RawBlock } from '../../../src/upstream/rpc/blocks.ts'
import { KeyParts } from '../../../src/upstream/rpc/keys.ts'
import { RecentMap } from '../../../src/upstream/rpc/registry/recent-map.ts'
import { DecodedRuntime } from '../../../src/upstream/rpc/registry/runtime.ts'
import { decoded } from '../../extrinsics/blocks.ts'
import { recordedMetadata, type MetadataJson } from '../../support/metadata.ts'
import { encodedMetadata, polkadot } from './polkadot.ts'

/** A block of the lab as its node and a real Sidecar 18 with its types bundle answered it (record-blocks.mjs). */
interface Recorded {
  readonly hash: string
  readonly block: {
    readonly header: { readonly number: string; readonly parentHash: string }
    readonly extrinsics: readonly string[]
  }
  readonly events: string
  readonly sidecar: { readonly status: number; readonly body: unknown }
}

const recorded = async (spec: number): Promise<readonly Recorded[]> => {
  const file = new URL(`../../fixtures/rpc-blocks/${spec}.json.gz`, import.meta.url)
  return JSON.parse(gunzipSync(await readFile(file)).toString('utf8')) as Recorded[]
}

const runtimeOf = (metadata: string) =>
  new DecodedRuntime(metadata, { addresses: new RecentMap(100), keys: new KeyParts() })

const rawOf = ({ hash, block, events }: Recorded): RawBlock => ({
  block: { height: Number(block.header.number), hash },
  parentHash: block.header.parentHash,
  extrinsics: block.extrinsics,
  events,
})

describe.each([103, 219, 381, 475])('spec %i', (spec) => {
  test('blocks are what Sidecar makes of them', async () => {
    const runtime = runtimeOf((await polkadot(spec)).metadata)
    const blocks = await recorded(spec)
    expect(blocks.length).toBeGreaterThan(8)
    let nested = 0
    for (const block of blocks) {
      expect(block.sidecar.status).toBe(200)
      const body = blockBodyOf(rawOf(block), runtime)
      expect(body).toEqual(decoded(block.sidecar.body))
      expect([misreadExtrinsic(body), provesDecoding(body)]).toEqual([undefined, true])
      nested += body.extrinsics.filter(({ call }) => Object.keys(call.calls).length > 0).length
    }
    expect(nested).toBeGreaterThanOrEqual(2)
  })
})

describe('an extrinsic that cannot be decoded', () => {
  const withLength = (bytes: Buffer): string => {
    const { length } = bytes
    return `0x${Buffer.concat([Buffer.of(((length & 63) << 2) | 1, length >> 6), bytes]).toString('hex')}`
  }
  const bytesIn = (hex: string): Buffer => Buffer.from(hex.slice(2), 'hex').subarray(2)

  test.each<[string, boolean, (bytes: Buffer) => string]>([
    // The call is balances.transfer_keep_alive, after 99 bytes of signer and signature; 0xff is no pallet of the runtime.
    [
      'with an unknown pallet',
      true,
      (bytes) => {
        const call = bytes.indexOf(Buffer.of(5, 3), 99)
        return withLength(Buffer.from(bytes).fill(0xff, call, call + 1))
      },
    ],
    [
      'of an unknown version',
      false,
      (bytes) => withLength(Buffer.concat([Buffer.of(0x86), bytes.subarray(1)])),
    ],
    ['that is too short', true, (bytes) => withLength(bytes.subarray(0, -1))],
    ['that is too long', true, (bytes) => withLength(Buffer.concat([bytes, Buffer.of(0)]))],
    ['with another length', false, (bytes) => withLength(bytes).slice(0, -2)],
  ])('%s loses itself only', async (_, hasSigner, change) => {
    const runtime = runtimeOf((await polkadot(475)).metadata)
    const block = rawOf((await recorded(475))[0]!)
    const whole = blockBodyOf(block, runtime)
    const [first, second] = block.extrinsics
    const body = blockBodyOf({ ...block, extrinsics: [first!, change(bytesIn(second!))] }, runtime)
    const { signer } = whole.extrinsics[1]!
    expect(signer).toBeDefined()
    expect(body.extrinsics[1]).toEqual({
      ...whole.extrinsics[1],
      hash: body.extrinsics[1]!.hash,
      call: UNDECODED_CALL,
      signer: hasSigner ? signer : undefined,
    })
    expect({ ...body, extrinsics: body.extrinsics.slice(0, 1) }).toEqual({
      ...whole,
      extrinsics: whole.extrinsics.slice(0, 1),
    })
    expect(provesDecoding(body)).toBe(false)
  })
})

describe('events', () => {
  test('that are gone, of too few or of too many extrinsics are a fault of the block', async () => {
    const runtime = runtimeOf((await polkadot(475)).metadata)
    const block = rawOf((await recorded(475))[0]!)
    expect(() => blockBodyOf({ ...block, events: null }, runtime)).toThrow(BlockFault)
    expect(() => blockBodyOf({ ...block, events: '0x00' }, runtime)).toThrow(BlockFault)
    expect(() => blockBodyOf({ ...block, extrinsics: block.extrinsics.slice(0, 1) }, runtime)).toThrow(
      BlockFault,
    )
    const more = [...block.extrinsics, block.extrinsics[1]!]
    expect(() => blockBodyOf({ ...block, extrinsics: more }, runtime)).toThrow(BlockFault)
  })

  test('that cannot be decoded are a DecodeError', async () => {
    const runtime = runtimeOf((await polkadot(475)).metadata)
    const block = rawOf((await recorded(475))[0]!)
    expect(() => blockBodyOf({ ...block, events: `${block.events}00` }, runtime)).toThrow(DecodeError)
    expect(() => blockBodyOf({ ...block, events: block.events!.slice(0, -2) }, runtime)).toThrow(DecodeError)
    // The pallet of the first event, after the number of events and the phase.
    const changed = `${block.events!.slice(0, 14)}ff${block.events!.slice(16)}`
    expect(() => blockBodyOf({ ...block, events: changed }, runtime)).toThrow(DecodeError)
  })
})

describe('formats and extensions', () => {
  const account = Buffer.alloc(32, 7)
  const signature = Buffer.concat([Buffer.of(1), Buffer.alloc(64, 9)])
  /** `system.remark` of the bytes 1, 2, 3. */
  const remark = Buffer.from('00000c010203', 'hex')
  const call = { pallet: 'system', method: 'remark', args: { remark: '0x010203' }, calls: {} }
  /** Mortality, nonce 1, tip 0, metadata hash mode 0: the extensions of spec 475 that have bytes. */
  const own = Buffer.of(0, 4, 0, 0)

  /** The metadata of spec 475 with more extensions after its own. */
  async function extended(...identifiers: readonly ('UnknownExtension' | 'VerifySignature')[]) {
    const json = structuredClone(await recordedMetadata(475)) as MetadataJson & WithExtensions
    const { types } = json.metadata.v14.lookup
    const idOf = (test: (type: (typeof types)[number]['type']) => boolean): string =>
      types.find(({ type }) => test(type))!.id
    const u32 = idOf(({ def }) => def['primitive'] === 'U32')
    const unit = idOf(({ def }) => Array.isArray(def['tuple']) && def['tuple'].length === 0)
    const field = (name: string, path: string) => ({
      name,
      type: idOf((type) => type.path.join('::') === path),
      typeName: null,
      docs: [],
    })
    const verify = String(types.length)
    const fields = [
      field('signature', 'sp_runtime::MultiSignature'),
      field('account', 'sp_core::crypto::AccountId32'),
    ]
    const variants = [
      { name: 'Signed', fields, index: '0', docs: [] },
      { name: 'Disabled', fields: [], index: '1', docs: [] },
    ]
    types.push({
      id: verify,
      type: { path: ['VerifySignature'], params: [], def: { variant: { variants } } },
    })
    for (const identifier of identifiers)
      json.metadata.v14.extrinsic.signedExtensions.push({
        identifier,
        type: identifier === 'VerifySignature' ? verify : u32,
        additionalSigned: unit,
      })
    return runtimeOf(encodedMetadata(json))
  }

  const extrinsic = (...parts: readonly Uint8Array[]): Buffer => {
    const bytes = Buffer.concat(parts)
    const { length } = bytes
    return Buffer.concat([
      length < 64 ? Buffer.of(length << 2) : Buffer.of(((length & 63) << 2) | 1, length >> 6),
      bytes,
    ])
  }
  const signed = (...extensions: readonly Uint8Array[]) =>
    extrinsic(Buffer.of(0x84, 0), account, signature, ...extensions, remark)

  test('unknown signed extensions are read by their types', async () => {
    const runtime = await extended('UnknownExtension')
    const { signer, call: found } = runtime.extrinsics.decode(signed(own, Buffer.of(1, 2, 3, 4)))
    expect([signer, found]).toEqual([addressOf(account), call])
    const missing = runtime.extrinsics.decode(signed(own))
    expect(missing.call).toBe(UNDECODED_CALL)
  })

  test('versions 4 and 5 without a signature', async () => {
    const runtime = await extended()
    for (const version of [0x04, 0x05]) {
      const found = runtime.extrinsics.decode(extrinsic(Buffer.of(version), remark))
      expect([found.signer, found.call]).toEqual([undefined, call])
    }
  })

  test('version 5 with extensions is signed by the account in one of them, if any', async () => {
    const plain = (await extended()).extrinsics.decode(extrinsic(Buffer.of(0x45, 0), own, remark))
    expect([plain.signer, plain.call]).toEqual([undefined, call])
    const { extrinsics } = await extended('VerifySignature')
    const verified = extrinsics.decode(
      extrinsic(Buffer.of(0x45, 0), own, Buffer.of(0), signature, account, remark),
    )
    expect([verified.signer, verified.call]).toEqual([addressOf(account), call])
    const disabled = extrinsics.decode(extrinsic(Buffer.of(0x45, 0), own, Buffer.of(1), remark))
    expect([disabled.signer, disabled.call]).toEqual([undefined, call])
    const newer = extrinsics.decode(extrinsic(Buffer.of(0x45, 1), own, Buffer.of(1), remark))
    expect(newer.call).toBe(UNDECODED_CALL)
  })

  test('calls within calls deeper than the stack are not decoded, and nothing breaks', async () => {
    const runtime = await extended()
    const { registry } = await polkadot(475)
    const sudo = registry.metadata.pallets.find(({ name }) => name.toString() === 'Sudo')!
    // sudo.sudo(sudo.sudo(…))
    const deep = Buffer.concat(Array.from({ length: 100_000 }, () => Buffer.of(sudo.index.toNumber(), 0)))
    const bytes = Buffer.concat([Buffer.of(0x04), deep, remark])
    const length = Buffer.alloc(4)
    length.writeUInt32LE(bytes.length * 4 + 2)
    expect(runtime.extrinsics.decode(Buffer.concat([length, bytes])).call).toBe(UNDECODED_CALL)
  })
})

interface WithExtensions {
  readonly metadata: {
    readonly v14: {
      readonly extrinsic: {
        readonly signedExtensions: { identifier: string; type: string; additionalSigned: string }[]
      }
    }
  }
}
