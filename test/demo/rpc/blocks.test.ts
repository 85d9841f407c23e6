import type { Codec } from '@polkadot/types-codec/types'
import type { EventRecord, Extrinsic } from '@polkadot/types/interfaces'
import { describe, expect, test } from 'vitest'
import { startSimulatedSidecar } from '../../../src/demo/sidecar.ts'
import { eventfulChain } from './eventful.ts'
import { rpcNode } from './node.ts'
import { PolkadotRuntime, sidecarJson } from './polkadot.ts'

interface EventJson {
  readonly method: { readonly pallet: string; readonly method: string }
  readonly data: readonly unknown[]
}

interface SidecarBlock {
  readonly parentHash: string
  readonly extrinsics: readonly {
    readonly method: EventJson['method']
    readonly signature: { readonly signer: { readonly id: string } }
    readonly nonce: string
    readonly tip: string
    readonly args: Readonly<Record<string, unknown>>
    readonly events: readonly EventJson[]
  }[]
  readonly onFinalize: { readonly events: readonly EventJson[] }
}

interface NodeBlock {
  readonly block: {
    readonly header: { readonly number: string; readonly parentHash: string }
    readonly extrinsics: readonly string[]
  }
}

/** Events that a runtime does not have are not in its blocks. The simulated Sidecar has them: see the metadata of the spec. */
const MISSING: Readonly<Record<number, readonly string[]>> = {
  103: [
    'SubnetIdentitySet',
    'SymbolUpdated',
    'SubnetOwnerChanged',
    'SubnetOwnerHotkeySet',
    'TempoSet',
    'ActivityCutoffFactorMilliSet',
    'CollateralLockShareSet',
    'EpochConsensusSet',
    'ColdkeySwapped',
  ],
  240: [
    'SymbolUpdated',
    'SubnetOwnerChanged',
    'SubnetOwnerHotkeySet',
    'ActivityCutoffFactorMilliSet',
    'CollateralLockShareSet',
    'EpochConsensusSet',
  ],
  381: ['SubnetOwnerChanged', 'ActivityCutoffFactorMilliSet', 'CollateralLockShareSet', 'EpochConsensusSet'],
  424: ['CollateralLockShareSet', 'EpochConsensusSet'],
  475: ['CollateralLockShareSet'],
}

/** `0x…` of bytes is told as its text where the simulation tells text. */
const asText = (value: unknown): unknown =>
  typeof value === 'string' && /^0x(?:[0-9a-f]{2}){1,8}$/.test(value)
    ? Buffer.from(value.slice(2), 'hex').toString()
    : value

/** Names of arguments as in the metadata, which is how Sidecar writes them. */
const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

const eventOf = ({ event }: EventRecord): EventJson => ({
  method: { pallet: event.section, method: event.method },
  data: event.data.map((field: Codec) => asText(sidecarJson(field))),
})

describe.each([103, 240, 381, 424, 475])('spec %i', (spec) => {
  test('blocks decoded by polkadot-js are those of the simulated Sidecar', async () => {
    const chain = eventfulChain(spec)
    const { call } = await rpcNode(chain)
    const sidecar = await startSimulatedSidecar({ chain })
    const runtime = new PolkadotRuntime((await call('state_getMetadata')) as string)
    const decode = (type: string, hex: string): unknown => {
      const codec = runtime.registry.createType(type as 'Bytes', hex)
      expect(codec.toHex()).toBe(hex)
      return codec
    }
    const eventsKey = runtime.prefix('System', 'Events')
    const missing = new Set(MISSING[spec])
    const kinds = new Set<string>()
    for (let height = chain.height - 30; height <= chain.height; height++) {
      const expected = (await (
        await fetch(`${sidecar.url}/blocks/${height}?noFees=true`)
      ).json()) as SidecarBlock
      const hash = (await call('chain_getBlockHash', height)) as string
      expect(hash).toBe(chain.hashAt(height))
      const { block } = (await call('chain_getBlock', hash)) as NodeBlock
      expect(block.header).toMatchObject({
        number: `0x${height.toString(16)}`,
        parentHash: expected.parentHash,
      })
      const records = decode(
        'Vec<EventRecord>',
        (await call('state_getStorage', eventsKey, hash)) as string,
      ) as readonly EventRecord[]
      const extrinsics = block.extrinsics.map((hex) => decode('Extrinsic', hex) as Extrinsic)
      expect(extrinsics.length).toBe(expected.extrinsics.length)
      for (const [index, extrinsic] of extrinsics.entries()) {
        const told = expected.extrinsics[index]!
        const { method } = extrinsic
        kinds.add(`${method.section}.${method.method}`)
        expect({ pallet: method.section, method: method.method }).toEqual(told.method)
        expect(extrinsic.signer.toString()).toBe(told.signature.signer.id)
        expect(extrinsic.nonce.toString()).toBe(told.nonce)
        expect(extrinsic.tip.toString()).toBe(told.tip)
        const args = method.meta.args.map(({ name }, at) => [
          snakeCase(name.toString()),
          sidecarJson(method.args[at]!),
        ])
        expect(Object.fromEntries(args)).toEqual(told.args)
        const own = records.filter(
          ({ phase }) => phase.isApplyExtrinsic && phase.asApplyExtrinsic.toNumber() === index,
        )
        expect(own.map(eventOf)).toEqual(told.events)
      }
      const after = records.filter(({ phase }) => phase.isFinalization).map(eventOf)
      for (const { method } of after) kinds.add(method.method)
      expect(after).toEqual(expected.onFinalize.events.filter(({ method }) => !missing.has(method.method)))
    }
    await sidecar.close()
    expect(Array.from(kinds)).toEqual(
      expect.arrayContaining(['balances.transferKeepAlive', 'subtensorModule.setWeights', 'StakeAdded']),
    )
    expect(Array.from(kinds)).toEqual(
      expect.arrayContaining(['NeuronRegistered', 'NetworkAdded', 'Reserved']),
    )
  })
})
