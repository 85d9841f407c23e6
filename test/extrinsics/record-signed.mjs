// Records blocks with signed extrinsics, encoded by a library that knows all signed extensions, as a real Sidecar answers them
// with its types bundle and without it; for signed.test.ts. By hand, before a stand-in node of the lab that nobody else uses,
// with two Sidecars in front of it:
//
//   node test/extrinsics/record-signed.mjs LAB WITH_BUNDLE_URL WITHOUT_BUNDLE_URL NODE_URL > test/fixtures/signed/424.json
//
// LAB is the folder of the lab, whose blocks.mjs makes a block for each kind of operation and says which.
import { execFileSync } from 'node:child_process'

const [, , lab, bundled, bare, node] = process.argv
if (node === undefined) throw new Error('usage: node test/extrinsics/record-signed.mjs LAB WITH WITHOUT NODE')
const { port } = new URL(node)
const { address, connect } = await import(`${lab}/lab.mjs`)
const { coldkeyOf, hotkeyOf } = await import(`${lab}/metagraph.mjs`)
const rpc = connect(port)

const said = execFileSync('node', [`${lab}/blocks.mjs`, port, '--each'], { encoding: 'utf8' })
const made = Array.from(said.matchAll(/^block (\d+): timestamp\.set, (\w+) /gm), ([, height, kind]) => ({
  height: Number(height),
  kind,
}))
// Finality is some blocks behind.
await rpc('dev_newBlock', [{ count: 3 }])

const json = async (url) => {
  const response = await fetch(url)
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`)
  return response.json()
}

/** The neuron that blocks.mjs operates with, by the signer of the weights. */
const weights = made.find(({ kind }) => kind === 'set_weights').height
const block = await json(`${bundled}/blocks/${weights}?noFees=true`)
const signer = block.extrinsics[1].signature.signer.id
const netuid = 1
const uid = Array.from({ length: 64 }, (_, uid) => uid).find((uid) => hotkeyOf(netuid, uid) === signer)
const accounts = {
  owner: address(`owner-${netuid}`),
  coldkey: coldkeyOf(netuid, uid),
  hotkey: hotkeyOf(netuid, uid),
  'first coldkey': address('cold-0'),
  'first hotkey': hotkeyOf(netuid, 0),
  delegate: address('delegate-a'),
}

const balancesAt = async (height) => {
  const at = await rpc('chain_getBlockHash', [height])
  const entries = Object.entries(accounts).map(async ([name, account]) => {
    const { value } = await json(`${bundled}/pallets/System/storage/Account?keys[]=${account}&at=${at}`)
    return [name, { free: value.data.free, reserved: value.data.reserved }]
  })
  return Object.fromEntries(await Promise.all(entries))
}

const recorded = []
for (const { height, kind } of made) {
  const withBundle = await json(`${bundled}/blocks/${height}?noFees=true`)
  const response = await fetch(`${bare}/blocks/${height}?noFees=true`)
  const withoutBundle = { status: response.status, body: await response.json() }
  // Its stack names folders.
  delete withoutBundle.body.stack
  recorded.push({ kind, height, balances: await balancesAt(height), withBundle, withoutBundle })
}
const before = await balancesAt(made[0].height - 1)
const lines = recorded.map((each) => JSON.stringify(each)).join(',\n')
process.stdout.write(
  `{"accounts":${JSON.stringify(accounts)},\n"before":${JSON.stringify(before)},\n"blocks":[\n${lines}\n]}\n`,
)
