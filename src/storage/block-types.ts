import type { FieldMetadata, RuntimeMetadata } from '../upstream/metadata/metadata.ts'
import { describeType, hasShape, named, type Shape } from '../upstream/metadata/shape.ts'

/** An event or a call, and the types that its readers support (chain/balance-effect, chain/operations). */
interface KnownFields {
  readonly kind: 'event' | 'call'
  readonly pallet: string
  readonly name: string
  /** Events only, whose fields are read by position: alternative lists of all field types. */
  readonly lists?: readonly (readonly Shape[])[]
  /** Calls only, whose arguments are read by name: the required arguments. */
  readonly args?: Readonly<Record<string, Shape>>
}

/** An event or a call of a runtime with unsupported field types. */
export interface UnknownFields {
  readonly kind: 'event' | 'call'
  readonly pallet: string
  readonly name: string
  /** The actual fields, as text. */
  readonly found: string
}

const ACCOUNT = 'account'
const AMOUNT = 'u64'
const ANY = 'any'
const RESULT = named('Result')
const CALL = named('RuntimeCall')
const ADDRESS = named('MultiAddress')

const event =
  (pallet: string) =>
  (name: string, ...lists: readonly (readonly Shape[])[]): KnownFields => ({
    kind: 'event',
    pallet,
    name,
    lists,
  })

const call =
  (pallet: string) =>
  (name: string, args: Readonly<Record<string, Shape>>): KnownFields => ({ kind: 'call', pallet, name, args })

const balances = event('Balances')
const contracts = event('Contracts')
const multisig = event('Multisig')
const utility = call('Utility')

const CALLS_WITHIN = { calls: { vector: CALL } }
const CALL_WITHIN = { call: CALL }

/** Types from the metadata of specs 103 to 475, or from the polkadot-sdk for events that no spec has yet. */
export const KNOWN_FIELDS: readonly KnownFields[] = [
  ...[
    'Deposit',
    'Minted',
    'Restored',
    'Withdraw',
    'Burned',
    'Suspended',
    'Slashed',
    'DustLost',
    'Reserved',
    'Unreserved',
  ].map((name) => balances(name, [ACCOUNT, AMOUNT])),
  balances('Transfer', [ACCOUNT, ACCOUNT, AMOUNT]),
  balances('ReserveRepatriated', [ACCOUNT, ACCOUNT, AMOUNT, named('BalanceStatus')]),
  balances('BalanceSet', [ACCOUNT, AMOUNT], [ACCOUNT, AMOUNT, AMOUNT]),
  ...['Held', 'Released', 'BurnedHeld'].map((name) => balances(name, [ANY, ACCOUNT, AMOUNT])),
  ...['TransferAndHold', 'TransferOnHold'].map((name) => balances(name, [ANY, ACCOUNT, ACCOUNT, AMOUNT])),
  contracts('StorageDepositTransferredAndHeld', [ACCOUNT, ACCOUNT, AMOUNT]),
  contracts('StorageDepositTransferredAndReleased', [ACCOUNT, ACCOUNT, AMOUNT]),
  event('SafeMode')('DepositSlashed', [ACCOUNT, AMOUNT]),

  event('Utility')('BatchInterrupted', ['u32', ANY]),
  event('Utility')('DispatchedAs', [RESULT]),
  event('Proxy')('ProxyExecuted', [RESULT]),
  event('Sudo')('Sudid', [RESULT]),
  event('Sudo')('SudoAsDone', [RESULT]),
  event('SubtensorModule')('Sudid', [RESULT]),
  multisig('NewMultisig', [ACCOUNT, ACCOUNT, 'hash']),
  multisig('MultisigApproval', [ACCOUNT, ANY, ACCOUNT, 'hash']),
  multisig('MultisigExecuted', [ACCOUNT, ANY, ACCOUNT, 'hash', RESULT]),

  ...['batch', 'batch_all', 'force_batch'].map((name) => utility(name, CALLS_WITHIN)),
  utility('if_else', { main: CALL, fallback: CALL }),
  utility('with_weight', CALL_WITHIN),
  utility('as_derivative', { index: 'u16', ...CALL_WITHIN }),
  utility('dispatch_as', { as_origin: named('OriginCaller'), ...CALL_WITHIN }),
  utility('dispatch_as_fallible', { as_origin: named('OriginCaller'), ...CALL_WITHIN }),
  call('Proxy')('proxy', { real: ADDRESS, ...CALL_WITHIN }),
  call('Proxy')('proxy_announced', { real: ADDRESS, ...CALL_WITHIN }),
  call('Multisig')('as_multi', CALL_WITHIN),
  call('Multisig')('as_multi_threshold_1', { other_signatories: { vector: ACCOUNT }, ...CALL_WITHIN }),
  call('Sudo')('sudo', CALL_WITHIN),
  call('Sudo')('sudo_unchecked_weight', CALL_WITHIN),
  call('Sudo')('sudo_as', { who: ADDRESS, ...CALL_WITHIN }),
  call('SubtensorModule')('sudo', CALL_WITHIN),
  call('SubtensorModule')('sudo_unchecked_weight', CALL_WITHIN),
]

/** The parts of a runtime's blocks that the exporter cannot interpret. */
export interface BlockGaps {
  /** Unsupported events that move balances, in Sidecar's spelling (`balances.Transfer`). */
  readonly balanceEvents: ReadonlySet<string>
  /** Whether operations can be extracted from batches, proxies, multisigs and sudo, with their results. */
  readonly operations: boolean
}

/** Pallets whose events are read for their effect on balances. Events of the other pallets give the results of nested calls. */
const BALANCE_PALLETS: ReadonlySet<string> = new Set(['Balances', 'Contracts', 'SafeMode'])

export function blockGapsOf(unknown: readonly UnknownFields[]): BlockGaps {
  const movesMoney = ({ kind, pallet }: UnknownFields): boolean =>
    kind === 'event' && BALANCE_PALLETS.has(pallet)
  const spelled = ({ pallet, name }: UnknownFields): string =>
    `${pallet.slice(0, 1).toLowerCase()}${pallet.slice(1)}.${name}`
  return {
    balanceEvents: new Set(unknown.filter(movesMoney).map(spelled)),
    operations: unknown.every(movesMoney),
  }
}

/** The events and calls that the exporter reads and whose field types in this runtime are unsupported. */
export function unknownFields({ types, pallets }: RuntimeMetadata): readonly UnknownFields[] {
  const isSupported = (known: KnownFields, fields: readonly FieldMetadata[]): boolean => {
    const byPosition = known.lists?.some(
      (list) =>
        list.length === fields.length &&
        list.every((shape, index) => hasShape(types, fields[index]?.type ?? '', shape)),
    )
    const byName = Object.entries(known.args ?? {}).every(([name, shape]) => {
      const field = fields.find((each) => each.name === name)
      return field !== undefined && hasShape(types, field.type, shape)
    })
    return byPosition ?? byName
  }
  return KNOWN_FIELDS.flatMap((known) => {
    const { kind, pallet, name } = known
    const found = pallets.get(pallet)
    const fields = (kind === 'event' ? found?.events : found?.calls)?.get(name)
    if (fields === undefined || isSupported(known, fields)) return []
    const text = fields
      .map((field) => `${field.name ?? ''}: ${describeType(types, field.type, 2)}`)
      .join(', ')
    return [{ kind, pallet, name, found: `(${text})` }]
  })
}
