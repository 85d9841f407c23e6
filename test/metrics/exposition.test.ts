import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { gauge, samplesOf, type Samples } from '../../src/metrics/define.ts'
import { Exposition } from '../../src/metrics/exposition.ts'

const NODES = { peers: gauge('bittensor_node_peers', 'Peers.', ['node']) }
const CHAIN = {
  height: gauge('bittensor_chain_block_height', 'Height.'),
  subnets: gauge('bittensor_chain_subnets', 'Subnets.'),
}

const peers = (node: string, count: number): Samples =>
  samplesOf(NODES, 9, (say) => {
    say.peers({ node }, count)
  })
const chain = (height: number, subnets?: number): Samples =>
  samplesOf(CHAIN, 9, (say) => {
    say.height({}, height)
    say.subnets({}, subnets)
  })

const body = (exposition: Exposition) => exposition.snapshot.body.toString()

test('families are whole and in order, whoever spoke first', () => {
  const exposition = new Exposition([NODES, CHAIN])
  exposition.publish([{ families: CHAIN, part: '', samples: chain(7) }])
  exposition.publish([{ families: NODES, part: 'b', samples: peers('b', 2) }])
  exposition.publish([{ families: NODES, part: 'a', samples: peers('a', 1) }])
  expect(body(exposition)).toBe(
    '# HELP bittensor_node_peers Peers.\n# TYPE bittensor_node_peers gauge\n' +
      'bittensor_node_peers{node="a"} 1\nbittensor_node_peers{node="b"} 2\n' +
      '# HELP bittensor_chain_block_height Height.\n# TYPE bittensor_chain_block_height gauge\n' +
      'bittensor_chain_block_height 7\n',
  )
  expect(exposition.seriesOf(NODES)).toBe(2)
})

test('what is no longer said is gone, and a family nobody says anything of with it', () => {
  const exposition = new Exposition([NODES, CHAIN])
  exposition.publish([
    { families: NODES, part: 'a', samples: peers('a', 1) },
    { families: NODES, part: 'b', samples: peers('b', 2) },
    { families: CHAIN, part: '', samples: chain(7, 3) },
  ])
  exposition.publish([{ families: CHAIN, part: '', samples: chain(8) }])
  expect(body(exposition)).not.toContain('bittensor_chain_subnets')
  exposition.publish([{ families: NODES, part: 'a', samples: undefined }])
  expect(body(exposition)).not.toContain('node="a"')
  expect(body(exposition)).toContain('bittensor_node_peers{node="b"} 2\n')
  exposition.publish([{ families: NODES, part: 'b', samples: undefined }])
  expect(body(exposition)).not.toContain('bittensor_node_peers')
  exposition.publish([{ families: NODES, part: 'b', samples: peers('b', 5) }])
  expect(body(exposition)).toContain('bittensor_node_peers{node="b"} 5\n')
})

test('a snapshot that was taken stays as it was, compressed too', async () => {
  const exposition = new Exposition([CHAIN])
  exposition.publish([{ families: CHAIN, part: '', samples: chain(7) }])
  const taken = exposition.snapshot
  exposition.publish([{ families: CHAIN, part: '', samples: chain(8) }])
  expect(taken.body.toString()).toContain('bittensor_chain_block_height 7\n')
  expect(gunzipSync(await taken.compressed()).equals(taken.body)).toBe(true)
  expect(taken.compressed()).toBe(taken.compressed())
  expect(body(exposition)).toContain('bittensor_chain_block_height 8\n')
})

test('a family it was not made for is a fault', () => {
  expect(() => {
    new Exposition([NODES]).publish([{ families: CHAIN, part: '', samples: chain(7) }])
  }).toThrow('bittensor_chain_block_height is not a family of this exposition')
})
