import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { testExporter } from '../support/exporter.ts'
import { runProgram } from '../support/programs.ts'
import { simulate } from '../support/simulation.ts'
import { scrape, type Manner, type Scraped } from './scrape.ts'

/** `npm run load` has the whole metagraph; CI has the time for a part of it. */
const FULL = process.env['LOAD'] === 'full'
const SCOPE = FULL ? { subnets: 128, neurons: 256 } : { subnets: 12, neurons: 128 }
const FAST = 40
const SLOW = 10
/** In each of them there is a new block, and each fast scraper scrapes once while it is polled. */
const ROUNDS = 3
/** Bodies that promtool parses, of all that differ. */
const PARSED = FULL ? Infinity : 4
const MINUTE = 60_000

/** Families that every neuron is in. */
const WHOLE = ['info', 'active', 'dividends_ratio', 'registered_block', 'updated_blocks']

test(
  `${FAST + SLOW} scrapers, slow ones among them, while all is polled: each body is whole`,
  async () => {
    // Full subnets: who registers takes the place of somebody, and the number of neurons stays.
    const { chain, urls } = await simulate({ ...SCOPE, limit: () => SCOPE.neurons, still: false })
    const neurons = Array.from(chain.truth().subnets.values()).reduce((sum, { keys }) => sum + keys.length, 0)
    const poll = { intervalMs: 250, staleAfterMs: 30 * MINUTE, timeoutMs: MINUTE }
    const exporter = await testExporter({ urls, subnets: 'all', poll })
    const folder = await mkdtemp(join(tmpdir(), 'load-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    const published = async () => {
      const seen = await scrape(exporter.url, { format: 'text', gzip: true }, join(folder, 'look'))
      expect(seen.rows.get('bittensor_neuron_active')).toBe(neurons)
      expect(seen.height).toBe(chain.finalizedHeight)
    }
    const patience = { timeout: 10 * MINUTE, interval: 500 }
    await vi.waitFor(published, patience)

    const bodies: Scraped[] = []
    /** Files with the first text body of each snapshot. */
    const kept = new Map<string, string>()
    const one = async (manner: Manner, name: string) => {
      const file = join(folder, name)
      const body = await scrape(exporter.url, manner, file)
      bodies.push(body)
      if (body.format === 'text' && !kept.has(body.digest)) kept.set(body.digest, file)
      else await rm(file)
    }
    const round = (name: number) =>
      Promise.all(
        Array.from({ length: FAST }, (_, index) => {
          const manner = { format: index % 2 === 0 ? 'text' : 'openmetrics', gzip: index % 4 < 2 } as const
          return one(manner, `fast-${name}-${index}`)
        }),
      )
    let goOn: () => void = () => undefined
    const pause = new Promise<void>((resolve) => (goOn = resolve))
    const start = performance.now()
    const slow = Array.from({ length: SLOW }, (_, index) =>
      one({ format: 'text', gzip: index % 2 === 1, pause }, `slow-${index}`),
    )
    // Who does not read for two minutes is cut off, so the slow ones wait for a publish and no longer.
    chain.advance()
    const first = round(0)
    await vi.waitFor(published, patience)
    goOn()
    await Promise.all([first, ...slow])
    for (let rounds = 1; rounds < ROUNDS; rounds++) {
      chain.advance()
      await round(rounds)
      await vi.waitFor(published, patience)
    }
    const seconds = (performance.now() - start) / 1000

    const heights = new Set(bodies.map(({ height }) => height))
    expect(heights.size).toBeGreaterThanOrEqual(ROUNDS)
    for (const { status, format, rows, lastLine, height, pause } of bodies) {
      expect([status, format === 'text' || lastLine === '# EOF']).toEqual([200, true])
      for (const family of WHOLE) expect(rows.get(`bittensor_neuron_${family}`), family).toBe(neurons)
      // A slow reader gets the rest of the snapshot it began with, which is not published any more.
      if (pause !== undefined) expect(height).toBeLessThan(chain.finalizedHeight)
    }
    expect(kept.size).toBeGreaterThan(1)
    for (const file of Array.from(kept.values()).slice(0, PARSED)) {
      const parsed = await runProgram('promtool', ['check', 'metrics'], await readFile(file, 'utf8'))
      expect(parsed).toEqual({ code: 0, output: '' })
    }
    if (FULL) {
      const megabytes = Math.round(bodies.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6)
      const resident = Math.round(process.resourceUsage().maxRSS / 1024)
      console.log(
        `${bodies.length} bodies of ${neurons} neurons, ${megabytes} MB of text, ${heights.size} blocks and ` +
          `${kept.size} texts, in ${seconds.toFixed(1)} s; at most ${resident} MB resident, scrapers and simulation included`,
      )
    }
  },
  FULL ? 30 * MINUTE : 3 * MINUTE,
)
