import { describe, expect, test } from 'vitest'
import { sidecarClient } from '../../../src/upstream/sidecar/client.ts'
import type { SidecarHttp } from '../../../src/upstream/sidecar/http.ts'
import { failureOf } from './server.ts'

const BLOCK = { height: 7, hash: `0x${'ab'.repeat(32)}` }
const OTHER = `0x${'cd'.repeat(32)}`
const AT = { hash: BLOCK.hash, height: '7' }

const asked: string[] = []

/** A Sidecar that answers everything with this. */
const answering = (answer: unknown) => {
  asked.length = 0
  const http = {
    scrub: (text: string) => text,
    node: 'a',
    get: (_route: string, path: string) => {
      asked.push(path)
      return Promise.resolve(answer)
    },
  }
  return sidecarClient(http as unknown as SidecarHttp)
}

const storage = (answer: unknown) =>
  answering(answer).storage(
    { pallet: 'SubtensorModule', item: 'Tempo' },
    [3],
    BLOCK,
    new AbortController().signal,
  )

test('polkadot-rest-api is recognized by how it writes names of pallets, and none of its values is used', async () => {
  const answer = {
    at: AT,
    pallet: 'subtensormodule',
    palletIndex: '7',
    storageItem: 'tempo',
    keys: ['3'],
    value: null,
  }
  const error = await failureOf(storage(answer))
  expect(error.reason).toBe('shape')
  expect(error.message).toContain('this is polkadot-rest-api, not a Sidecar')
  expect(error.message).toContain('NODE_URL')
})

describe('a storage value', () => {
  test.each([['360'], [null], [false], [['1', '2']], [{ bits: '1' }]])(
    'at the block that was asked for: %j',
    async (value) => {
      expect(await storage({ at: AT, pallet: 'subtensorModule', value })).toEqual(value)
      expect(asked).toEqual([`/pallets/SubtensorModule/storage/Tempo?keys%5B%5D=3&at=${BLOCK.hash}`])
    },
  )

  test.each([
    ['another block of the same height', { hash: OTHER, height: '7' }],
    ['another height of the same hash', { hash: BLOCK.hash, height: '8' }],
  ])('of %s is refused', async (_, at) => {
    const failure = await failureOf(storage({ at, value: '360' }))
    expect(failure.reason).toBe('wrong_block')
    expect(failure.message).toContain(`asked for block 7 ${BLOCK.hash}, got block ${at.height} ${at.hash}`)
  })

  test.each([
    ['nothing', null, 'expected object'],
    ['a text', '360', 'expected object'],
    ['no block', { value: '360' }, 'at: '],
    ['no hash', { at: { height: '7' }, value: '360' }, 'at.hash: '],
    ['a height that is a number', { at: { ...AT, height: 7 }, value: '360' }, 'at.height: '],
    [
      'a hash that is none',
      { at: { ...AT, hash: '0x12' }, value: '360' },
      'expected a 32-byte hash as 0x hex',
    ],
    ['no value', { at: AT }, 'value: '],
  ])('with %s has the wrong shape', async (_, answer, message) => {
    const failure = await failureOf(storage(answer))
    expect(failure.reason).toBe('shape')
    expect(failure.message).toContain(message)
    expect(failure.path).toBe(`/pallets/SubtensorModule/storage/Tempo?keys%5B%5D=3&at=${BLOCK.hash}`)
  })
})
