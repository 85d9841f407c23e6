import { z } from 'zod'

/** Types of values in responses. Unknown values are null, never 0. */

/** Whole tokens, exact. */
export const amount = z
  .string()
  .regex(/^\d+(\.\d*[1-9])?$/)
  .meta({ id: 'Amount', description: 'Whole tokens as an exact decimal.', examples: ['0.500001'] })

export const address = z
  .string()
  .regex(/^5[1-9A-HJ-NP-Za-km-z]{47}$/)
  .meta({ id: 'Address', description: 'An account in SS58.' })

export const netuid = z.int().min(0).max(4095)

export const count = z.int().min(0)

/** Heights, and numbers of blocks. */
export const blocks = z.int().min(0)

/** Shares and scores. */
export const ratio = z.number().min(0).max(1)

/** TAO per alpha: the float64 nearest to the chain's value. */
export const price = z.number().min(0)

/** Seconds since the epoch. */
export const seconds = z.number().min(0)

/** A name chosen by a third party: one line of at most 128 characters, without invisible characters. */
export const strangersName = z.string().max(128)

export const block = z
  .strictObject({ height: blocks, hash: z.string().regex(/^0x[0-9a-fA-F]{64}$/) })
  .meta({ id: 'Block', description: 'The finalized block at which the data was read.' })

/** The first fields of every response. */
export const head = { demo: z.boolean().describe('True if all data is simulated.') }
