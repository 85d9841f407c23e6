import { expect, test } from 'vitest'
import { each, gauge, once } from '../../src/metrics/define.ts'
import { contentsOf, Exposition, type Contents } from '../../src/metrics/exposition.ts'
import type { Snapshot } from '../../src/metrics/snapshot.ts'
import { unpacked } from '../support/exposition.ts'

interface Peers {
  readonly node: string
  readonly count: number
}
const NODES = each((nodes: readonly Peers[]) => nodes, { node: ({ node }) => node }, [
  gauge('bittensor_node_peers', 'Peers.', ({ count }) => count),
])
interface Chain {
  readonly height: number
  readonly subnets: number | undefined
}
const CHAIN = once(
  (chain: Chain) => chain,
  [
    gauge('bittensor_chain_block_height', 'Height.', ({ height }) => height),
    gauge('bittensor_chain_subnets', 'Subnets.', ({ subnets }) => subnets),
  ],
)

const context = { node: 'a', decimals: 9 }
const peers = (node: string, count: number): Contents => contentsOf(NODES, [{ node, count }], context)
const chain = (height: number, subnets?: number): Contents => contentsOf(CHAIN, { height, subnets }, context)

const textOf = (snapshot: Snapshot) =>
  Buffer.concat(snapshot.chunks('text').map(({ bytes }) => bytes)).toString()
const body = (exposition: Exposition) => textOf(exposition.snapshot)

test('families are complete and in order, whichever was published first', () => {
  const exposition = new Exposition([...NODES, ...CHAIN])
  exposition.publish([{ families: CHAIN, part: '', contents: chain(7) }])
  exposition.publish([{ families: NODES, part: 'b', contents: peers('b', 2) }])
  exposition.publish([{ families: NODES, part: 'a', contents: peers('a', 1) }])
  expect(body(exposition)).toBe(
    '# HELP bittensor_node_peers Peers.\n# TYPE bittensor_node_peers gauge\n' +
      'bittensor_node_peers{node="a"} 1\nbittensor_node_peers{node="b"} 2\n' +
      '# HELP bittensor_chain_block_height Height.\n# TYPE bittensor_chain_block_height gauge\n' +
      'bittensor_chain_block_height 7\n',
  )
  expect(exposition.seriesOf(NODES)).toBe(2)
})

test('withdrawn samples disappear, and a family without samples too', () => {
  const exposition = new Exposition([...NODES, ...CHAIN])
  exposition.publish([
    { families: NODES, part: 'a', contents: peers('a', 1) },
    { families: NODES, part: 'b', contents: peers('b', 2) },
    { families: CHAIN, part: '', contents: chain(7, 3) },
  ])
  exposition.publish([{ families: CHAIN, part: '', contents: chain(8) }])
  expect(body(exposition)).not.toContain('bittensor_chain_subnets')
  exposition.publish([{ families: NODES, part: 'a', contents: undefined }])
  expect(body(exposition)).not.toContain('node="a"')
  expect(body(exposition)).toContain('bittensor_node_peers{node="b"} 2\n')
  exposition.publish([{ families: NODES, part: 'b', contents: undefined }])
  expect(body(exposition)).not.toContain('bittensor_node_peers')
  exposition.publish([{ families: NODES, part: 'b', contents: peers('b', 5) }])
  expect(body(exposition)).toContain('bittensor_node_peers{node="b"} 5\n')
})

test('a snapshot is immutable, also compressed', async () => {
  const exposition = new Exposition(CHAIN)
  exposition.publish([{ families: CHAIN, part: '', contents: chain(7) }])
  const taken = exposition.snapshot
  exposition.publish([{ families: CHAIN, part: '', contents: chain(8) }])
  expect(textOf(taken)).toContain('bittensor_chain_block_height 7\n')
  expect(unpacked(await taken.compressed('text')).toString()).toBe(textOf(taken))
  expect(taken.compressed('text')).toBe(taken.compressed('text'))
  expect(body(exposition)).toContain('bittensor_chain_block_height 8\n')
})

test('an unregistered family is rejected', () => {
  expect(() => {
    new Exposition(NODES).publish([{ families: CHAIN, part: '', contents: chain(7) }])
  }).toThrow('bittensor_chain_block_height is not a family of this exposition')
})
