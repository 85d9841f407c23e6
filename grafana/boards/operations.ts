import type { Panel } from '../kit/panel.ts'
import { by, countedSince, metric, ON } from '../kit/promql.ts'
import { series } from '../kit/series.ts'
import { UNIT } from '../kit/units.ts'

const CALL = 'address, name, pallet, method, result'
/** How often within the step; the first event of a counter counts. */
const counted = (selector: string): string => by(CALL, countedSince('$__rate_interval', selector))
const calls = (...matchers: readonly string[]): string =>
  metric('bittensor_key_extrinsics_total', ON.name, ...matchers)

const OFF = 'no chosen key is watched, or the collector extrinsics is off'
const NOT_FOLLOWED = { empty: 'The collector extrinsics is off.' } as const

/** What the chosen keys did and what was done to them, block by block, and what of their balances that does not explain. */
export const operations: readonly Panel[] = [
  series({
    title: 'What the chosen keys signed',
    runbook: 'BittensorKeyOperation',
    description:
      'Calls by the chosen keys, out of batches, proxies, multisigs and sudo, by result. Each is a line in the log of the exporter, with block, hash and amounts.',
    unit: UNIT.count,
    decimals: 0,
    noValue: OFF,
    min: 0,
    w: 12,
    h: 9,
    queries: [
      {
        expr: `${counted(calls('result!="by_others"'))} > 0`,
        legend: '{{name}}: {{pallet}}.{{method}} {{result}}',
        calm: NOT_FOLLOWED,
      },
    ],
  }),
  series({
    title: 'What others did to them',
    description:
      'Events that others caused and that name a chosen key: transfers, stake moved, keys swapped, child keys, proxies. Anybody can send a transfer; stake that leaves, a swap or a proxy is worth a question.',
    unit: UNIT.count,
    decimals: 0,
    noValue: OFF,
    min: 0,
    w: 12,
    h: 9,
    queries: [
      {
        expr: `${counted(calls('result="by_others"'))} > 0`,
        legend: '{{name}}: {{pallet}}.{{method}}',
        calm: NOT_FOLLOWED,
      },
    ],
  }),
  series({
    title: 'Unexplained change of balances',
    runbook: 'BittensorUnexplainedBalanceChange',
    description:
      'How far free and reserved balance of each chosen account moved, up or down, that no event of the blocks explains. It should be 0 for ever. Absent while blocks are missing.',
    unit: UNIT.tao,
    decimals: 9,
    noValue: OFF,
    min: 0,
    w: 24,
    h: 6,
    queries: [
      {
        expr: `increase(${metric('bittensor_account_unexplained_change_tao_total', ON.name)}[$__rate_interval])`,
        legend: '{{name}}',
        calm: NOT_FOLLOWED,
      },
    ],
  }),
]
