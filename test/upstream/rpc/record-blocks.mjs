// Records blocks of a stand-in node of the lab as the node itself answers them, and as a real Sidecar with its types bundle does, for
// blocks.test.ts. By hand:
//
//   node test/upstream/rpc/record-blocks.mjs SIDECAR_URL NODE_URL FROM TO | gzip -9n > test/fixtures/rpc-blocks/475.json.gz
//
// Blocks without signed extrinsics are left out.
const [, , sidecar, node, from, to] = process.argv
if (to === undefined) throw new Error('usage: node test/upstream/rpc/record-blocks.mjs SIDECAR NODE FROM TO')

const EVENTS = '0x26aa394eea5630e07c48ae0c9558cef780d41e5e16056765bc8461851072c9d7'

async function rpc(method, params) {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
  const response = await fetch(node, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  })
  return (await response.json()).result
}

const blocks = []
for (let height = Number(from); height <= Number(to); height += 1) {
  const hash = await rpc('chain_getBlockHash', [height])
  const { block } = await rpc('chain_getBlock', [hash])
  if (block.extrinsics.length < 2) continue
  const events = await rpc('state_getStorage', [EVENTS, hash])
  const response = await fetch(`${sidecar}/blocks/${height}?noFees=true`)
  blocks.push({ hash, block, events, sidecar: { status: response.status, body: await response.json() } })
}
process.stdout.write(`[\n${blocks.map((block) => JSON.stringify(block)).join(',\n')}\n]\n`)
