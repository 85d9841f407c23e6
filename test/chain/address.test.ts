import { expect, test } from 'vitest'
import { addressFault, isAddress, ZERO_ACCOUNT } from '../../src/chain/address.ts'

test.each(['5F4tQyWrhfGVcNhoqeiNsR6KjD4wMZ2kfhLj4oHYuyHbZAc3', ZERO_ACCOUNT])('%s is an address', (text) => {
  expect(isAddress(text)).toBe(true)
})

test.each([
  ['5F4tQyWrhfGVcNhoqeiNsR6KjD4wMZ2kfhLj4oHYuyHbZAc4', /characters, length or checksum/],
  ['', /characters, length or checksum/],
  ['5F4tQyWrhfGVcNhoqeiNsR6KjD4wMZ2kfhLj4oHYuyHbZAc', /characters, length or checksum/],
  ['15oF4uVJwmo4TdGW7VfQxNLavjCXviqxT9S1MgbjMNHr6Sp5', /network 0/],
])('%j is none', (text, fault) => {
  expect(addressFault(text)).toMatch(fault)
})
