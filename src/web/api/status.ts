import { chain } from '../../collectors/chain.ts'
import type { WebState } from '../web-state.ts'
import { amountsIn } from './amounts.ts'
import { expectationsIn } from './expectations.ts'
import type { Status } from './schema.ts'

export function statusNow(state: WebState): Status {
  const { demo, version, ready, latest, status, scope } = state
  const newest = latest.newest()
  const reading = latest.of(chain)
  const amount = amountsIn(reading?.decimals)
  const token = reading?.data.token
  const judged = [...scope.hotkeys, ...scope.coldkeys].flatMap(expectationsIn(state))
  const count = (met: boolean | null) => judged.filter((expectation) => expectation.met === met).length
  const succeeding = status.filter(({ success }) => success).length
  return {
    demo,
    version,
    ready,
    source: newest?.node ?? null,
    block: newest?.block ?? null,
    block_timestamp_seconds: reading?.data.timestamp ?? null,
    token:
      token === undefined
        ? null
        : { symbol: token.symbol, decimals: token.decimals, ss58_format: token.ss58Format },
    total_issuance_tao: amount(reading?.data.totalIssuance),
    total_stake_tao: amount(reading?.data.totalStake),
    subnets: reading?.data.subnets ?? null,
    expectations: { met: count(true), broken: count(false), unknown: count(null) },
    collectors: { succeeding, failing: status.length - succeeding },
  }
}
