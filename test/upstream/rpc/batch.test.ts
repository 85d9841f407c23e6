import { describe, expect, test } from 'vitest'
import { MAX_IN_FLIGHT, StorageBatch } from '../../../src/upstream/rpc/batch.ts'
import { KeyError } from '../../../src/upstream/rpc/keys.ts'
import { rpcCalls } from '../../../src/upstream/rpc/calls.ts'
import { failureOf } from '../sidecar/server.ts'
import { blockAt, fakeNode, hashOf, NodeError, rpcHttp, type Method } from './node.ts'

const METHOD = 'state_queryStorageAt'
const block = blockAt(7)
const keyOf = (index: number): string => `0x${index.toString(16).padStart(8, '0')}`

/** The value of each key is its last byte. */
const valueOf = (key: string): string => `0x${key.slice(-2)}`
const changesOf = (keys: unknown): (readonly [string, string | null])[] =>
  (keys as string[]).map((key) => [key, valueOf(key)])
const answer: Method = ([keys, hash]) => [{ block: hash, changes: changesOf(keys) }]

async function batchOf(method: Method, keys = 10) {
  const node = await fakeNode({ [METHOD]: method })
  const { signal } = new AbortController()
  const limit = { keys }
  const calls = rpcCalls(rpcHttp(node.url))
  const inFlight = { now: 0, most: 0 }
  const counted: typeof calls = {
    ...calls,
    callAlone: async (...call) => {
      inFlight.most = Math.max(inFlight.most, ++inFlight.now)
      return calls.callAlone(...call).finally(() => (inFlight.now -= 1))
    },
  }
  const batch = new StorageBatch(counted, block, signal, limit)
  const read = (count: number, from = 0) =>
    Promise.all(Array.from({ length: count }, (_, index) => batch.read(keyOf(from + index))))
  const sizes = () => node.requests.flat().map(({ params }) => (params[0] as string[]).length)
  const readAll = (keys: readonly string[]) => batch.readAll(keys.length, (index) => keys[index]!)
  return { node, batch, read, readAll, sizes, limit, inFlight }
}

test('the reads of one turn go together, each key once, at the block', async () => {
  const { batch, node } = await batchOf(answer)
  const values = await Promise.all([keyOf(1), keyOf(2), keyOf(1)].map((key) => batch.read(key)))
  expect(values).toEqual(['0x01', '0x02', '0x01'])
  expect(node.requests.flat().map(({ method, params }) => [method, params])).toEqual([
    [METHOD, [[keyOf(1), keyOf(2)], block.hash]],
  ])
})

test('values come in the order of their keys, in whatever order and requests they were answered', async () => {
  const { batch, readAll, node } = await batchOf(([keys, hash]) => [
    { block: hash, changes: changesOf(keys).toReversed() },
  ])
  const indexes = [7, 3, 25, 3, ...Array.from({ length: 20 }, (_, index) => index)]
  const [values, one] = await Promise.all([readAll(indexes.map(keyOf)), batch.read(keyOf(25))])
  expect(values).toEqual(indexes.map((index) => `0x${index.toString(16).padStart(2, '0')}`))
  expect(one).toBe('0x19')
  expect(await readAll([])).toEqual([])
  const requested = node.requests.flat().map(({ params }) => params[0] as string[])
  expect(requested.map((keys) => new Set(keys).size)).toEqual(requested.map((keys) => keys.length))
  expect(new Set(requested.flat())).toEqual(new Set(indexes.map(keyOf)))
})

test('reads that are wanted together fail together, others do not', async () => {
  const { batch, readAll } = await batchOf(([keys, hash]) => {
    if ((keys as string[]).includes(keyOf(12))) throw new NodeError(-32000, 'no')
    return [{ block: hash, changes: changesOf(keys) }]
  })
  const keys = Array.from({ length: 15 }, (_, index) => keyOf(index))
  const [one, failing] = [batch.read(keyOf(2)), failureOf(readAll(keys))]
  expect((await failing).reason).toBe('rpc_error')
  expect(await one).toBe('0x02')
})

test('reads with a key that cannot be made fail, others do not', async () => {
  const { batch, read } = await batchOf(answer)
  const bad = new KeyError('expected an SS58 address')
  const failing = [12, 0].map((at) =>
    batch.readAll(15, (index) => {
      if (index === at) throw bad
      return keyOf(index)
    }),
  )
  const others = read(3, 50)
  expect(await Promise.allSettled(failing)).toEqual(failing.map(() => ({ status: 'rejected', reason: bad })))
  expect(await others).toEqual([50, 51, 52].map((index) => valueOf(keyOf(index))))
  // Nothing is left that waits.
  await expect(
    batch.readAll(1, () => {
      throw bad
    }),
  ).rejects.toBe(bad)
  expect(await read(2, 70)).toEqual([70, 71].map((index) => valueOf(keyOf(index))))
})

