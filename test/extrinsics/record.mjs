// Records how a real Sidecar tells blocks with signed extrinsics, for the tests beside it. By hand, before a stand-in
// node of the lab that nobody else uses, as it makes blocks there:
//
//   node test/extrinsics/record.mjs LAB http://127.0.0.1:8603 http://127.0.0.1:9603 > test/fixtures/blocks/103.json
//
// LAB is the folder of the lab's node_modules; Sidecar has the types bundle. The extrinsics are real in their encoding and their
// signatures are not; the events are those that the runtime's source gives for what the scenario says happened.
import { createHash } from 'node:crypto'
import { createRequire } from 'node:module'
import { scenario } from './scenario.mjs'

const [, , lab, sidecar, node] = process.argv
if (node === undefined) throw new Error('usage: node test/extrinsics/record.mjs LAB SIDECAR_URL NODE_URL')
const require = createRequire(`${lab}/`)
// A release that knows all signed extensions of finney; the one in Sidecar 18 does not.
const { Metadata, TypeRegistry, expandMetadata } = require('polkadot-types-16')
const { compactToU8a, stringCamelCase, u8aConcat, u8aToHex } = require('@polkadot/util')
const { blake2AsU8a, encodeAddress, xxhashAsHex, createKeyMulti } = require('@polkadot/util-crypto')

const rpc = async (method, params = []) => {
  const response = await fetch(node, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  })
  const { result, error } = await response.json()
  if (error) throw new Error(`${method}: ${error.message}`)
  return result
}

const registry = new TypeRegistry()
const metadata = new Metadata(registry, await rpc('state_getMetadata'))
registry.setMetadata(metadata)
const { tx } = expandMetadata(registry, metadata)
const { pallets } = metadata.asLatest
const { spec } = await rpc('dev_state')
const EVENTS = xxhashAsHex('System', 128) + xxhashAsHex('Events', 128).slice(2)

/** Accounts of names: nobody has their secrets. */
const account = (name) => encodeAddress(createHash('sha256').update(`operations/${name}`).digest(), 42)
const multisig = (names, threshold) => encodeAddress(createKeyMulti(names.map(account), threshold), 42)
const derivative = (name, index) =>
  encodeAddress(
    blake2AsU8a(
      u8aConcat(
        new TextEncoder().encode('modlpy/utilisuba'),
        createHash('sha256').update(`operations/${name}`).digest(),
        Uint8Array.of(index & 255, index >> 8),
      ),
    ),
    42,
  )

/** ['balances.transferKeepAlive', …args] to a call; an argument that is such a list, or a list of them, too. */
const isCall = (value) => Array.isArray(value) && typeof value[0] === 'string' && /^\w+\.\w+$/.test(value[0])
const callOf = (value) => {
  if (isCall(value)) {
    const [name, ...args] = value
    const [pallet, method] = name.split('.')
    return tx[pallet][method](...args.map(callOf))
  }
  return Array.isArray(value) ? value.map(callOf) : value
}

function extrinsicOf({ signer, call }) {
  const extrinsic = registry.createType('Extrinsic', callOf(call), { version: 4 })
  if (signer !== undefined)
    extrinsic.signFake(signer, {
      blockHash: `0x${'00'.repeat(32)}`,
      genesisHash: `0x${'00'.repeat(32)}`,
      nonce: 7,
      tip: 0,
      mode: 0,
      signedExtensions: registry.signedExtensions,
      runtimeVersion: { specVersion: spec, transactionVersion: 1 },
    })
  return extrinsic.toHex()
}

/** ['balances.Transfer', …fields] */
function eventBytes([name, ...fields]) {
  const [palletName, variantName] = name.split('.')
  const pallet = pallets.find(({ name }) => stringCamelCase(name.toString()) === palletName)
  const variant = registry.lookup
    .getSiType(pallet.events.unwrap().type)
    .def.asVariant.variants.find(({ name }) => name.toString() === variantName)
  if (variant.fields.length !== fields.length)
    throw new Error(`${name} of spec ${spec} has ${variant.fields.length} fields, not ${fields.length}`)
  const encoded = variant.fields.map(({ type }, index) =>
    registry.createType(registry.createLookupType(type), fields[index]).toU8a(),
  )
  return u8aConcat(Uint8Array.of(pallet.index.toNumber(), variant.index.toNumber()), ...encoded)
}

const u32 = (value) => new Uint8Array(Uint32Array.of(value).buffer)
const recordBytes = (phase, event) => u8aConcat(phase, eventBytes(event), Uint8Array.of(0))

function eventsHex({ extrinsics, onInitialize = [], onFinalize = [] }) {
  const records = [
    ...onInitialize.map((event) => recordBytes(Uint8Array.of(2), event)),
    ...extrinsics.flatMap(({ events }, index) =>
      events.map((event) => recordBytes(u8aConcat(Uint8Array.of(0), u32(index)), event)),
    ),
    ...onFinalize.map((event) => recordBytes(Uint8Array.of(1), event)),
  ]
  return u8aToHex(u8aConcat(compactToU8a(records.length), ...records))
}

const blocks = scenario(spec, { account, multisig, derivative })
const heights = []
for (const block of blocks) {
  await rpc('dev_newBlock')
  const { height } = await rpc('dev_state')
  await rpc('dev_setBlock', [height, block.extrinsics.map(extrinsicOf)])
  await rpc('dev_setStorage', [[[EVENTS, eventsHex(block)]]])
  heights.push(height)
}
// Finality is two blocks behind.
await rpc('dev_newBlock')
await rpc('dev_setStorage', [[[EVENTS, '0x00']]])
await rpc('dev_newBlock', [{ count: 2 }])

const recorded = []
for (const height of heights) {
  const response = await fetch(`${sidecar}/blocks/${height}?noFees=true`)
  if (!response.ok) throw new Error(`block ${height}: ${response.status} ${await response.text()}`)
  recorded.push(await response.json())
}
process.stdout.write(`[\n${recorded.map((block) => JSON.stringify(block)).join(',\n')}\n]\n`)
