import { STATUS_CODES } from 'node:http'
import { z } from 'zod'
import { oneLine } from '../text.ts'

/** An invalid parameter of a request, and what is expected instead. */
export interface ParameterIssue {
  readonly parameter: string
  readonly detail: string
}

/** A request cannot be answered. The page and the API each render it in their own format. */
export class RequestError extends Error {
  override readonly name = 'RequestError'
  readonly status: 400 | 404 | 503
  readonly issues: readonly ParameterIssue[]

  constructor(status: 400 | 404 | 503, message: string, issues: readonly ParameterIssue[] = []) {
    super(message)
    this.status = status
    this.issues = issues
  }

  /** "Bad Request" and the like. */
  get title(): string {
    return STATUS_CODES[this.status] ?? ''
  }
}

/** A parameter of a path or query. */
export interface Parameter<Value = unknown> {
  /** Parses its text. */
  readonly schema: z.ZodType<Value>
  /** Valid values, as the end of a sentence that starts with "expected". */
  readonly expected: string
  readonly description: string
  /** Value when the parameter is missing. */
  readonly fallback?: Value
}

export type Parameters = Readonly<Record<string, Parameter>>

/** Parsed values; undefined for missing parameters without a fallback. */
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

/** Parses parameters. Throws RequestError with every invalid and every unknown parameter. */
export function valuesOf<P extends Parameters>(parameters: P, texts: unknown): ValuesOf<P> {
  const given = Object.entries((texts ?? {}) as Record<string, unknown>)
  const issues: ParameterIssue[] = given
    .filter(([name]) => !Object.hasOwn(parameters, name))
    .map(([name]) => ({ parameter: oneLine(name, 40), detail: unknownParameter(parameters) }))
  const values = new Map<string, unknown>()
  for (const [name, { schema, expected, fallback }] of Object.entries(parameters)) {
    const text = given.find(([key]) => key === name)?.[1]
    const parsed = text === undefined ? undefined : schema.safeParse(text)
    if (parsed?.success === false)
      issues.push({ parameter: name, detail: `expected ${expected}, got ${shown(text)}` })
    else values.set(name, parsed === undefined ? fallback : parsed.data)
  }
  if (issues.length > 0) throw new RequestError(400, 'The request has invalid parameters.', issues)
  return Object.fromEntries(values) as ValuesOf<P>
}

function unknownParameter(parameters: Parameters): string {
  const names = Object.keys(parameters)
  return names.length === 0
    ? 'unknown parameter: none is allowed'
    : `unknown parameter: expected one of ${names.join(', ')}`
}

const shown = (text: unknown): string =>
  typeof text === 'string' ? JSON.stringify(oneLine(text, 40)) : 'several values'
