import { accounts } from './accounts.ts'
import { chain } from './chain.ts'
import type { ChainCollector, NodeCollector } from './define.ts'
import { deregistration } from './deregistration.ts'
import { expectations } from './expectations.ts'
import { extrinsics } from './extrinsics.ts'
import { hotkeys } from './hotkeys.ts'
import { neurons } from './neurons.ts'
import { node } from './node.ts'
import { runtime } from './runtime.ts'
import { subnets } from './subnets.ts'
import { swaps } from './swaps.ts'
import { transactionPool } from './transaction-pool.ts'
import { value } from './value.ts'

/** Every collector, in the order of its families on /metrics. The configuration and the documents list them too. */
export const COLLECTORS: readonly (ChainCollector | NodeCollector)[] = [
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
  extrinsics,
]
