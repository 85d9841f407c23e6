// What Prometheus keeps of the neuron table on disk: two hours of a chain that moves, put into a block by its own tool.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream, createWriteStream } from 'node:fs'
import { appendFile, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { finished, pipeline } from 'node:stream/promises'
import { neurons } from '../../dist/collectors/neurons.js'
import { SimulatedChain } from '../../dist/demo/chain.js'
import { NEURONS } from './lib.mjs'
import { renderer, tableOf } from './rendering.mjs'

/** Two hours. */
const BLOCKS = 600
const BLOCK_SECONDS = 12
const START = Date.UTC(2026, 0, 1) / 1000

export async function blockOnDisk() {
  const folder = await mkdtemp(join(tmpdir(), 'bench-storage-'))
  try {
    const history = await writeHistory(folder)
    const data = join(folder, 'data')
    const tool = spawn('promtool', ['tsdb', 'create-blocks-from', 'openmetrics', '--quiet', history, data], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    const [code] = await once(tool, 'close').catch((error) => {
      throw new Error('promtool is not installed: apt-get install prometheus', { cause: error })
    })
    if (code !== 0) throw new Error(`promtool exited with ${code}`)
    const blocks = await readdir(data)
    const stats = await Promise.all(blocks.map((block) => statsOf(join(data, block))))
    const sum = (of) => stats.reduce((total, each) => total + of(each), 0)
    const samples = sum(({ numSamples }) => numSamples)
    return {
      prometheus_bytes_per_sample: sum(({ chunkBytes }) => chunkBytes) / samples,
      prometheus_index_bytes_per_series:
        sum(({ indexBytes }) => indexBytes) / sum(({ numSeries }) => numSeries),
      prometheus_block_samples: samples,
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Each family's samples with their times, block after block, as OpenMetrics wants them: all of a family together. */
async function writeHistory(folder) {
  const chain = new SimulatedChain({ spec: 346, subnets: [1], neurons: NEURONS })
  const families = neurons.families.map(({ name }) => {
    return { name, file: join(folder, name), out: createWriteStream(join(folder, name)) }
  })
  for (const { name, out } of families) out.write(`# TYPE ${name} gauge\n`)
  const render = renderer()
  for (let block = 0; block < BLOCKS; block++) {
    chain.advance()
    const contents = await render(tableOf(chain.truth()))
    for (const { name, out } of families) {
      const lines = Buffer.concat((contents.get(name)?.chunks ?? []).map(({ bytes }) => bytes)).toString()
      const stamped = lines.replaceAll('\n', ` ${START + block * BLOCK_SECONDS}\n`)
      if (!out.write(stamped)) await once(out, 'drain')
    }
  }
  const history = join(folder, 'history')
  for (const { file, out } of families) {
    out.end()
    await finished(out)
    await pipeline(createReadStream(file), createWriteStream(history, { flags: 'a' }))
    await rm(file)
  }
  await appendFile(history, '# EOF\n')
  return history
}

async function statsOf(block) {
  const { stats } = JSON.parse(await readFile(join(block, 'meta.json'), 'utf8'))
  const chunks = await readdir(join(block, 'chunks'))
  const sizes = await Promise.all(
    chunks.map(async (chunk) => (await stat(join(block, 'chunks', chunk))).size),
  )
  return {
    ...stats,
    chunkBytes: sizes.reduce((total, size) => total + size, 0),
    indexBytes: (await stat(join(block, 'index'))).size,
  }
}
