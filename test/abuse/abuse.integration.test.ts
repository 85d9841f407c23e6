import { execFile } from 'node:child_process'
import { copyFile, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { runProgram } from '../support/programs.ts'
import type { Figures } from './run.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Builds the exporter and the attackers in a folder that is removed when the test ends. */
async function build(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'bittensor-exporter-abuse-build-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await copyFile(join(ROOT, 'package.json'), join(folder, 'package.json'))
  for (const name of ['node_modules', 'docs']) await symlink(join(ROOT, name), join(folder, name))
  const out = ['--outDir', folder, '--tsBuildInfoFile', join(folder, '.tsbuildinfo'), '--noCheck']
  await promisify(execFile)('npx', ['tsc', '-p', 'test/abuse/tsconfig.json', ...out], { cwd: ROOT })
  return folder
}

/** The short form of `npm run abuse`. Times depend on the machine and are not judged. */
test('an exporter with a heap of 512 MB survives attacks and serves a well-behaved client meanwhile', async () => {
  const folder = await build()
  const run = join(folder, 'test/abuse/run.js')
  const { output } = await runProgram(process.execPath, [
    run,
    '--short',
    '--json',
    `--main=${join(folder, 'src/main.js')}`,
  ])
  const [figuresOfAll = '', ...rest] = output.trimEnd().split('\n')
  const all = JSON.parse(figuresOfAll) as readonly Figures[]
  expect(all.map(({ by }) => by).toSorted()).toEqual(['clients', 'clients', 'clients', 'nodes', 'nodes'])
  const hasPrometheus = !rest.includes('not run: no Prometheus beside the attacks')
  if (!hasPrometheus) process.stderr.write(`${rest.join('\n')}\n`)
  expect(all.filter(({ prometheus }) => prometheus !== null)).toHaveLength(hasPrometheus ? 2 : 0)
  // During one attack of seconds a busy machine may get to no scrape.
  const scrapesOfPrometheus = all.reduce((sum, { prometheus }) => sum + (prometheus?.scrapes ?? 0), 0)
  expect(scrapesOfPrometheus > 0).toBe(hasPrometheus)
  for (const figures of all) {
    const { attack, exit, scrapes, missed, goodNodeUp } = figures
    expect({ attack, exit, missed, goodNodeUp }).toEqual({
      attack,
      exit: null,
      missed: 0,
      goodNodeUp: true,
    })
    expect(scrapes, attack).toBeGreaterThan(0)
    expect(figures.prometheus?.failed ?? 0, attack).toBe(0)
    if (figures.by === 'clients') expect(figures.loot?.attempts, attack).toBeGreaterThan(50)
    expect(figures.peakBytes, attack).toBeLessThan(700e6)
    // A poll a second makes about 500 requests. Without its limit, /sd/neurons alone causes some 6,000 a second.
    expect(figures.upstream, attack).toBeLessThan(2000)
    // The simulated chain has fewer than 10,000 series in this scope.
    expect(figures.series, attack).toBeLessThan(12_000)
    expect(figures.logBytes, attack).toBeLessThan(50_000)
  }
}, 300_000)
