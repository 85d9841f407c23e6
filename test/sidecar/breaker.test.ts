import { BrokenCircuitError } from 'cockatiel'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Breaker, OPENS_AFTER, pauseWithin } from '../../src/sidecar/breaker.ts'
import { SidecarError, type FailureReason } from '../../src/sidecar/errors.ts'
import type { StateObserver } from '../../src/sidecar/http.ts'
import { client, failureOf, get, httpServer, json } from './server.ts'

const error = (reason: FailureReason, status?: number) =>
  new SidecarError({ node: 'a', path: '/x', reason, message: 'no', status })

const settled = () => vi.advanceTimersByTimeAsync(0)

describe('the breaker', () => {
  const changes: boolean[] = []
  let breaker: Breaker

  beforeEach(() => {
    vi.useFakeTimers()
    vi.spyOn(Math, 'random').mockReturnValue(1)
    changes.length = 0
    breaker = new Breaker((isOpen) => void changes.push(isOpen), { initialDelay: 1000, maxDelay: 4000 })
  })
  afterEach(() => {
    vi.useRealTimers()
    vi.restoreAllMocks()
  })

  const fail = async (times: number, failure = error('connect')) => {
    for (let time = 0; time < times; time++) breaker.ended(failure)
    await settled()
  }
  const refusal = () => breaker.execute(() => Promise.resolve()).catch((thrown: unknown) => thrown)

  test.each<[FailureReason, number | undefined]>([
    ['connect', undefined],
    ['timeout', undefined],
    ['not_json', 200],
    ['status', 502],
    ['status', 503],
    ['status', 504],
  ])('%s %s opens it when it comes again and again', async (reason, status) => {
    await fail(OPENS_AFTER - 1, error(reason, status))
    expect(breaker.isOpen).toBe(false)
    await fail(1, error(reason, status))
    expect([breaker.isOpen, changes]).toEqual([true, [true]])
    expect(await refusal()).toBeInstanceOf(BrokenCircuitError)
    expect(breaker.message).toMatch(/^not sent: .* the last one: a: GET \/x: no$/)
  })

  test.each<[FailureReason, number | undefined]>([
    ['status', 500],
    ['status', 404],
    ['status', 429],
    ['no_item', 500],
    ['unknown_pallet', 400],
    ['bad_key', 500],
    ['undecodable', 500],
    ['block_gone', 500],
    ['wrong_block', undefined],
    ['shape', 200],
    ['too_large', 200],
    ['aborted', undefined],
  ])('%s %s is an answer, or none of its business', async (reason, status) => {
    await fail(100, error(reason, status))
    expect(breaker.isOpen).toBe(false)
  })

  test('an answer in between begins the count anew', async () => {
    for (let time = 0; time < 5; time++) {
      await fail(OPENS_AFTER - 1)
      breaker.ended(time % 2 === 0 ? undefined : error('no_item', 500))
      await settled()
    }
    expect(breaker.isOpen).toBe(false)
  })

  test('one request goes first after the pause, the others wait for it; pauses grow, up to the longest', async () => {
    await fail(OPENS_AFTER)
    const send = vi.fn<() => Promise<number>>()
    for (const pause of [1000, 2000, 4000, 4000]) {
      await vi.advanceTimersByTimeAsync(pause - 1)
      expect(await refusal()).toBeInstanceOf(BrokenCircuitError)
      await vi.advanceTimersByTimeAsync(1)
      let end: (failure: Error) => void = () => undefined
      send.mockImplementationOnce(() => new Promise((_, reject) => (end = reject)))
      const outcomes = Promise.allSettled(Array.from({ length: 9 }, () => breaker.execute(send)))
      await settled()
      expect(send).toHaveBeenCalledTimes(1)
      end(error('timeout'))
      const [first, ...others] = await outcomes
      expect(first).toMatchObject({ reason: { reason: 'timeout' } })
      for (const other of others) expect(other).toMatchObject({ reason: new BrokenCircuitError() })
      expect(send).toHaveBeenCalledTimes(1)
      send.mockReset()
    }
    await vi.advanceTimersByTimeAsync(4000)
    send.mockResolvedValue(7)
    expect(await Promise.all([breaker.execute(send), breaker.execute(send)])).toEqual([7, 7])
    expect([breaker.isOpen, changes]).toEqual([false, [true, true, true, true, true, false]])
  })

  test('pauses have jitter', async () => {
    vi.mocked(Math.random).mockReturnValue(0)
    await fail(OPENS_AFTER)
    await vi.advanceTimersByTimeAsync(499)
    expect(await refusal()).toBeInstanceOf(BrokenCircuitError)
    await vi.advanceTimersByTimeAsync(1)
    expect(await refusal()).toBe(undefined)
  })

  test('a first request that says no closes it; one that was aborted has shown nothing', async () => {
    await fail(OPENS_AFTER)
    await vi.advanceTimersByTimeAsync(1000)
    await expect(breaker.execute(() => Promise.reject(error('aborted')))).rejects.toThrow()
    expect(breaker.isOpen).toBe(true)
    await vi.advanceTimersByTimeAsync(2000)
    await expect(breaker.execute(() => Promise.reject(error('no_item', 500)))).rejects.toThrow()
    expect(breaker.isOpen).toBe(false)
  })

  test('pauses are no longer than the time between two polls', async () => {
    expect([pauseWithin(12_000), pauseWithin(2500), pauseWithin(400)]).toEqual([
      { initialDelay: 1000, maxDelay: 10_000 },
      { initialDelay: 1000, maxDelay: 2500 },
      { initialDelay: 400, maxDelay: 400 },
    ])
    breaker = new Breaker((isOpen) => void changes.push(isOpen), pauseWithin(400))
    await fail(OPENS_AFTER)
    await vi.advanceTimersByTimeAsync(399)
    expect(await refusal()).toBeInstanceOf(BrokenCircuitError)
    await vi.advanceTimersByTimeAsync(1)
    expect(await refusal()).toBe(undefined)
  })

  test('a clock that is set back does not keep it open', async () => {
    await fail(OPENS_AFTER)
    vi.setSystemTime(Date.now() - 86_400_000)
    await vi.advanceTimersByTimeAsync(1000)
    expect(await refusal()).toBe(undefined)
    expect(breaker.isOpen).toBe(false)
  })
})

