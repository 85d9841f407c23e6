import { z } from 'zod'
import type { Token } from '../../chain/runtime.ts'
import { nameOf } from '../../text.ts'

/** What the calls of a node's JSON-RPC answer, as far as it is used (polkadot-sdk, and a running node of spec 424). */

const hash = z
  .string()
  .regex(/^0x[0-9a-fA-F]{64}$/, 'expected a 32-byte hash as 0x hex')
  .transform((text) => text.toLowerCase())

const height = z
  .string()
  .regex(/^0x[0-9a-fA-F]{1,13}$/, 'expected a height as 0x hex')
  .transform(Number)

const integer = z.number().int().nonnegative()

/** Words of a node about itself: anybody may run one. */
export const nameWire = z.string().transform(nameOf)

/** "Live", or {"Custom": "…"} (ChainType of the polkadot-sdk): in lower case, the name of the variant. */
export const enumWire = z
  .union([z.string(), z.strictObject({ Custom: z.string() }).transform(() => 'Custom')])
  .transform((value) => nameOf(value.toLowerCase()))

export const hashWire = hash

/** `chain_getBlockHash` of a height that the node does not have is null. */
export const maybeHashWire = hash.nullable()

export const headerWire = z.object({ number: height, parentHash: hash })
export const maybeHeaderWire = headerWire.nullable()
export type Header = z.output<typeof headerWire>

export const healthWire = z.object({
  peers: integer,
  isSyncing: z.boolean(),
  shouldHavePeers: z.boolean(),
})

export const rolesWire = z.array(enumWire)

export const versionWire = z.object({
  specName: nameWire,
  implName: nameWire,
  specVersion: integer,
  implVersion: integer,
  authoringVersion: integer,
  transactionVersion: integer,
})
export type Version = z.output<typeof versionWire>

export const poolWire = z.array(z.unknown())

/** `chain_getBlock`; null for a block that the node does not have. */
export const blockWire = z
  .object({ block: z.object({ header: headerWire, extrinsics: z.array(z.string()) }) })
  .nullable()

/** `state_getStorage` */
export const valueWire = z.string().nullable()

/** A chain with several tokens has lists; the first one is the native token. */
const firstOf = <Schema extends z.ZodType>(schema: Schema) =>
  z
    .union([schema, z.array(schema)])
    .nullish()
    .transform((value) => (Array.isArray(value) ? value[0] : value) ?? undefined)

/** `system_properties`; undefined where the chain lacks a part of the token's description. */
export const tokenWire = z
  .object({
    ss58Format: integer.nullish(),
    tokenDecimals: firstOf(integer),
    tokenSymbol: firstOf(nameWire),
  })
  .transform(({ ss58Format, tokenDecimals: decimals, tokenSymbol: symbol }): Token | undefined =>
    decimals === undefined || symbol === undefined || ss58Format === undefined || ss58Format === null
      ? undefined
      : { decimals, symbol: symbol, ss58Format },
  )
