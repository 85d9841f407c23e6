import { accounts } from './accounts.ts'
import { chain } from './chain.ts'
import type { ChainCollector, NodeCollector } from './define.ts'
import { hotkeys } from './hotkeys.ts'
import { neurons } from './neurons.ts'
import { node } from './node.ts'
import { runtime } from './runtime.ts'
import { subnets } from './subnets.ts'
import { transactionPool } from './transaction-pool.ts'

/** Every collector, in the order their families appear on /metrics. */
export const COLLECTORS: readonly (ChainCollector | NodeCollector)[] = [
  node,
  transactionPool,
  runtime,
  chain,
  accounts,
  hotkeys,
  subnets,
  neurons,
]