describe('a client', () => {
  /** A server that answers 503 until it is repaired; `atOnce` has how many requests were with it when each one came. */
  const broken = async () => {
    const state = { now: 0, atOnce: new Array<number>(), isRepaired: false }
    const { url } = await httpServer((_request, response) => {
      state.now += 1
      state.atOnce.push(state.now)
      setTimeout(() => {
        state.now -= 1
        if (state.isRepaired) json(response, 1)
        else json(response, { error: 'the node is down' }, 503)
      }, 3)
    })
    return { url, state }
  }
  const pause = { initialDelay: 20, maxDelay: 20 }

  test('sends nothing more to a Sidecar that is down, and comes back to it with one request at a time', async () => {
    const { url, state } = await broken()
    const observeState = vi.fn<StateObserver>()
    const observe = vi.fn()
    const http = client(url, { concurrency: 16, retry: { maxRetries: 0 }, pause }, observe, observeState)
    expect(http.state).toEqual({ node: 'a', circuitOpen: false, concurrency: 16 })
    const failures = await Promise.all(Array.from({ length: 200 }, () => failureOf(get(http))))
    const sent = failures.filter(({ reason }) => reason === 'status')
    expect(sent.length).toBeLessThan(40)
    expect(observe).toHaveBeenCalledTimes(sent.length)
    expect(failures.at(-1)).toMatchObject({ reason: 'circuit_open' })
    expect(failures.at(-1)?.message).toMatch(
      /^a: GET \/x: not sent: the last 5 requests and more failed, the last one: a: GET \/x: answered 503: the node is down$/,
    )
    expect(observeState).toHaveBeenLastCalledWith({ node: 'a', circuitOpen: true, concurrency: 1 })

    state.isRepaired = true
    await vi.waitFor(() => get(http))
    expect(observeState).toHaveBeenLastCalledWith({ node: 'a', circuitOpen: false, concurrency: 1 })
    state.atOnce.length = 0
    await Promise.all(Array.from({ length: 600 }, () => get(http)))
    expect(state.atOnce.slice(0, 5)).toEqual([1, 1, 1, 1, 1])
    expect(Math.max(...state.atOnce)).toBe(16)
    const limits = observeState.mock.calls.slice(-10).map(([{ concurrency }]) => concurrency)
    expect(limits).toEqual(limits.toSorted((a, b) => a - b))
    expect(limits.at(-1)).toBe(16)
  })

  test('refuses what would wait beyond the bound, at once, and answers the rest', async () => {
    const release: (() => void)[] = []
    const { url } = await httpServer((_request, response) => {
      release.push(() => {
        json(response, 1)
      })
    })
    const http = client(url, { concurrency: 1, maxWaiting: 3 })
    const answers = [get(http)]
    await vi.waitFor(() => {
      expect(release).toHaveLength(1)
    })
    answers.push(get(http), get(http), get(http))
    expect(await failureOf(get(http, '/late'))).toMatchObject({
      reason: 'queue_full',
      message: 'a: GET /late: not sent: 3 requests wait for this Sidecar already',
    })
    for (let answered = 0; answered < 4; answered++) {
      await vi.waitFor(() => {
        expect(release.length).toBeGreaterThan(answered)
      })
      release[answered]?.()
    }
    expect(await Promise.all(answers)).toEqual([1, 1, 1, 1])
  })

  test('retries a tenth of its requests at most, beside a small reserve', async () => {
    const tries = new Map<string, number>()
    const { url } = await httpServer((request, response) => {
      const path = request.url ?? ''
      const number = (tries.get(path) ?? 0) + 1
      tries.set(path, number)
      if (path.startsWith('/flaky') && number === 1) json(response, {}, 503)
      else json(response, 1)
    })
    const http = client(url, { concurrency: 1, retry: { minDelayMs: 0, maxDelayMs: 0 } })
    const requests = 400
    for (let request = 0; request < requests / 2; request++) {
      await get(http, `/flaky/${request}`).catch(() => undefined)
      await get(http, `/${request}`)
    }
    const retries = [...tries.values()].reduce((sum, number) => sum + number, 0) - requests
    expect(retries).toBeGreaterThan(20)
    expect(retries).toBeLessThanOrEqual(20 + requests / 10)
  })
})
