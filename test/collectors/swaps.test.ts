import { describe, expect, test } from 'vitest'
import type { Address } from '../../src/chain/address.ts'
import { swaps } from '../../src/collectors/swaps.ts'
import { inventedAddress } from '../../src/demo/names.ts'
import { expectExposition } from '../support/exposition.ts'
import { allSucceed, coldkey, hotkey, testExporter } from '../support/exporter.ts'
import { simulate } from '../support/simulation.ts'

const HOT = '5F4tQyWrhfGVcNhoqeiNsR6KjD4wMZ2kfhLj4oHYuyHbZAc3' as Address
const COLD = '5Ccmf1dJKzGtXX7h17eN72MVMRsFwvYjPVmkXPUaapczECf6' as Address
const NEW = inventedAddress('the new coldkey')

describe('what is said', () => {
  const NO_SWAP = { scheduledAt: undefined, to: undefined, announcedFor: undefined, disputedAt: undefined }
  const key = { role: 'coldkey', address: COLD, name: 'treasury' } as const
  const of = `coldkey="${COLD}",name="treasury"`

  test('of everything at once', async () => {
    const swap = { scheduledAt: 5, to: NEW, announcedFor: 6, disputedAt: 7 }
    await expectExposition(
      swaps,
      {
        coldkeys: [{ ...key, swap, identity: 'Treasury "A"' }],
        children: [{ hotkey: HOT, name: 'v', netuid: 3, children: 0, from: 9 }],
      },
      `bittensor_coldkey_swap_scheduled_block{${of}} 5
       bittensor_coldkey_swap_info{${of},new_coldkey="${NEW}"} 1
       bittensor_coldkey_swap_announced_block{${of}} 6
       bittensor_coldkey_swap_disputed_block{${of}} 7
       bittensor_coldkey_identity_info{${of},identity="Treasury \\"A\\""} 1
       bittensor_hotkey_pending_children{hotkey="${HOT}",name="v",netuid="3"} 0
       bittensor_hotkey_pending_children_block{hotkey="${HOT}",name="v",netuid="3"} 9`,
    )
  })

  test('of nothing', async () => {
    await expectExposition(
      swaps,
      { coldkeys: [{ ...key, swap: NO_SWAP, identity: undefined }], children: [] },
      '',
    )
  })
})

/** The lines about coldkeys' swaps and identities, and pending children. */
const said = (metrics: string): string[] =>
  metrics
    .split('\n')
    .filter((line) => /^bittensor_(coldkey_(swap|identity)|hotkey_pending)_/.test(line))
    .map((line) => line.replaceAll(COLD, 'COLD').replaceAll(NEW, 'NEW').replaceAll(HOT, 'HOT'))

const TREASURY = 'coldkey="COLD",name="treasury"'
const OWNER = 'coldkey="NEW",name="v/coldkey"'
const CHILDREN = 'hotkey="HOT",name="v",netuid="3"'
const PENDING = [
  `bittensor_hotkey_pending_children{${CHILDREN}} 2`,
  `bittensor_hotkey_pending_children_block{${CHILDREN}} 166000`,
]
const IDENTITY = `bittensor_coldkey_identity_info{${OWNER},identity="\ufffdowner name"} 1`

describe.each([
  [103, [], []],
  [200, [IDENTITY], []],
  [240, [IDENTITY], PENDING],
  [
    300,
    [
      `bittensor_coldkey_swap_scheduled_block{${TREASURY}} 160000`,
      `bittensor_coldkey_swap_info{${TREASURY},new_coldkey="NEW"} 1`,
      IDENTITY,
    ],
    PENDING,
  ],
  [
    475,
    [
      `bittensor_coldkey_swap_announced_block{${TREASURY}} 161000`,
      `bittensor_coldkey_swap_disputed_block{${TREASURY}} 158000`,
      IDENTITY,
    ],
    PENDING,
  ],
])('on spec %d', (spec, ofColdkeys, ofHotkeys) => {
  test('what is pending is said, and no longer when it is over', async () => {
    const { chain, urls } = await simulate({
      spec,
      subnets: [1, 3],
      placed: [{ hotkey: HOT, coldkey: NEW, netuids: [1], stake: 3 }],
    })
    chain.setSwap(COLD, { scheduledAt: 160_000, to: NEW, announcedFor: 161_000, disputedAt: 158_000 })
    // The override of text direction, as somebody may want to spoof with.
    chain.setIdentity(NEW, '\u202eowner name\n')
    const children = [1n, 2n].map((part) => [part, inventedAddress(`child-${part}`)] as const)
    chain.setPendingChildren(3, HOT, { children, from: 166_000 })
    chain.advance(3)
    const exporter = await testExporter({ urls, keys: [coldkey('treasury', COLD), hotkey('v', HOT)] })
    expect(said(await exporter.until(allSucceed))).toEqual([...ofColdkeys, ...ofHotkeys])

    chain.setSwap(COLD, undefined)
    chain.setIdentity(NEW, undefined)
    chain.setPendingChildren(3, HOT, undefined)
    chain.advance(3)
    await exporter.until((metrics) => allSucceed(metrics) && said(metrics).length === 0)
  })
})

test('child keys that were set between polls are noticed within fifty blocks', async () => {
  const { chain, urls } = await simulate({
    subnets: [1, 3],
    placed: [{ hotkey: HOT, coldkey: NEW, netuids: [1], stake: 3 }],
  })
  const exporter = await testExporter({ urls, keys: [hotkey('v', HOT)] })
  await exporter.until(allSucceed)
  chain.setPendingChildren(3, HOT, { children: [], from: 166_000 })
  chain.advance(51)
  const metrics = await exporter.until((text) => said(text).length === 2)
  expect(said(metrics)).toEqual([
    `bittensor_hotkey_pending_children{${CHILDREN}} 0`,
    `bittensor_hotkey_pending_children_block{${CHILDREN}} 166000`,
  ])
})
