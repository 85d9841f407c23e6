import type { WatchedKey } from '../../scope/scope.ts'
import { expectations, judgementsOf } from '../../collectors/expectations.ts'
import type { WebState } from '../web-state.ts'
import type { Expectation } from './schema.ts'

/** The configured expectations of a key, and whether each is met. */
export const expectationsOf = ({ latest }: WebState, key: WatchedKey): Expectation[] =>
  judgementsOf(key, latest.of(expectations)?.data).map(({ expectation, netuid, expected, actual, met }) => ({
    expectation,
    netuid: netuid ?? null,
    expected,
    actual: actual ?? null,
    met: met ?? null,
  }))
