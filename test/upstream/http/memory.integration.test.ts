import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { client, failureOf, get } from '../sidecar/server.ts'
import { tcpServer } from '../../support/servers.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

function heap(): number {
  for (let round = 0; round < 3; round++) collectGarbage()
  return process.memoryUsage().heapUsed
}

test.each([
  ['a port that is refused', () => Promise.resolve('http://127.0.0.1:1')],
  ['connections that are closed at once', () => tcpServer((socket) => void socket.resetAndDestroy())],
])('%s leaves nothing in memory, however often it is tried', async (_, start) => {
  let sent = 0
  // Without a pause the circuit breaker sends every request, one at a time.
  const pause = { initialDelay: 0, maxDelay: 0 }
  const http = client(await start(), { retry: { maxRetries: 0 }, pause }, () => {
    sent += 1
  })
  const round = async (requests: number) => {
    for (let sent = 0; sent < requests; sent += 10)
      await Promise.all(Array.from({ length: 10 }, () => failureOf(get(http))))
  }
  await round(300)
  const before = heap()
  await round(1500)
  expect(sent).toBe(1800)
  // One socket that is kept is 4 kB or more.
  expect(heap() - before).toBeLessThan(2_000_000)
})
