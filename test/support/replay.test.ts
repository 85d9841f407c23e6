import { expect, onTestFinished, test } from 'vitest'
import { COLLECTORS } from '../../src/collectors/index.ts'
import { ALL, missingFrom } from '../golden/golden.config.ts'
import { valueOf } from './parse-exposition.ts'
import { allSucceed, published, testExporter } from './exporter.ts'
import { itemOf, loadRecording, startReplay, type Recording, type ReplayServer } from './replay.ts'

const recording = await loadRecording('424')

const lacking = (wanted: (path: string) => boolean): [left: Recording, removed: string[]] => {
  const entries = [...recording]
  return [
    new Map(entries.filter(([path]) => !wanted(path))),
    entries.map(([path]) => path).filter((path) => wanted(path)),
  ]
}

const replayed = async (answers: Recording): Promise<ReplayServer> => {
  const replay = await startReplay(answers)
  onTestFinished(() => replay.close())
  return replay
}

const exposed = async (replay: ReplayServer): Promise<string> => {
  const exporter = await testExporter({ urls: [replay.url], ...ALL })
  return published(await exporter.until((metrics) => allSucceed(metrics, COLLECTORS.length - 1)))
}

test('an item that is not recorded is answered by the simulation, and listed', async () => {
  const [left, removed] = lacking((path) => itemOf(path) === 'SubtensorModule.MaxAllowedUids')
  expect(removed.length).toBe(4)
  const replay = await replayed(left)
  const text = await exposed(replay)
  expect([...replay.simulated]).toEqual(expect.arrayContaining([...removed]))
  expect(replay.unknown).toEqual([])
  expect(missingFrom(replay).toSorted()).toEqual(removed.toSorted())

  const complete = await exposed(await replayed(recording))
  const limit = 'bittensor_subnet_neurons_limit{netuid="1"}'
  // SimulatedChainOptions.limit: 256 by default.
  expect(valueOf(text, limit)).toBe(256)
  expect(valueOf(text, limit)).not.toBe(valueOf(complete, limit))
  const cost = 'bittensor_subnet_registration_cost_tao{netuid="1"}'
  expect(valueOf(text, cost)).toBe(valueOf(complete, cost))
})

test('a complete recording is answered without the simulation', async () => {
  const replay = await replayed(recording)
  await exposed(replay)
  expect(missingFrom(replay)).toEqual([])
})

test('a simulated response is of the recorded block', async () => {
  const [left, [path = '']] = lacking((each) => /\/Tempo\?keys%5B%5D=1&/.test(each))
  const replay = await replayed(left)
  const { at, keys } = (await (await fetch(replay.url + path)).json()) as { at: unknown; keys: unknown }
  expect({ at, keys }).toEqual({
    at: (JSON.parse(recording.get(path)?.body ?? '') as { at: unknown }).at,
    keys: ['1'],
  })
})

test.each([
  ['a block', (path: string) => /^\/blocks\/0x\w+\/header/.test(path), (path: string) => path],
  [
    'storage at a block that is not recorded',
    (path: string) => path.includes('/Tempo?'),
    (path: string) => path.replace(/.{8}$/, '00000000'),
  ],
  [
    'an item that does not exist',
    (path: string) => path.includes('/Tempo?'),
    (path: string) => path.replace('Tempo', 'NoSuchItem'),
  ],
])('%s is neither recorded nor simulated', async (_, wanted, requested) => {
  const [left, [removed = '']] = lacking(wanted)
  const replay = await replayed(left)
  const path = requested(removed)
  expect((await fetch(replay.url + path)).status).toBe(404)
  expect(replay.unknown).toEqual([path])
  expect([...replay.simulated]).toEqual([])
})
