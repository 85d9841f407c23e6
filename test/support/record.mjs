// Records what a real Sidecar answers to the exporter, for test/golden: a proxy in front of it keeps every exchange
// while a built exporter (npm run build) does one poll through it. What tells which runtime wrote the state of the block
// is kept besides, whether or not the exporter asks for it: the runtime of the parent, System.LastRuntimeUpgrade and
// System.ParentHash. Metadata is some 650 KB, and goes to test/fixtures/metadata/SPEC.json.gz.
//
//   node test/support/record.mjs OUT.json http://127.0.0.1:8080 '{"keys":[…],"subnets":"all","collectors":{…}}'
//
// The Sidecar should stand before a node that makes no blocks meanwhile, so that all of it is of one block.
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { gzipSync } from 'node:zlib'
import { startExporter } from '../../dist/app.js'
import { COLLECTORS } from '../../dist/collectors/index.js'
import { pino } from 'pino'

const [, , out, target, config] = process.argv
const exchanges = new Map()

async function ask(path) {
  const answer = await fetch(target + path)
  const body = await answer.text()
  const contentType = answer.headers.get('content-type')
  if (!path.startsWith('/runtime/metadata'))
    exchanges.set(path, { status: answer.status, contentType, body: short(contentType, body) })
  return { status: answer.status, contentType, body }
}

const proxy = createServer((request, response) => {
  void (async () => {
    const { status, contentType, body } = await ask(request.url)
    response.writeHead(status, { 'content-type': contentType }).end(body)
  })()
})
await new Promise((resolve) => proxy.listen(0, '127.0.0.1', resolve))
const url = `http://127.0.0.1:${proxy.address().port}`

const { keys, subnets, collectors = {} } = JSON.parse(config)
const exporter = await startExporter(
  {
    nodes: [{ name: 'finney-a', url, headers: {} }],
    keys,
    subnets,
    limits: { maxSeries: 2_000_000 },
    poll: { intervalMs: 600_000, timeoutMs: 10_000, concurrency: 16, staleAfterMs: 1_200_000 },
    collectors,
  },
  {
    listen: { host: '127.0.0.1', port: 0 },
    build: { version: '0', revision: '0', nodeVersion: '0' },
    log: pino({ level: 'warn' }),
  },
)
for (let tries = 0; tries < 600; tries++) {
  const text = await (await fetch(`${exporter.url}/metrics`)).text()
  const successes = text.match(/^bittensor_exporter_collector_success\{.*\} 1$/gm) ?? []
  if (successes.length === COLLECTORS.filter(({ name }) => collectors[name] !== false).length) break
  await new Promise((resolve) => setTimeout(resolve, 100))
}
await exporter.stop(1000)
proxy.close()

const { at } = JSON.parse((await ask('/runtime/spec')).body)
const { value: parent } = JSON.parse((await ask(`/pallets/System/storage/ParentHash?at=${at.hash}`)).body)
await ask(`/pallets/System/storage/LastRuntimeUpgrade?at=${at.hash}`)
const { specVersion } = JSON.parse((await ask(`/runtime/spec?at=${parent}`)).body)
const metadata = new URL(`../fixtures/metadata/${specVersion}.json.gz`, import.meta.url)
mkdirSync(new URL('.', metadata), { recursive: true })
writeFileSync(metadata, gzipSync((await ask(`/runtime/metadata?at=${parent}`)).body, { level: 9 }))

const recorded = Object.fromEntries([...exchanges].sort(([a], [b]) => (a < b ? -1 : 1)))
writeFileSync(out, `${JSON.stringify(recorded, undefined, 1)}\n`)
process.stdout.write(`${exchanges.size} exchanges written to ${out}\n`)

/** Stacks name the recorder's machine, and nobody reads them. */
function short(contentType, body) {
  if (!contentType?.startsWith('application/json')) return body
  const parsed = JSON.parse(body)
  if ('stack' in parsed) parsed.stack = '(left out)'
  return JSON.stringify(parsed)
}
