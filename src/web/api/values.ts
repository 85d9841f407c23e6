import { z } from 'zod'

/** The kinds of values answers are made of. What is not known is null, and never 0. */

/** Whole tokens, every digit of them. */
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

/** Heights and numbers of blocks. */
export const blocks = z.int().min(0)

/** Shares and scores. */
export const ratio = z.number().min(0).max(1)

/** TAO per alpha: the float64 nearest to what the chain computes. */
export const price = z.number().min(0)

/** Seconds since the epoch. */
export const seconds = z.number().min(0)

/** A name that strangers chose: one line of at most 128 characters, with nothing invisible in it. */
export const strangersName = z.string().max(128)

export const block = z
  .strictObject({ height: blocks, hash: z.string().regex(/^0x[0-9a-fA-F]{64}$/) })
  .meta({ id: 'Block', description: 'The finalized block that this was read at.' })

/** What every answer begins with. */
export const head = { demo: z.boolean().describe('True when all data is invented.') }
