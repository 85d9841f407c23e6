import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { get, type IncomingMessage } from 'node:http'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'

/** How one scraper asks, and reads. */
export interface Manner {
  readonly format: 'text' | 'openmetrics'
  readonly gzip: boolean
  /** Reads the first bytes and no more until this resolves: a slow reader. */
  readonly pause?: Promise<unknown>
}

/** What came of one scrape. */
export interface Scraped extends Manner {
  readonly status: number
  readonly bytes: number
  /** Of the samples that are not about the exporter itself, in order: the same for the same published snapshot. */
  readonly digest: string
  /** Lines by family, of samples. */
  readonly rows: ReadonlyMap<string, number>
  /** The block the samples are of. */
  readonly height: number
  readonly lastLine: string
}

const ACCEPT = { text: 'text/plain', openmetrics: 'application/openmetrics-text' }

/** What the exporter says about itself at each scrape anew. */
const OWN = /^(bittensor_exporter_|bittensor_node_up\b|process_|nodejs_)/

/** Scrapes once, into a file, and rejects when the body is cut short. */
export async function scrape(url: string, manner: Manner, file: string): Promise<Scraped> {
  const response = await answerOf(`${url}/metrics`, manner)
  const hash = createHash('sha256')
  const rows = new Map<string, number>()
  let bytes = 0
  let height = NaN
  let rest = ''
  let lastLine = ''
  const take = (lines: readonly string[]): void => {
    const samples = lines.filter((line) => !line.startsWith('#') && !OWN.test(line))
    for (const line of samples) {
      const family = line.slice(0, line.search(/[{ ]/))
      rows.set(family, (rows.get(family) ?? 0) + 1)
      if (family === 'bittensor_chain_block_height') height = Number(line.slice(line.lastIndexOf(' ')))
    }
    hash.update(samples.join('\n') + (samples.length > 0 ? '\n' : ''))
    lastLine = lines.at(-1) ?? lastLine
  }
  const reading = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length
      const lines = (rest + chunk.toString('latin1')).split('\n')
      rest = lines.pop() ?? ''
      take(lines)
      const isFirst = bytes === chunk.length
      if (isFirst && manner.pause !== undefined)
        void manner.pause.then(() => {
          done(null, chunk)
        })
      else done(null, chunk)
    },
  })
  const source = manner.gzip ? [response, createGunzip()] : [response]
  await pipeline([...source, reading, createWriteStream(file)])
  if (rest !== '') throw new Error(`the body ends in the middle of a line: ${rest.slice(0, 100)}`)
  const { statusCode: status = 0 } = response
  return { ...manner, status, bytes, digest: hash.digest('hex'), rows, height, lastLine }
}

function answerOf(url: string, { format, gzip }: Manner): Promise<IncomingMessage> {
  const headers = { accept: ACCEPT[format], ...(gzip ? { 'accept-encoding': 'gzip' } : {}) }
  return new Promise((resolve, reject) => {
    get(url, { headers, agent: false }, resolve).on('error', reject)
  })
}