test('many reads are sent in full requests, some at a time', async () => {
  const { read, sizes, inFlight } = await batchOf(answer)
  expect(await read(95)).toEqual(Array.from({ length: 95 }, (_, index) => valueOf(keyOf(index))))
  expect(sizes()).toEqual([...Array.from({ length: 9 }, () => 10), 5])
  expect(inFlight.most).toBe(MAX_IN_FLIGHT)
})

test('while a request is in flight, reads wait until there are enough for the next', async () => {
  const { batch, read, sizes } = await batchOf(answer)
  const first = read(10)
  await new Promise((resolve) => setImmediate(resolve))
  const others = [batch.read(keyOf(50)), read(3, 60)]
  await Promise.all([first, ...others])
  expect(sizes()).toEqual([10, 4])
})

test('a key without a value reads as null', async () => {
  const { batch } = await batchOf(([keys, hash]) => [
    { block: hash, changes: (keys as string[]).map((key) => [key, null]) },
  ])
  expect(await batch.read(keyOf(1))).toBeNull()
})

describe('answers that are too large', () => {
  const limited =
    (most: number): Method =>
    (params) => {
      if ((params[0] as string[]).length > most)
        throw new NodeError(-32008, 'Response is too big', 'Exceeded max limit of 15728640')
      return answer(params)
    }

  test('are asked for in halves, and later requests are smaller', async () => {
    const { read, sizes, limit } = await batchOf(limited(60), 200)
    expect(await read(200)).toHaveLength(200)
    expect(sizes()).toEqual([200, 100, 50, 50, 100, 50, 50])
    expect(limit.keys).toBe(50)
  })

  test('of one key fail, and no other read with it', async () => {
    const { batch } = await batchOf((params) => {
      if ((params[0] as string[]).includes(keyOf(3))) throw new NodeError(-32702, 'Response is too big')
      return answer(params)
    })
    const reads = [1, 2, 3, 4].map((index) => batch.read(keyOf(index)))
    expect((await failureOf(reads[2]!)).reason).toBe('too_large')
    expect(await Promise.all([reads[0], reads[1], reads[3]])).toEqual(['0x01', '0x02', '0x04'])
  })
})

describe('an answer must have exactly the keys and the block that were asked for', () => {
  const set = (hash: unknown, changes: unknown) => [{ block: hash, changes }]
  test.each<[string, string, string, Method]>([
    ['a missing key', 'shape', 'with 2 of 3 keys', ([keys, hash]) => set(hash, changesOf(keys).slice(1))],
    [
      'a foreign key',
      'shape',
      'a key that was not asked for',
      ([keys, hash]) => set(hash, [...changesOf(keys).slice(1), [keyOf(99), '0x00']]),
    ],
    [
      'the same key twice',
      'shape',
      'the same key twice',
      ([keys, hash]) => set(hash, [...changesOf(keys), changesOf(keys)[0]]),
    ],
    ['another block', 'wrong_block', 'got another one', ([keys]) => set(hashOf(8), changesOf(keys))],
    ['no block', 'shape', 'the values of one block', () => []],
    ['two blocks', 'shape', 'the values of one block', (params) => [answer(params), answer(params)].flat()],
    ['no list', 'shape', 'a list of values', ([, hash]) => set(hash, {})],
    ['no pairs', 'shape', 'pairs of a key and a value', ([keys, hash]) => set(hash, keys)],
    ['a number', 'shape', 'pairs of a key and a value', ([, hash]) => set(hash, [[keyOf(0), 1]])],
  ])('%s', async (_, reason, message, method) => {
    const { batch } = await batchOf(method)
    const errors = await Promise.all([0, 1, 2].map((index) => failureOf(batch.read(keyOf(index)))))
    for (const error of errors) {
      expect([error.reason, error.path]).toEqual([reason, METHOD])
      expect(error.message).toContain(message)
    }
  })

  test('upper case makes no difference', async () => {
    const { batch } = await batchOf(([keys, hash]) =>
      set(
        String(hash).toUpperCase().replace('0X', '0x'),
        changesOf(keys).map(([key, value]) => [key.toUpperCase().replace('0X', '0x'), value]),
      ),
    )
    expect(await batch.read('0x000000ab')).toBe('0xAB'.toLowerCase())
  })
})

test('an abort ends all reads, and nothing is sent afterwards', async () => {
  const node = await fakeNode({ [METHOD]: answer })
  const abort = new AbortController()
  const batch = new StorageBatch(rpcCalls(rpcHttp(node.url)), block, abort.signal, { keys: 2 })
  const reads = Array.from({ length: 40 }, (_, index) => failureOf(batch.read(keyOf(index))))
  abort.abort()
  for (const error of await Promise.all(reads)) expect(error.reason).toBe('aborted')
  expect(node.requests).toEqual([])
})
