import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hasMoreValues } from '../../../src/upstream/http/body-limit.ts'
import { httpServer } from '../../support/servers.ts'
import { client, failureOf, json } from '../sidecar/server.ts'

/** All values of a JSON value, itself and containers included. */
const valuesIn = (value: unknown): number =>
  typeof value === 'object' && value !== null
    ? Object.values(value).reduce((sum: number, inner: unknown) => sum + valuesIn(inner), 1)
    : 1

test('a text with more values than the limit is recognized, and none with half of them is', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), fc.constantFrom(0, 2), (value, space) => {
      const body = Buffer.from(JSON.stringify(value, undefined, space))
      const values = valuesIn(value)
      expect(hasMoreValues(body, values - 1)).toBe(true)
      // An empty container counts twice.
      expect(hasMoreValues(body, 2 * values)).toBe(false)
    }),
  )
})

test('brackets and commas in texts without an escape are not values, and a text without an end is one', () => {
  const body = Buffer.from(JSON.stringify(['[[[[,,,,', '[{,', '', 'x'.repeat(50), { a: ',' }]))
  // The list, its five elements, and the member of the last.
  const values = 7
  expect(hasMoreValues(body, values)).toBe(false)
  expect(hasMoreValues(body, values - 1)).toBe(true)
  expect(hasMoreValues(Buffer.from(`["${',['.repeat(50)}`), 2)).toBe(false)
})

test('brackets, commas and escaped quotes in texts are not values', () => {
  const body = Buffer.from(JSON.stringify(['[[[[,,,,', '"[{,', '\\', 'x'.repeat(50)]))
  expect(hasMoreValues(body, 4)).toBe(true)
  expect(hasMoreValues(body, 5)).toBe(false)
})

test.each([
  ['/node/version', 300_000, 'the response is larger than 262144 bytes'],
  ['/pallets/:pallet/storage/:item', 5 << 20, 'the response is larger than 4194304 bytes'],
])('the limit of %s is that of its route', async (route, bytes, message) => {
  const { url } = await httpServer((_request, response) => {
    json(response, 'x'.repeat(bytes))
  })
  const error = await failureOf(client(url).get(route, '/x'))
  expect(error).toMatchObject({ reason: 'too_large' })
  expect(error.message).toContain(message)
  expect(await client(url).get('/runtime/metadata', '/x')).toHaveLength(bytes)
})

test('a response of millions of small values is refused before it is parsed', async () => {
  const body = `[${'[],'.repeat(1_000_000)}0]`
  const { url } = await httpServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(body)
  })
  for (const [route, values] of [
    ['/pallets/:pallet/storage/:item', 65_536],
    ['/blocks/:block', 500_000],
  ] as const) {
    const error = await failureOf(client(url).get(route, '/x'))
    expect(error).toMatchObject({ reason: 'too_large', status: 200 })
    expect(error.message).toContain(`the response has more than ${values} values`)
  }
})
