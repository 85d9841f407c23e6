import { EventEmitter } from 'node:events'
import type { ServerResponse } from 'node:http'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ResponseTurns } from '../../../src/web/security/response-turns.ts'

const LIMITS = { maxInProgress: 3, maxPerTurn: 2, minimumMs: 1000 }

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  vi.useRealTimers()
})

/** Requests responses by name, and records in which order they begin and who is disconnected. */
function turnsOf() {
  const begun: string[] = []
  const disconnected: string[] = []
  const turns = new ResponseTurns((client) => void disconnected.push(client), LIMITS)
  const request = (name: string, client: string) => {
    const response = Object.assign(new EventEmitter(), {
      closed: false,
      close() {
        response.closed = true
        response.emit('close')
      },
      destroy: () => {
        response.close()
      },
    })
    void turns.wait(client, response as unknown as ServerResponse).then(() => void begun.push(name))
    return response
  }
  /** Two turns of the event loop. */
  const twoTurns = () => vi.advanceTimersByTimeAsync(2)
  const requestMany = (names: string, client: string) => Array.from(names, (name) => request(name, client))
  return { turns, begun, disconnected, request, requestMany, twoTurns }
}

test('a network with many requests does not delay the one of another network', async () => {
  const { begun, requestMany, request, twoTurns } = turnsOf()
  requestMany('abcdefgh', '192.0.2.1')
  request('X', '192.0.2.2')
  await vi.advanceTimersToNextTimerAsync()
  expect(begun).toEqual(['a', 'b', 'X'])
  await twoTurns()
  // Three may be in progress.
  expect(begun).toEqual(['a', 'b', 'X', 'c'])
})

test('a response that ends makes room for the one that has waited longest', async () => {
  const { begun, requestMany, twoTurns } = turnsOf()
  const [, b] = requestMany('abcde', '192.0.2.1')
  await twoTurns()
  b?.close()
  await twoTurns()
  expect(begun).toEqual(['a', 'b', 'c', 'd'])
})

test('addresses of one network share its limit', async () => {
  const { begun, requestMany, twoTurns } = turnsOf()
  requestMany('ab', '2001:db8::1')
  requestMany('cd', '2001:db8::2')
  await twoTurns()
  expect(begun).toEqual(['a', 'b', 'c'])
})

test('the slowest reader of a full network is disconnected after a while, and only while others wait', async () => {
  const { begun, disconnected, requestMany, request } = turnsOf()
  const [a, b, c] = requestMany('abc', '192.0.2.1')
  await vi.advanceTimersByTimeAsync(5000)
  expect(disconnected).toEqual([])
  const d = request('d', '192.0.2.1')
  await vi.advanceTimersByTimeAsync(1)
  expect([a, b, c, d].map((each) => each?.closed)).toEqual([true, false, false, false])
  expect(disconnected).toEqual(['192.0.2.1'])
  expect(begun).toEqual(['a', 'b', 'c', 'd'])
})

test('a response is not ended before its time', async () => {
  const { begun, disconnected, requestMany } = turnsOf()
  requestMany('abcd', '192.0.2.1')
  await vi.advanceTimersByTimeAsync(990)
  expect([begun.length, disconnected.length]).toEqual([3, 0])
  await vi.advanceTimersByTimeAsync(20)
  expect([begun.length, disconnected.length]).toEqual([4, 1])
})

test('a client that leaves while it waits takes no place, and nothing is kept of networks that are gone', async () => {
  const { turns, begun, requestMany, request, twoTurns } = turnsOf()
  const [a, b, c, d, e] = requestMany('abcde', '192.0.2.1')
  await twoTurns()
  d?.close()
  a?.close()
  await twoTurns()
  expect(begun).toEqual(['a', 'b', 'c', 'e'])
  for (const each of [b, c, e]) each?.close()
  const left = request('f', '192.0.2.3')
  left.close()
  await twoTurns()
  expect([begun.length, turns.networks]).toEqual([4, 0])
})
