import { pino } from 'pino'
import { expect, onTestFinished, test } from 'vitest'
import { chain } from '../../src/collectors/chain.ts'
import { node } from '../../src/collectors/node.ts'
import { Exposition } from '../../src/metrics/exposition.ts'
import { SelfMetrics } from '../../src/metrics/self.ts'
import { Board } from '../../src/poll/results.ts'
import type { Outcome } from '../../src/poll/round.ts'

const block = (height: number) => ({ height, hash: `0x${String(height).padStart(64, '0')}` })

const read = (collector: Outcome['collector'], name: string, height?: number): Outcome => ({
  collector,
  seconds: 0,
  warnings: [],
  result: {
    data: `of ${name}`,
    origin: { node: name, block: height === undefined ? undefined : block(height), decimals: 9 },
    contents: new Map(),
  },
})

function boardOf(): Board {
  const board = new Board(60_000, {
    exposition: new Exposition([chain.families, node.families]),
    self: new SelfMetrics({ version: '0', revision: '0', nodeVersion: '0' }, false, []),
    log: pino({ level: 'silent' }),
  })
  onTestFinished(() => {
    board.stop()
  })
  return board
}

test('what was read last is known, of the chain and of each node', () => {
  const board = boardOf()
  expect(board.latest.newest()).toBeUndefined()
  board.settle(undefined, [read(chain, 'a', 7)])
  board.settle('a', [read(node, 'a')])
  board.settle('b', [read(node, 'b')])
  board.settle(undefined, [read(chain, 'b', 8)])
  expect(board.latest.of(chain)).toMatchObject({ data: 'of b', node: 'b', block: { height: 8 } })
  expect(board.latest.newest()).toMatchObject({ node: 'b', block: { height: 8 }, decimals: 9 })
  expect(board.latest.of(node, 'a')?.data).toBe('of a')
  expect(board.latest.of(node, 'c')).toBeUndefined()
})

test('a collector that fails keeps what it read, as it keeps its samples', () => {
  const board = boardOf()
  board.settle(undefined, [read(chain, 'a', 7)])
  board.settle(undefined, [
    { collector: chain, seconds: 0, warnings: [], result: { error: new Error('no answer') } },
  ])
  expect(board.latest.of(chain)?.data).toBe('of a')
})

test('what is not wanted any more is forgotten', () => {
  const board = boardOf()
  board.settle('a', [read(node, 'a')])
  board.settle('b', [read(node, 'b')])
  board.forget((_collector, name) => name === 'b')
  expect([board.latest.of(node, 'a')?.data, board.latest.of(node, 'b')]).toEqual(['of a', undefined])
})
