import { Struct, str, u32 } from '@polkadot-api/substrate-bindings'
import { z } from 'zod'
import { nameOf } from '../../text.ts'

/**
 * Schemas of Sidecar's endpoints. Fields that are used are checked strictly; others may differ between releases. Integers are
 * strings of digits. Verified against a running Sidecar 18.0.0.
 */

const integer = z
  .string()
  .regex(/^\d{1,16}$/, 'expected a string of digits')
  .transform(Number)
  .refine(Number.isSafeInteger, 'expected an integer below 2^53')

export const hash = z.string().regex(/^0x[0-9a-fA-F]{64}$/, 'expected a 32-byte hash as 0x hex')

/** A name that a node gives itself. Untrusted: anybody may run a node. */
const name = z.string().transform(nameOf)

/** The name of an enum variant, which Sidecar spells {"live": null} or "Live". */
const enumName = z
  .union([z.string(), z.record(z.string(), z.unknown())])
  .transform((value) =>
    nameOf((typeof value === 'string' ? value : (Object.keys(value)[0] ?? '')).toLowerCase()),
  )

const at = z.object({ hash, height: integer })

export const nodeVersionWire = z.object({
  clientVersion: name,
  clientImplName: name,
  chain: name,
})

export const nodeNetworkWire = z.object({
  nodeRoles: z.array(enumName),
  numPeers: integer,
  isSyncing: z.boolean(),
  shouldHavePeers: z.boolean(),
})

export const transactionPoolWire = z.object({ pool: z.array(z.unknown()) })

export const headerWire = z.object({ number: integer, parentHash: hash })

export const runtimeSpecWire = z.object({
  at,
  specName: name,
  specVersion: integer,
  implVersion: integer,
  authoringVersion: integer,
  transactionVersion: integer,
  chainType: enumName,
  properties: z
    .object({
      ss58Format: integer.nullish(),
      tokenDecimals: z.array(integer).nullish(),
      tokenSymbol: z.array(name).nullish(),
    })
    .nullish(),
})

export const storageValueWire = z.object({ at, value: z.unknown() }).refine((answer) => 'value' in answer)

/** RuntimeVersion (sp_version) up to the spec version; the remaining fields are ignored. */
const runtimeVersion = Struct({ specName: str, implName: str, authoringVersion: u32, specVersion: u32 })

/** The constant System.Version, as SCALE bytes. */
export const versionConstantWire = z.object({
  at,
  metadata: z.object({
    value: z
      .string()
      .regex(/^0x(?:[0-9a-f]{2}){16,4096}$/i, 'expected the bytes of a runtime version as 0x hex')
      .transform((hex, context) => {
        try {
          return runtimeVersion.dec(hex).specVersion
        } catch {
          context.addIssue({ code: 'custom', message: 'expected the bytes of a runtime version' })
          return z.NEVER
        }
      }),
  }),
})
