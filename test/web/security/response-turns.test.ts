import { EventEmitter } from 'node:events'
import type { ServerResponse } from 'node:http'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ResponseTurns } from '../../../src/web/security/response-turns.ts'

const LIMITS = { maxInProgress: 3, maxStarting: 2, minimumMs: 1000 }

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  vi.useRealTimers()
})

/**
 * Requests responses by name, and records in which order they begin and who is disconnected. Responses send something 10 ms after they have
 * begun, unless `sends` is false.
 */
function turnsOf({ sends = true, isDeferred = (): boolean => false } = {}) {
  const begun: string[] = []
  const disconnected: string[] = []
  const sendFirst = new Map<string, () => void>()
  const turns = new ResponseTurns((client) => void disconnected.push(client), isDeferred, LIMITS)
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
    void turns.wait(client, response as unknown as ServerResponse).then((sent) => {
      begun.push(name)
      sendFirst.set(name, sent)
      if (sends) setTimeout(sent, 10)
    })
    return response
  }
  const turn = () => vi.advanceTimersByTimeAsync(begun.length === 0 ? 5 : 10)
  const twoTurns = () => vi.advanceTimersByTimeAsync(25)
  const requestMany = (names: string, client: string) => Array.from(names, (name) => request(name, client))
  return { turns, begun, disconnected, request, requestMany, turn, twoTurns, sendFirst }
}

test('a network with many requests does not delay the one of another network', async () => {
  const { begun, requestMany, request, turn, twoTurns } = turnsOf()
  requestMany('abcdefgh', '192.0.2.1')
  request('X', '192.0.2.2')
  await turn()
  expect(begun).toEqual(['a', 'X'])
  await twoTurns()
  // Three may be in progress.
  expect(begun).toEqual(['a', 'X', 'b', 'c'])
})

test('two responses begin in a turn, however many networks wait, and those with the fewest in progress come first', async () => {
  const { begun, requestMany, request, turn } = turnsOf()
  for (const [names, client] of [
    ['abc', '192.0.2.1'],
    ['de', '192.0.2.2'],
    ['fg', '192.0.2.3'],
  ] as const)
    requestMany(names, client)
  await turn()
  expect(begun.join('')).toBe('ad')
  request('X', '192.0.2.4')
  await turn()
  expect(begun.join('')).toBe('adfX')
  await turn()
  expect(begun.join('')).toBe('adfXbe')
  await turn()
  expect(begun.join('')).toBe('adfXbegc')
})

test('until responses have sent something, or are closed, no more of them begin than in one turn', async () => {
  const { begun, request, sendFirst, twoTurns } = turnsOf({ sends: false })
  const [, b] = Array.from('abcdef', (name, index) => request(name, `192.0.2.${index}`))
  await vi.advanceTimersByTimeAsync(5000)
  expect(begun.join('')).toBe('ab')
  sendFirst.get('a')?.()
  sendFirst.get('a')?.()
  await twoTurns()
  expect(begun.join('')).toBe('abc')
  b?.close()
  await twoTurns()
  expect(begun.join('')).toBe('abcd')
})

test('of networks whose responses end at once, each has its turn', async () => {
  const { begun, requestMany, turn } = turnsOf()
  const responses = Array.from('12345', (name) => requestMany(name.repeat(4), `192.0.2.${name}`))
  for (let turns = 0; turns < 5; turns += 1) {
    const before = begun.length
    await turn()
    for (const name of begun.slice(before)) responses[Number(name) - 1]?.shift()?.close()
  }
  expect(begun.join('')).toBe('1234512345')
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

test('while turns are deferred nothing begins, and one response does as soon as they are not', async () => {
  let isDeferred = true
  const { begun, requestMany } = turnsOf({ isDeferred: () => isDeferred })
  requestMany('abc', '192.0.2.1')
  await vi.advanceTimersToNextTimerAsync()
  expect(begun).toEqual([])
  isDeferred = false
  await vi.advanceTimersByTimeAsync(1)
  expect(begun).toEqual(['a', 'b'])
})
