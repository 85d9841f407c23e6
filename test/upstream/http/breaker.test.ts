import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { FailureReason } from '../../../src/upstream/errors.ts'
import { Breaker, OPENS_AFTER, pauseWithin } from '../../../src/upstream/http/breaker.ts'
import type { StateObserver } from '../../../src/upstream/http/transport.ts'
import { client, failureOf, get, json } from '../sidecar/server.ts'
import { httpServer } from '../../support/servers.ts'

const failure = (reason: FailureReason, status?: number) => ({ reason, status, message: 'no' })

describe('the breaker', () => {
  const changes: boolean[] = []
  let breaker: Breaker

  beforeEach(() => {
    vi.useFakeTimers()
    vi.spyOn(Math, 'random').mockReturnValue(1)
    changes.length = 0
    breaker = new Breaker({ initialDelay: 1000, maxDelay: 4000 }, () => void changes.push(breaker.isOpen))
  })
  afterEach(() => {
    vi.useRealTimers()
    vi.restoreAllMocks()
  })

  const fail = (times: number, what = failure('connect')) => {
    for (let time = 0; time < times; time++) breaker.ended(what, false)
  }

  test.each<[FailureReason, number | undefined]>([
    ['connect', undefined],
    ['timeout', undefined],
    ['not_json', 200],
    ['status', 502],
    ['status', 503],
    ['status', 504],
  ])('%s %s opens it when it comes again and again', (reason, status) => {
    fail(OPENS_AFTER - 1, failure(reason, status))
    expect([breaker.isOpen, breaker.admit()]).toEqual([false, 'start'])
    fail(1, failure(reason, status))
    expect([breaker.isOpen, breaker.admit(), changes]).toEqual([true, 'drop', [true]])
    expect(breaker.message).toMatch(/^not sent: .* 5 consecutive failures, the last one: no$/)
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
  ])('%s %s is no outage', (reason, status) => {
    fail(100, failure(reason, status))
    expect([breaker.isOpen, breaker.admit()]).toEqual([false, 'start'])
  })

  test('an answer in between restarts the count; an abort does not', () => {
    for (let time = 0; time < 5; time++) {
      fail(OPENS_AFTER - 1)
      breaker.ended(time % 2 === 0 ? undefined : failure('no_item', 500), false)
    }
    expect(breaker.isOpen).toBe(false)
    fail(OPENS_AFTER - 1)
    fail(1, failure('aborted'))
    fail(1)
    expect(breaker.isOpen).toBe(true)
  })

  test('one probe starts after each pause and the others wait; pauses double up to the longest', () => {
    fail(OPENS_AFTER)
    for (const pause of [1000, 2000, 4000, 4000]) {
      vi.advanceTimersByTime(pause - 1)
      expect(breaker.admit()).toBe('drop')
      vi.advanceTimersByTime(1)
      expect([breaker.admit(), breaker.admit(), breaker.admit()]).toEqual(['start', 'wait', 'wait'])
      breaker.ended(failure('timeout'), true)
      expect([breaker.isOpen, breaker.admit()]).toEqual([true, 'drop'])
    }
    vi.advanceTimersByTime(4000)
    expect(breaker.admit()).toBe('start')
    breaker.ended(undefined, true)
    expect([breaker.admit(), breaker.admit(), changes]).toEqual(['start', 'start', [true, false]])
    fail(OPENS_AFTER - 1)
    expect(breaker.isOpen).toBe(false)
    fail(1)
    vi.advanceTimersByTime(1000)
    expect(breaker.admit()).toBe('start')
  })

  test('up to half of a pause is jitter', () => {
    vi.mocked(Math.random).mockReturnValue(0)
    fail(OPENS_AFTER)
    vi.advanceTimersByTime(499)
    expect(breaker.admit()).toBe('drop')
    vi.advanceTimersByTime(1)
    expect(breaker.admit()).toBe('start')
  })

  test('a probe that is refused closes it', () => {
    fail(OPENS_AFTER)
    vi.advanceTimersByTime(1000)
    breaker.admit()
    breaker.ended(failure('no_item', 500), true)
    expect([breaker.isOpen, changes]).toEqual([false, [true, false]])
  })

  test('a probe that is aborted proves nothing: the next request is the probe', () => {
    fail(OPENS_AFTER)
    vi.advanceTimersByTime(1000)
    expect(breaker.admit()).toBe('start')
    breaker.ended(failure('aborted'), true)
    expect(breaker.isOpen).toBe(true)
    expect([breaker.admit(), breaker.admit()]).toEqual(['start', 'wait'])
    expect(changes).toEqual([true])
  })

  test('while it is not closed, requests sent before it opened change nothing', () => {
    fail(OPENS_AFTER)
    breaker.ended(undefined, false)
    expect(breaker.admit()).toBe('drop')
    vi.advanceTimersByTime(1000)
    expect(breaker.admit()).toBe('start')
    fail(20)
    breaker.ended(undefined, false)
    expect(breaker.admit()).toBe('wait')
    breaker.ended(undefined, true)
    expect(breaker.isOpen).toBe(false)
  })

  test('pauses are no longer than the time between two polls', () => {
    expect([pauseWithin(12_000), pauseWithin(2500), pauseWithin(400)]).toEqual([
      { initialDelay: 1000, maxDelay: 10_000 },
      { initialDelay: 1000, maxDelay: 2500 },
      { initialDelay: 400, maxDelay: 400 },
    ])
  })

  test('a system clock that is set back does not keep it open', () => {
    fail(OPENS_AFTER)
    vi.setSystemTime(Date.now() - 86_400_000)
    vi.advanceTimersByTime(1000)
    expect(breaker.admit()).toBe('start')
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
  /** Long enough for 200 requests on a busy machine: a probe in between would be one request more. */
  const pause = { initialDelay: 300, maxDelay: 300 }

  test('sends nothing more to a Sidecar that is down, and one request first when it may be back', async () => {
    const { url, state } = await broken()
    const observeState = vi.fn<StateObserver>()
    const observe = vi.fn()
    const http = client(url, { concurrency: 16, retry: { maxRetries: 0 }, pause }, observe, observeState)
    expect(http.state).toEqual({ node: 'a', circuitOpen: false })
    const failures = await Promise.all(Array.from({ length: 200 }, () => failureOf(get(http))))
    const sent = failures.filter(({ reason }) => reason === 'status')
    // Those in flight when the fifth of them failed, at most.
    expect(sent.length).toBeLessThanOrEqual(OPENS_AFTER - 1 + 16)
    expect(observe).toHaveBeenCalledTimes(sent.length)
    expect(failures.at(-1)).toMatchObject({ reason: 'circuit_open' })
    expect(failures.at(-1)?.message).toBe(
      'a: GET /x: not sent: the circuit breaker opened after 5 consecutive failures, the last one: a: GET /x: answered 503: the node is down',
    )
    expect(observeState.mock.calls).toEqual([[{ node: 'a', circuitOpen: true }]])

    await sleep(pause.maxDelay + 10)
    state.atOnce.length = 0
    expect((await failureOf(get(http))).reason).toBe('status')
    expect(state.atOnce).toEqual([1])

    await sleep(2 * pause.maxDelay)
    state.isRepaired = true
    state.atOnce.length = 0
    expect(await Promise.all(Array.from({ length: 600 }, () => get(http)))).toEqual(Array(600).fill(1))
    // The probe alone, then as many as are allowed.
    expect(state.atOnce.slice(0, 2)).toEqual([1, 1])
    expect(Math.max(...state.atOnce)).toBe(16)
    expect(observeState.mock.calls.slice(1)).toEqual([[{ node: 'a', circuitOpen: false }]])
  })

  test('a request that waits for the probe fails at once when it is aborted', async () => {
    let requests = 0
    const { url } = await httpServer((_request, response) => {
      requests += 1
      if (requests <= OPENS_AFTER) json(response, {}, 503)
      // The probe is never answered.
    })
    const http = client(url, { retry: { maxRetries: 0 }, pause, timeoutMs: 60_000 })
    for (let request = 0; request < OPENS_AFTER; request++) await failureOf(get(http))
    await sleep(pause.maxDelay + 10)
    const probe = failureOf(get(http, '/probe'))
    const stop = new AbortController()
    const waiting = failureOf(get(http, '/waiting', stop.signal))
    await vi.waitFor(() => {
      expect(requests).toBe(OPENS_AFTER + 1)
    })
    stop.abort()
    expect(await waiting).toMatchObject({ reason: 'aborted' })
    await http.close()
    expect(await probe).toMatchObject({ reason: 'aborted' })
    expect(requests).toBe(OPENS_AFTER + 1)
  })

  test('a request in a retry pause is not sent again when the circuit has opened meanwhile', async () => {
    const paths: (string | undefined)[] = []
    const { url } = await httpServer((request, response) => {
      paths.push(request.url)
      if (request.url === '/busy') response.writeHead(503, { 'retry-after': '1' }).end('busy')
      else response.end('<html>')
    })
    const http = client(url, { pause: { initialDelay: 60_000, maxDelay: 60_000 } })
    const busy = failureOf(get(http, '/busy'))
    await vi.waitFor(() => {
      expect(paths).toEqual(['/busy'])
    })
    for (let request = 0; request < OPENS_AFTER; request++) await failureOf(get(http, '/no-json'))
    expect(http.state.circuitOpen).toBe(true)
    expect(await busy).toMatchObject({ reason: 'status', status: 503 })
    expect(paths.filter((path) => path === '/busy')).toHaveLength(1)
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
      message: 'a: GET /late: not sent: 3 requests are waiting already',
    })
    for (let answered = 0; answered < 4; answered++) {
      await vi.waitFor(() => {
        expect(release.length).toBeGreaterThan(answered)
      })
      release[answered]?.()
    }
    expect(await Promise.all(answers)).toEqual([1, 1, 1, 1])
  })
})
