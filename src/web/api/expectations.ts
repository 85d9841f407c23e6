import type { WatchedKey } from '../../scope/scope.ts'
import { expectations, judgementsOf, type Judgement } from '../../collectors/expectations.ts'
import type { WebState } from '../web-state.ts'
import type { Expectation } from './schema.ts'

/** Returns a function that gives the configured expectations of a key, and whether each is met. */
export function expectationsIn({ latest }: WebState): (key: WatchedKey) => Expectation[] {
  const byName = new Map<string, Judgement[]>()
  for (const judgement of latest.of(expectations)?.data ?? [])
    byName.set(judgement.name, [...(byName.get(judgement.name) ?? []), judgement])
  return (key) =>
    judgementsOf(key, byName.get(key.name)).map(({ expectation, netuid, expected, actual, met }) => ({
      expectation,
      netuid: netuid ?? null,
      expected,
      actual: actual ?? null,
      met: met ?? null,
    }))
}
