import { accounts } from './accounts.ts'
import { chain } from './chain.ts'
import type { ChainCollector, NodeCollector } from './define.ts'
import { deregistration } from './deregistration.ts'
import { expectations } from './expectations.ts'
import { extrinsics } from './extrinsics.ts'
import { hotkeys } from './hotkeys.ts'
import type { OperationLog } from './lib/key-memory.ts'
import { neurons } from './neurons.ts'
import { node } from './node.ts'
import { runtime } from './runtime.ts'
import { subnets } from './subnets.ts'
import { swaps } from './swaps.ts'
import { transactionPool } from './transaction-pool.ts'
import { value } from './value.ts'

/**
 * Every collector, in the order their families appear on /metrics, for one exporter: some remember things from poll to
 * poll, and tell them its log.
 */
export const collectorsFor = (log: OperationLog): readonly (ChainCollector | NodeCollector)[] => [
  node,
  transactionPool,
  runtime,
  chain,
  accounts,
  hotkeys,
  value,
  expectations,
  swaps,
  subnets,
  neurons,
  deregistration,
  extrinsics(log),
]

const ignore = () => undefined

/** The same for documents and tests, which only want to know what there is. */
export const COLLECTORS = collectorsFor({ debug: ignore, info: ignore, warn: ignore })
