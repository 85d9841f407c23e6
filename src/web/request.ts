import { STATUS_CODES } from 'node:http'
import { z } from 'zod'
import { oneLine } from '../chain/text.ts'

/** One thing that is wrong with a request, and what would be right. */
export interface ParameterFault {
  readonly parameter: string
  readonly detail: string
}

/** A request that cannot be answered, and why. The page and the API each say it in their own form. */
export class RequestFault extends Error {
  override readonly name = 'RequestFault'
  readonly status: 400 | 404 | 503
  readonly faults: readonly ParameterFault[]

  constructor(status: 400 | 404 | 503, message: string, faults: readonly ParameterFault[] = []) {
    super(message)
    this.status = status
    this.faults = faults
  }

  /** "Bad Request" and the like. */
  get title(): string {
    return STATUS_CODES[this.status] ?? ''
  }
}

/** A parameter of a path or query. */
export interface Parameter<Value = unknown> {
  /** Takes it from its text. */
  readonly schema: z.ZodType<Value>
  /** What it must be, to follow "expected". */
  readonly expected: string
  readonly description: string
  /** What it is when it is not given; a parameter without one may be undefined. */
  readonly fallback?: Value
}

export type Parameters = Readonly<Record<string, Parameter>>

/** What comes of parameters: undefined where they are not given and have no fallback. */
export type ValuesOf<P extends Parameters> = {
  readonly [Name in keyof P]:
    z.output<P[Name]['schema']> | (P[Name] extends { readonly fallback: unknown } ? never : undefined)
}

export const wholeNumber = (min: number, max: number) => ({
  schema: z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number)
    .pipe(z.int().min(min).max(max)),
  expected: `a whole number from ${min} to ${max}`,
})

export const oneOf = <const Choice extends string>(choices: readonly [Choice, ...Choice[]]) => ({
  schema: z.enum(choices),
  expected: `one of ${choices.join(', ')}`,
})

/** Reads parameters out of their texts. Throws RequestFault with all that is wrong with them, unknown ones included. */
export function valuesOf<P extends Parameters>(parameters: P, texts: unknown): ValuesOf<P> {
  const given = Object.entries((texts ?? {}) as Record<string, unknown>)
  const faults: ParameterFault[] = given
    .filter(([name]) => !Object.hasOwn(parameters, name))
    .map(([name]) => ({ parameter: oneLine(name, 40), detail: unknownParameter(parameters) }))
  const values = new Map<string, unknown>()
  for (const [name, { schema, expected, fallback }] of Object.entries(parameters)) {
    const text = given.find(([key]) => key === name)?.[1]
    const parsed = text === undefined ? undefined : schema.safeParse(text)
    if (parsed?.success === false)
      faults.push({ parameter: name, detail: `expected ${expected}, got ${shown(text)}` })
    else values.set(name, parsed === undefined ? fallback : parsed.data)
  }
  if (faults.length > 0) throw new RequestFault(400, 'The request has parameters that are wrong.', faults)
  return Object.fromEntries(values) as ValuesOf<P>
}

function unknownParameter(parameters: Parameters): string {
  const names = Object.keys(parameters)
  return names.length === 0
    ? 'there is no such parameter: this takes none'
    : `there is no such parameter: there are ${names.join(', ')}`
}

const shown = (text: unknown): string =>
  typeof text === 'string' ? JSON.stringify(oneLine(text, 40)) : 'it more than once'
