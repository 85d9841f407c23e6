import { readFile } from 'node:fs/promises'
import { pino } from 'pino'
import { describe, expect, test } from 'vitest'
import type { Address } from '../../src/chain/address.ts'
import type { Balance } from '../../src/chain/balance-effect.ts'
import { misreadExtrinsic, provesDecoding } from '../../src/chain/decoding.ts'
import { keyActivity } from '../../src/chain/key-activity.ts'
import { extrinsics } from '../../src/collectors/extrinsics.ts'
import { logDecoding } from '../../src/poll/collector-log.ts'
import { sidecarClient } from '../../src/upstream/sidecar/client.ts'
import { ExtrinsicDecoding } from '../../src/upstream/decoding.ts'
import type { View } from '../../src/storage/view.ts'
import { started } from '../support/collectors.ts'
import { renderedText } from '../support/exposition.ts'
import { client } from '../upstream/sidecar/server.ts'
import { decoded } from './blocks.ts'
import { FakeChain } from './fake.ts'
import { httpServer } from '../support/servers.ts'

type Balances = Readonly<Record<string, { readonly free: string; readonly reserved: string }>>

/** Blocks of the lab, one for each kind of operation, as a real Sidecar 18 answered them (record-signed.mjs). */
interface Recording {
  readonly accounts: Readonly<Record<string, string>>
  /** What the accounts had before the first block, in the state of the node. */
  readonly before: Balances
  readonly blocks: readonly {
    readonly kind: string
    readonly height: number
    /** What they had after it. */
    readonly balances: Balances
    readonly withBundle: { readonly hash: string; readonly parentHash: string }
    readonly withoutBundle: { readonly status: number; readonly body: object }
  }[]
}

const SPECS = ['219', '393', '424', '475']

const recording = async (spec: string): Promise<Recording> =>
  JSON.parse(await readFile(new URL(`../fixtures/signed/${spec}.json`, import.meta.url), 'utf8')) as Recording

/** What the lab does in each kind of operation, by its source (blocks.mjs): calls, and what they do to others. */
const DONE: Readonly<Record<string, readonly string[]>> = {
  transfer_keep_alive: ['owner balances.transferKeepAlive success', 'coldkey balances.Transfer by_others'],
  set_weights: ['hotkey subtensorModule.setWeights success'],
  commit_weights: ['hotkey subtensorModule.commitWeights success'],
  commit_timelocked_weights: ['hotkey subtensorModule.commitTimelockedWeights success'],
  add_stake: ['coldkey subtensorModule.addStake success', 'hotkey subtensorModule.StakeAdded by_others'],
  add_stake_limit: [
    'coldkey subtensorModule.addStakeLimit success',
    'hotkey subtensorModule.StakeAdded by_others',
  ],
  remove_stake: [
    'coldkey subtensorModule.removeStake success',
    'hotkey subtensorModule.StakeRemoved by_others',
  ],
  burned_register: ['owner subtensorModule.burnedRegister success'],
  batch: [
    'coldkey subtensorModule.addStake success',
    'coldkey balances.transferKeepAlive success',
    'hotkey subtensorModule.StakeAdded by_others',
    'owner balances.Transfer by_others',
  ],
  proxy: [
    'delegate proxy.proxy success',
    'first coldkey subtensorModule.addStake success',
    'first hotkey subtensorModule.StakeAdded by_others',
  ],
  failing: ['coldkey subtensorModule.addStake failure'],
}

/** Those that runtimes before 233 and 320 or so do not have. */
const NEWER = ['commit_timelocked_weights', 'add_stake_limit']

test.each(SPECS)('spec %s: every kind of operation is there', async (spec) => {
  const { blocks } = await recording(spec)
  const kinds = Object.keys(DONE).filter((kind) => spec !== '219' || !NEWER.includes(kind))
  expect(blocks.map(({ kind }) => kind).toSorted()).toEqual(kinds.toSorted())
})

describe.each(SPECS)('spec %s, block by block', (spec) => {
  test('operations have their right names, and balances are explained to the rao', async () => {
    const { accounts, before, blocks } = await recording(spec)
    const names = new Map(Object.entries(accounts).map(([name, address]) => [address, name]))
    const balances = new Map<string, Balance>(
      Object.entries(before).map(([name, { free, reserved }]) => [
        accounts[name] ?? '',
        { free: BigInt(free), reserved: BigInt(reserved) },
      ]),
    )
    for (const { kind, withBundle, balances: after } of blocks) {
      const body = decoded(withBundle)
      const { operations, incoming, effects, unclassified } = keyActivity(body, new Set(names.keys()))
      const told = [
        ...operations.map(
          ({ actor, call: { pallet, method }, result }) =>
            `${names.get(actor)} ${pallet}.${method} ${result}`,
        ),
        ...incoming.map(
          ({ account, event: { pallet, name } }) => `${names.get(account)} ${pallet}.${name} by_others`,
        ),
      ]
      expect([kind, told]).toEqual([kind, DONE[kind]])
      expect([misreadExtrinsic(body), provesDecoding(body), unclassified]).toEqual([undefined, true, []])
      for (const { account, apply } of effects) balances.set(account, apply(balances.get(account)!))
      const explained = Object.fromEntries(
        Array.from(names, ([address, name]) => {
          const { free, reserved } = balances.get(address)!
          return [name, { free: String(free), reserved: String(reserved) }]
        }),
      )
      expect([kind, explained]).toEqual([kind, after])
    }
  })

  test('without the bundle every block with a signed extrinsic is misread or fails', async () => {
    const { blocks } = await recording(spec)
    for (const { withoutBundle } of blocks) {
      if (withoutBundle.status !== 200) continue
      expect(misreadExtrinsic(decoded(withoutBundle.body))?.call.pallet).toBe('system')
    }
    const statuses = new Set(blocks.map(({ withoutBundle: { status } }) => status))
    expect([...statuses].toSorted()).toEqual([200, 500])
  })
})

