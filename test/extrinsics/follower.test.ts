import { describe, expect, test } from 'vitest'
import { Follower, type FollowerOptions } from '../../src/collectors/lib/follower.ts'
import type { FailureReason } from '../../src/upstream/errors.ts'
import { FakeChain } from './fake.ts'

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i)

/** A follower that began at block 100, and what it came to since. */
async function following(options: FollowerOptions = {}) {
  const chain = new FakeChain()
  const follower = new Follower(options)
  const read: number[] = []
  const gaps: [skipped: number, why: string][] = []
  const follow = (height: number, signal = new AbortController().signal) =>
    follower.follow(
      chain.view(height),
      {
        block: ({ height }) => void read.push(height),
        gap: (skipped, why) => void gaps.push([skipped, why]),
      },
      signal,
    )
  await follow(100)
  return { chain, follower, follow, read, gaps }
}

describe('Follower', () => {
  test('begins after the block it is first shown, and asks for nothing before', async () => {
    const { chain, follow, read } = await following()
    expect(chain.asked).toEqual([])
    await follow(100)
    expect(chain.asked).toEqual([])
    await follow(101)
    expect(read).toEqual([101])
  })

  test('reads 1,000 blocks it is behind, each once and in order', async () => {
    const { chain, follow, read, gaps } = await following()
    await follow(1100)
    expect(read).toEqual(range(101, 1100))
    expect(chain.asked.toSorted((a, b) => a - b)).toEqual(range(101, 1100))
    expect(gaps).toEqual([])
  })

  test('catches up over several calls when a call has little time', async () => {
    const { follow, follower, read } = await following({ budgetMs: 0 })
    let calls = 0
    for (let height = 1100; (follower.height ?? 0) < height; calls++) await follow(++height)
    expect(read).toEqual(range(101, read.length + 100))
    expect(read.length).toBeGreaterThan(1000)
    expect(calls).toBe(Math.ceil(1000 / 3))
  })

  test('skips what is too far behind, and says how much', async () => {
    const { follow, read, gaps } = await following({ maxBacklog: 50 })
    await follow(200)
    expect(read).toEqual(range(151, 200))
    expect(gaps).toEqual([[50, 'more than 50 blocks behind the head']])
  })

  test.each<FailureReason>(['connect', 'aborted', 'wrong_block'])(
    'waits as long as it takes when Sidecar is away (%s), and leaves no gap',
    async (reason) => {
      const { chain, follow, read, gaps } = await following()
      chain.faults.set(103, { reason, times: 20 })
      for (let height = 106; height < 126; height++)
        await expect(follow(height)).rejects.toThrow('/blocks/103')
      expect(read).toEqual([101, 102])
      await follow(126)
      expect(read).toEqual(range(101, 126))
      expect(gaps).toEqual([])
    },
  )

  test.each<readonly [FailureReason, number]>([
    ['block_gone', 3],
    ['shape', 3],
    ['too_large', 3],
    ['status', 3],
    ['timeout', 10],
  ])('skips an unavailable block (%s) in round %i', async (reason, rounds) => {
    const { chain, follow, read, gaps } = await following()
    chain.faults.set(102, { reason, times: Infinity })
    for (let round = 1; round < rounds; round++) await expect(follow(103)).rejects.toThrow('/blocks/102')
    expect(gaps).toEqual([])
    await follow(103)
    expect(gaps).toEqual([[1, 'block 102 cannot be read: a: GET /blocks/102: no']])
    expect(read).toEqual([101, 103])
  })

  test('attempts are counted per block', async () => {
    const { chain, follow, read, gaps } = await following()
    for (const height of [102, 109]) chain.faults.set(height, { reason: 'shape', times: 2 })
    for (let round = 0; round < 4; round++) await expect(follow(110)).rejects.toThrow('/blocks/1')
    await follow(110)
    expect(read).toEqual(range(101, 110))
    expect(gaps).toEqual([])
  })

  test('gives a block up at once whose state is surely gone', async () => {
    const { chain, follow, read, gaps } = await following()
    for (const height of range(101, 150)) chain.faults.set(height, { reason: 'block_gone', times: Infinity })
    await follow(400)
    expect(read).toEqual(range(151, 400))
    expect(gaps.length).toBe(50)
  })

  test('a block that the caller cannot make sense of is tried, and then skipped', async () => {
    const chain = new FakeChain()
    const follower = new Follower()
    const gaps: string[] = []
    const follow = (height: number) =>
      follower.follow(
        chain.view(height),
        {
          block() {
            throw new Error('no amount')
          },
          gap: (_, why) => void gaps.push(why),
        },
        new AbortController().signal,
      )
    await follow(100)
    for (let round = 0; round < 2; round++) await expect(follow(101)).rejects.toThrow('no amount')
    await follow(101)
    expect(gaps).toEqual(['block 101 cannot be read: no amount'])
  })

  test('what changes above the finalized head does not matter', async () => {
    const { chain, follow, read, gaps } = await following()
    await follow(105)
    chain.forkedAt = 106
    await follow(110)
    expect(read).toEqual(range(101, 110))
    expect(gaps).toEqual([])
  })

  test('a finalized block that was replaced is a gap, not silence', async () => {
    const { chain, follow, read, gaps } = await following()
    await follow(105)
    chain.forkedAt = 104
    await follow(107)
    expect(read).toEqual(range(101, 107))
    expect(gaps).toEqual([[0, 'block 105 was replaced after it was final: block 106 has another parent']])
    await follow(107)
    chain.forkedAt = Infinity
    await follow(107)
    expect(gaps.slice(1)).toEqual([[0, 'block 107 was replaced after it was final']])
  })

  test('stops between blocks when it is told to', async () => {
    const { chain, follow, read } = await following()
    const stop = new AbortController()
    const body = chain.body.bind(chain)
    chain.body = (height) => {
      if (height === 110) stop.abort(new Error('stopping'))
      return body(height)
    }
    await expect(follow(300, stop.signal)).rejects.toThrow('stopping')
    expect(read.length).toBeLessThan(12)
    await follow(300)
    expect(read).toEqual(range(101, 300))
  })
})
