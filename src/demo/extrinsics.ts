import type { Address } from '../chain/address.ts'
import type { SimulatedChain } from './chain.ts'
import { ErrorResponse } from './fault.ts'
import type { SimulatedEvent } from './events.ts'
import { hashOfBlock, inventedAddress } from './names.ts'
import type { AccountState } from './state.ts'

/** An extrinsic of a simulated block, in the format of Sidecar's `/blocks/{id}`. */
export interface SimulatedExtrinsic {
  readonly method: SimulatedEvent['method']
  readonly signature: { readonly signature: string; readonly signer: { readonly id: string } } | null
  readonly nonce: string | null
  readonly args: Readonly<Record<string, unknown>>
  readonly tip: string | null
  readonly hash: string
  readonly info: object
  readonly era: object
  readonly events: readonly (Omit<SimulatedEvent, 'data'> & { readonly data: readonly unknown[] })[]
  readonly success: boolean
  readonly paysFee: boolean
}

/** Activity of accounts in a block, derived from their state before and after it. */
export interface Traffic {
  readonly extrinsics: readonly SimulatedExtrinsic[]
  /** Balance changes outside extrinsics. */
  readonly events: readonly SimulatedEvent[]
}

/** Maximum fee of an extrinsic, in rao. */
const MOST_FEE = 124_000n

/** The counterparty of all payments; the simulation does not track its account. */
const SOMEBODY = inventedAddress('somebody')

/**
 * The extrinsics of a block and its events of the Balances pallet, such that the blocks explain every balance change: an
 * account whose nonce rose has signed (a hotkey sets weights, others pay the amount by which their balance fell); an account
 * whose balance only rose was paid; one whose balance only fell paid for a registration. Empty if the previous state is
 * discarded.
 */
export function trafficOf(chain: SimulatedChain, height: number): Traffic {
  const [before, after] = [chain.stateAt(height - 1), chain.stateAt(height)]
  const extrinsics: SimulatedExtrinsic[] = []
  const events: SimulatedEvent[] = []
  if (before === undefined || after === undefined) return { extrinsics, events }
  const hashOf = () => hashOfBlock(chain.seed, height, `extrinsic-${extrinsics.length}`)
  for (const address of after.ledger.accounts.changedAt(height)) {
    const [had, has] = [before.account(address), after.account(address)]
    const gained = has.free - had.free
    const moved = has.reserved - had.reserved
    if (moved !== 0n) events.push(balances(moved > 0n ? 'Reserved' : 'Unreserved', address, size(moved)))
    // Reserving reduces the free balance; the rest of the change is explained below.
    const change = gained + moved
    if (has.nonce > had.nonce)
      extrinsics.push(signed(address, had, -change, after.owner(address) !== undefined, hashOf()))
    else if (change > 0n) extrinsics.push(payment(SOMEBODY, 0, address, change, [], hashOf()))
    else if (change < 0n) events.push(balances('Withdraw', address, -change))
  }
  return { extrinsics, events }
}

/**
 * Extrinsics as a Sidecar without the types bundle decodes them: setting weights becomes a remark, and a payment cannot be
 * decoded (observed with Sidecar 18.0.0 and the real metadata of spec 424).
 */
export const withoutBundle = (extrinsics: readonly SimulatedExtrinsic[]): readonly SimulatedExtrinsic[] =>
  extrinsics.map((extrinsic) => {
    if (extrinsic.signature === null) return extrinsic
    if (extrinsic.method.pallet === 'balances')
      throw new ErrorResponse(
        500,
        'createType(SignedBlock):: Struct: failed on block: {"header":"Header","extrinsics":"Vec<Extrinsic>"}:: Struct: failed on extrinsics: Vec<Extrinsic>:: createType(ExtrinsicV4):: createType(Call):: Call: failed decoding system.killStorage:: Struct: failed on args: {"keys":"Vec<Bytes>"}:: decodeU8aStruct: failed at 0x03005535016f7066d66f900b05d9f5b4… on keys (index 1/1): Vec<Bytes>:: Vec length 20272384 exceeds 65536',
      )
    return { ...extrinsic, method: { pallet: 'system', method: 'remarkWithEvent' }, args: { remark: '0x' } }
  })

/** @param cost is the decrease of the balance in rao; negative for an increase. */
function signed(
  who: Address,
  { nonce }: AccountState,
  cost: bigint,
  hotkey: boolean,
  hash: string,
): SimulatedExtrinsic {
  if (cost < 0n) return payment(who, nonce, SOMEBODY, 0n, [balances('Deposit', who, -cost)], hash)
  const fee = cost < MOST_FEE ? cost : MOST_FEE
  const paid = [balances('Withdraw', who, fee)]
  if (!hotkey || cost > fee) return payment(who, nonce, SOMEBODY, cost - fee, paid, hash)
  const args = { netuid: '1', dests: ['0'], weights: ['65535'], version_key: '0' }
  return extrinsic('subtensorModule', 'setWeights', args, who, nonce, paid, hash)
}

function payment(
  from: Address,
  nonce: number,
  to: Address,
  value: bigint,
  events: readonly SimulatedEvent[],
  hash: string,
): SimulatedExtrinsic {
  const args = { dest: { id: to }, value: String(value) }
  const transfer: SimulatedEvent = {
    method: { pallet: 'balances', method: 'Transfer' },
    data: [from, to, String(value)],
  }
  return extrinsic('balances', 'transferKeepAlive', args, from, nonce, [...events, transfer], hash)
}

function extrinsic(
  pallet: string,
  method: string,
  args: Readonly<Record<string, unknown>>,
  signer: Address,
  nonce: number,
  events: readonly SimulatedEvent[],
  hash: string,
): SimulatedExtrinsic {
  const info = { weight: { refTime: '1', proofSize: '0' }, class: 'Normal', paysFee: 'Yes' }
  return {
    method: { pallet, method },
    // polkadot-js takes a signature of zeros for none.
    signature: { signature: `0x${hash.slice(2).repeat(2)}`, signer: { id: signer } },
    nonce: String(nonce),
    args,
    tip: '0',
    hash,
    info: {},
    era: { immortalEra: '0x00' },
    events: [...events, { method: { pallet: 'system', method: 'ExtrinsicSuccess' }, data: [info] }],
    success: true,
    paysFee: true,
  }
}

const balances = (method: string, who: Address, amount: bigint): SimulatedEvent => ({
  method: { pallet: 'balances', method },
  data: [who, String(amount)],
})

const size = (amount: bigint): bigint => (amount < 0n ? -amount : amount)
