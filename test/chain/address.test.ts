import { encodeAddress } from '@polkadot/util-crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkAddress, addressOf, isAddress, ZERO_ACCOUNT } from '../../src/chain/address.ts'

test.each(['5F4tQyWrhfGVcNhoqeiNsR6KjD4wMZ2kfhLj4oHYuyHbZAc3', ZERO_ACCOUNT])('%s is an address', (text) => {
  expect(isAddress(text)).toBe(true)
})

test.each([
  ['5F4tQyWrhfGVcNhoqeiNsR6KjD4wMZ2kfhLj4oHYuyHbZAc4', /characters, length or checksum/],
  ['', /characters, length or checksum/],
  ['5F4tQyWrhfGVcNhoqeiNsR6KjD4wMZ2kfhLj4oHYuyHbZAc', /characters, length or checksum/],
  ['15oF4uVJwmo4TdGW7VfQxNLavjCXviqxT9S1MgbjMNHr6Sp5', /network 0/],
])('%j is none', (text, fault) => {
  expect(checkAddress(text)).toMatch(fault)
})

/** Substrate's development accounts, whose keys and addresses every Substrate tool documents. */
const DEVELOPMENT = {
  '5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY':
    'd43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d',
  '5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty':
    '8eaf04151687736326c9fea17e25fc5287613693c912909cb226aa4794f26a48',
  '5FLSigC9HGRKVhB9FiEo4Y3koPsNmBmLJbpXg2mp1hXcS59Y':
    '90b5ab205c6974c9ea841be688864633dc9ca8a357843eeacf2314649965fe22',
}

test('keys that are views of one buffer have addresses of their own', () => {
  const all = Buffer.from(Object.values(DEVELOPMENT).join(''), 'hex')
  const views = [0, 1, 2].map((index) => all.subarray(index * 32, index * 32 + 32))
  expect(views.map(addressOf)).toEqual(Object.keys(DEVELOPMENT))
  expect(Object.values(DEVELOPMENT).map((hex) => addressOf(Buffer.from(hex, 'hex')))).toEqual(
    Object.keys(DEVELOPMENT),
  )
})

test('addresses are those that polkadot-js encodes', () => {
  const account = fc.uint8Array({ minLength: 32, maxLength: 32 })
  const edges = [0, 1, 255].map((byte) => [new Uint8Array(32).fill(byte)] as [Uint8Array])
  fc.assert(
    fc.property(account, (bytes) => {
      expect(addressOf(bytes)).toBe(encodeAddress(bytes, 42))
      expect(isAddress(addressOf(bytes))).toBe(true)
    }),
    { numRuns: 300, examples: edges },
  )
})
