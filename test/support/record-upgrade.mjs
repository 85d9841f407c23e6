// Records a runtime upgrade as a real Sidecar shows it, for test/golden/upgrade.integration.test.ts: one built exporter (npm run build)
// polls block after block through a proxy, from the block before the one that sets new code to the second after it. Each
// block is a recording of its own; metadata is left out, as in record.mjs.
//
//   node test/support/record-upgrade.mjs OUT.json.gz http://127.0.0.1:8080 http://127.0.0.1:9080 FIRST_BLOCK BLOCKS '[keys…]'
//
// The node is the stand-in whose blocks are made by dev_newBlock, with the upgrade ahead; FIRST_BLOCK is its next block. At
// each block the spec of the runtime that executed it is noted in System.LastRuntimeUpgrade, as a real runtime does.
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { gzipSync } from 'node:zlib'
import { pino } from 'pino'
import { startExporter } from '../../dist/app.js'

const [, , out, target, node, first, count, keys] = process.argv
let exchanges = new Map()

const rpc = async (method, params) => {
  const request = { id: 1, jsonrpc: '2.0', method, params }
  const answer = await fetch(node, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(request),
  })
  const { result, error } = await answer.json()
  if (error !== undefined) throw new Error(`${method}: ${JSON.stringify(error)}`)
  return result
}

const proxy = createServer((request, response) => {
  void (async () => {
    const answer = await fetch(target + request.url)
    const body = await answer.text()
    const contentType = answer.headers.get('content-type')
    if (!request.url.startsWith('/runtime/metadata'))
      exchanges.set(request.url, { status: answer.status, contentType, body })
    response.writeHead(answer.status, { 'content-type': contentType }).end(body)
  })()
})
await new Promise((resolve) => proxy.listen(0, '127.0.0.1', resolve))

/** twox128("System") and twox128("LastRuntimeUpgrade"); the value is a compact u32 and a string of 14 bytes. */
const LAST_UPGRADE = '0x26aa394eea5630e07c48ae0c9558cef7f9cce9c888469bb1a0dceaa129672ef8'
const noteOf = (spec) => {
  const compact = ((spec << 2) | 1).toString(16).padStart(4, '0')
  return `0x${compact.slice(2)}${compact.slice(0, 2)}38${Buffer.from('node-subtensor').toString('hex')}`
}

await rpc('dev_setState', [{ finalityLag: 0 }])
const { runtimes } = await rpc('dev_state', [])
const executedBy = (height) => runtimes.findLast(({ from }) => from < height)?.spec
const makeBlock = async (height) => {
  await rpc('dev_newBlock', [{ height }])
  await rpc('dev_setStorage', [[[LAST_UPGRADE, noteOf(executedBy(height))]], height])
}

await makeBlock(Number(first))
const start = () =>
  startExporter(
    {
      nodes: [{ name: 'node-a', url: `http://127.0.0.1:${proxy.address().port}`, headers: {} }],
      keys: JSON.parse(keys),
      subnets: 'all',
      limits: { maxSeries: 2_000_000 },
      discovery: { allowNetworks: [] },
      poll: { intervalMs: 1000, timeoutMs: 10_000, concurrency: 16, staleAfterMs: 1_200_000 },
      collectors: { extrinsics: false },
    },
    {
      listen: { host: '127.0.0.1', port: 0 },
      build: { version: '0', revision: '0', nodeVersion: '0' },
      log: pino({ level: 'warn' }),
    },
  )

async function untilRead({ url }, height) {
  for (let tries = 0; tries < 300; tries++) {
    const text = await (await fetch(`${url}/metrics`)).text()
    const failing = /^bittensor_exporter_collector_success\{.*\} 0$/m.test(text)
    if (text.includes(`\nbittensor_chain_block_height ${height}\n`) && !failing) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`block ${height} was not read`)
}

const exporter = await start()
const blocks = []
for (let height = Number(first); height < Number(first) + Number(count); height++) {
  if (height > Number(first)) {
    exchanges = new Map()
    await makeBlock(height)
  }
  await untilRead(exporter, height)
  // One that knows nothing of the blocks before asks for everything.
  const fresh = await start()
  await untilRead(fresh, height)
  await fresh.stop(1000)
  blocks.push({ height, exchanges: Object.fromEntries([...exchanges].sort(([a], [b]) => (a < b ? -1 : 1))) })
}
await exporter.stop(1000)
proxy.close()
writeFileSync(out, gzipSync(JSON.stringify(blocks), { level: 9 }))
process.stdout.write(
  `${blocks.map(({ height, exchanges }) => `${height}: ${Object.keys(exchanges).length}`).join(', ')}\n`,
)
