import { readdir, readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { runProgram } from '../support/programs.ts'
import { build } from '../support/build.ts'

const CLEAN = { code: 0, output: '' }

const golden = new URL('./', import.meta.url)
const expositions = (await readdir(golden)).filter((file) => file.endsWith('.prom'))

test.each(expositions)('promtool has nothing to say of %s', async (file) => {
  expect(
    await runProgram('promtool', ['check', 'metrics'], await readFile(new URL(file, golden), 'utf8')),
  ).toEqual(CLEAN)
})

test('promtool has nothing to say of all of /metrics', async () => {
  const { metrics } = await build({ sidecars: [{}, {}], subnets: 'all' })
  expect(metrics).toContain('bittensor_neuron_active{')
  expect(await runProgram('promtool', ['check', 'metrics'], metrics)).toEqual(CLEAN)
  expect((await runProgram('promtool', ['check', 'metrics'], `${metrics}bad bad bad\n`)).code).not.toBe(0)
})