/** A client, a follower and a collector at work on the recorded answers: a poll at each block. */
async function following({ accounts, before, blocks }: Recording, bundle: boolean) {
  const answers = new Map(
    blocks.map(({ height, withBundle, withoutBundle }) => [
      `/blocks/${height}?noFees=true`,
      bundle ? { status: 200, body: withBundle } : withoutBundle,
    ]),
  )
  const { url } = await httpServer((request, response) => {
    const { status, body } = answers.get(request.url ?? '') ?? { status: 404, body: {} }
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  const log: Record<string, unknown>[] = []
  const logger = pino({}, { write: (line: string) => void log.push(JSON.parse(line) as object as never) })
  const decoding = new ExtrinsicDecoding('a', (change) => {
    logDecoding(logger, change)
  })
  const sidecar = sidecarClient(client(url), decoding)
  const collector = started(extrinsics, { log: logger })
  const [signal, fake] = [new AbortController().signal, new FakeChain()]
  const context = {
    scope: {
      hotkeys: [],
      coldkeys: Object.entries(accounts).map(([name, address]) => ({ name, address: address as Address })),
      subnets: 'watched',
      maxSeries: 500_000,
    },
    signal,
    warn: () => undefined,
  } as const
  const names = new Map(Object.entries(accounts).map(([name, address]) => [address, name]))
  const first = { height: blocks[0]!.height - 1, hash: blocks[0]!.withBundle.parentHash, balances: before }
  const polls = [
    first,
    ...blocks.map(({ height, withBundle: { hash }, balances }) => ({ height, hash, balances })),
  ]
  let published = ''
  for (const { height, hash, balances } of polls) {
    const view: View = {
      ...fake.view(height),
      block: { height, hash },
      decoding,
      read: (_, [account], decode) => {
        const data = balances[names.get(String(account)) ?? '']
        return Promise.resolve(decode({ nonce: '1', data: { ...data, frozen: '0' } }))
      },
      body: (at) => sidecar.blockBody(at, signal),
      shared: (reader, argument) => reader(view, argument),
    }
    published = await renderedText(collector, await collector.read(view, context), 9)
  }
  return { published, log }
}

describe.each(SPECS)('spec %s, followed', (spec) => {
  test('with the bundle every operation is counted, and no balance is unexplained', async () => {
    const recorded = await recording(spec)
    const { published, log } = await following(recorded, true)
    const counted = Array.from(
      published.matchAll(
        /^bittensor_key_extrinsics_total\{.*name="(.*)",pallet="(.*)",method="(.*)",result="(.*)"\} ([1-9]\d*)$/gm,
      ),
      ([, name, pallet, method, result, count]) => `${name} ${pallet}.${method} ${result} ${count}`,
    )
    const expected = new Map<string, number>()
    for (const done of recorded.blocks.flatMap(({ kind }) => DONE[kind] ?? []))
      expected.set(done, (expected.get(done) ?? 0) + 1)
    expect(counted.toSorted()).toEqual(Array.from(expected, ([done, count]) => `${done} ${count}`).toSorted())
    const unexplained = published.match(/^bittensor_account_unexplained_change_tao_total\{.*$/gm) ?? []
    expect(unexplained).toHaveLength(Object.keys(recorded.accounts).length)
    for (const line of unexplained) expect(line).toMatch(/ 0$/)
    expect(published).toContain('bittensor_followed_blocks_total{result="skipped"} 0\n')
    expect(log.filter(({ level }) => Number(level) >= 40)).toEqual([])
  })

  test('without it nothing false is published, and the log has the remedy', async () => {
    const recorded = await recording(spec)
    const { published, log } = await following(recorded, false)
    expect(published).not.toMatch(/^bittensor_(key_extrinsics|account_unexplained)/m)
    expect(published).toContain(
      `bittensor_followed_blocks_total{result="skipped"} ${recorded.blocks.length}\n`,
    )
    expect(log).toEqual([
      expect.objectContaining({
        level: 40,
        node: 'a',
        block: recorded.blocks[0]!.height,
        remedy: expect.stringContaining('SAS_SUBSTRATE_TYPES_BUNDLE') as unknown,
      }),
    ])
  })
})
