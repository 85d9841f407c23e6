import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { addressOf } from '../../src/chain/address.ts'
import type { BlockBody } from '../../src/chain/extrinsic.ts'
import { derivativeAccount, multisigAccount } from '../../src/chain/derived-account.ts'
import { blockOf, blockWire } from '../../src/upstream/sidecar/blocks.ts'

/** The accounts of scenario.mjs. */
export const account = (name: string): string =>
  addressOf(createHash('sha256').update(`operations/${name}`).digest())

export const PEOPLE: ReadonlyMap<string, string> = new Map([
  ...['validator', 'treasury', 'stranger', 'delegate'].map((name) => [account(name), name] as const),
  [multisigAccount([account('treasury'), account('delegate')], 2) ?? '', 'multisig'],
  [multisigAccount([account('treasury'), account('stranger')], 1) ?? '', 'multisig-of-one'],
  [derivativeAccount(account('treasury'), 258) ?? '', 'derivative'],
])

/** Every name but the stranger's is watched. */
export const WATCHED: ReadonlySet<string> = new Set(
  Array.from(PEOPLE).flatMap(([address, name]) => (name === 'stranger' ? [] : [address])),
)

/** Blocks as the real Sidecar answered them (record.mjs), not decoded. */
export async function recordedAnswers(spec: string): Promise<readonly unknown[]> {
  const file = new URL(`../fixtures/blocks/${spec}.json`, import.meta.url)
  return JSON.parse(await readFile(file, 'utf8')) as unknown[]
}

export function decoded(answer: unknown): BlockBody {
  const read = blockOf(blockWire.parse(answer))
  if ('problem' in read) throw new Error(read.problem)
  return read.body
}

export const recordedBlocks = async (spec: string): Promise<readonly BlockBody[]> =>
  (await recordedAnswers(spec)).map(decoded)
