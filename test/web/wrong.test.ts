import { readdir, readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import type { Collectors, Node } from '../../src/web/api/schema.ts'
import { faultsOfNode } from '../../src/web/page/wrong.ts'
import { literalComparisons } from '../support/literals.ts'

const WELL: Node = {
  name: 'local',
  up: true,
  source: true,
  chain: 'Bittensor',
  client_name: 'Subtensor Node',
  client_version: '4.0.0',
  roles: ['Full'],
  peers: 40,
  syncing: false,
  should_have_peers: true,
  best_block_height: 1003,
  finalized_block_height: 1000,
  block_timestamp_seconds: 1_700_000_000,
  pending_extrinsics: 0,
  runtime_spec_version: 424,
  runtime_transaction_version: 1,
}

/** What is wrong when the node is read so many seconds after the block of WELL was made, and the page shown a while later. */
const faults = (change: Partial<Node>, age: number, later = 0): readonly string[] =>
  faultsOfNode({ ...WELL, ...change }, readAt(1_700_000_000 + age), (1_700_000_000 + age + later) * 1000)

const readAt = (seconds: number): Collectors => ({
  demo: false,
  collectors: [
    ['node', 'other', 1_800_000_000] as const,
    ['runtime', 'local', 1_800_000_000] as const,
    ['node', 'local', seconds] as const,
  ].map(([collector, node, last_success_timestamp_seconds]) => ({
    collector,
    node,
    success: true,
    published: true,
    last_success_timestamp_seconds,
    error: null,
    warnings: [],
  })),
})

// By thresholds.yml: a block age of more than 90 s, and fewer than 3 peers.
test.each<readonly [string, Partial<Node>, number, readonly string[]]>([
  ['well', {}, 12, []],
  ['a head at the threshold', {}, 90, []],
  ['a head beyond it', {}, 90.6, ['its newest block is 91 s old']],
  ['a head that the page once called well', {}, 119, ['its newest block is 119 s old']],
  ['a head of unknown age', { block_timestamp_seconds: null }, 5000, []],
  ['no peers', { peers: 0 }, 12, ['has no peers']],
  ['fewer peers than one can do with', { peers: 2 }, 12, ['has only 2 peers']],
  ['one peer', { peers: 1 }, 12, ['has only 1 peer']],
  ['few peers', { peers: 3 }, 12, []],
  ['no peers, and none wanted', { peers: 0, should_have_peers: false }, 12, []],
  ['unknown peers', { up: false, peers: null, should_have_peers: null }, 12, ['does not answer']],
])('the page on a node with %s', (_, change, age, expected) => {
  expect(faults(change, age)).toEqual(expected)
})

test('a block that gets old between two polls is no fault of the node', () => {
  expect(faults({}, 40, 50)).toEqual([])
  expect(faults({}, 91, 9)).toEqual(['its newest block is 100 s old'])
})

test('neither page nor API has a limit of its own', async () => {
  const own: string[] = []
  for (const folder of ['src/web/page', 'src/web/api'])
    for (const name of await readdir(folder))
      own.push(
        ...literalComparisons(await readFile(`${folder}/${name}`, 'utf8')).map((text) => `${name}: ${text}`),
      )
  expect(own).toEqual([
    // The range of HTTP status codes.
    'plugin.ts: statusCode >= 400',
    'plugin.ts: statusCode < 500',
  ])
})

test('a limit is found by its number, and by its name', () => {
  expect(
    literalComparisons('const A = 120, B = 0\nconst f = (x: number) => x > A || 3 <= x || x > B'),
  ).toEqual(['x > A', '3 <= x'])
})
