import { expect, test } from 'vitest'
import { item, NOW } from '../../src/demo/item.ts'
import { decodeKeys } from '../../src/demo/keys.ts'

test('keys that are given as public keys, in one request after another, are accounts of their own', () => {
  // Substrate's development accounts Alice, Bob and Charlie.
  const accounts = [
    [
      'd43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d',
      '5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY',
    ],
    [
      '8eaf04151687736326c9fea17e25fc5287613693c912909cb226aa4794f26a48',
      '5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty',
    ],
    [
      '90b5ab205c6974c9ea841be688864633dc9ca8a357843eeacf2314649965fe22',
      '5FLSigC9HGRKVhB9FiEo4Y3koPsNmBmLJbpXg2mp1hXcS59Y',
    ],
  ] as const
  const owner = item('SubtensorModule', 'Owner', ['AccountId32'], [101, NOW], () => '0x')
  expect(accounts.map(([key]) => decodeKeys(owner, 'subtensorModule.owner', [`0x${key}`], 425))).toEqual(
    accounts.map(([, address]) => [address]),
  )
})
