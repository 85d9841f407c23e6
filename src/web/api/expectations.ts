import { entriesOf } from '../../scope/expectation.ts'
import type { WatchedKey } from '../../scope/scope.ts'
import { expectations } from '../../collectors/expectations.ts'
import type { WebState } from '../web-state.ts'
import type { Expectation } from './schema.ts'

/** The configured expectations of a key, and whether each is met. */
export function expectationsOf({ latest }: WebState, { name, expect = {} }: WatchedKey): Expectation[] {
  const judgements = latest.of(expectations)?.data ?? []
  return entriesOf(expect).map(({ expectation, expected }) => ({
    expectation,
    expected: typeof expected === 'object' ? [...expected] : expected,
    met:
      judgements.find((judgement) => judgement.name === name && judgement.expectation === expectation)?.met ??
      null,
  }))
}
