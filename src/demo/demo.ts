import { SimulatedChain, type SimulatedChainOptions } from './chain.ts'
import { inventedAddress } from './names.ts'

/** The invented operator the demo watches. Nobody has the secrets of these addresses. */
export const DEMO_KEYS = {
  validator: { name: 'demo-validator', address: inventedAddress('demo/validator') },
  miner: { name: 'demo-miner', address: inventedAddress('demo/miner') },
  treasury: { name: 'demo-treasury', address: inventedAddress('demo/treasury') },
} as const

/** A lively chain for `npm run demo`: 12 subnets of 64 neurons at spec 425, with the demo's keys on some of them. */
export function demoChain(options: SimulatedChainOptions = {}): SimulatedChain {
  const { validator, miner, treasury } = DEMO_KEYS
  return new SimulatedChain({
    seed: 410,
    spec: 425,
    subnets: 12,
    neurons: 64,
    // Most are full, so that registrations push neurons out.
    limit: (netuid) => (netuid % 4 === 2 ? 256 : 64),
    startHeight: 8_100_000,
    startTime: Date.now(),
    placed: [
      { hotkey: validator.address, coldkey: treasury.address, netuids: [0, 1, 3, 8], stake: 25_000 },
      { hotkey: miner.address, coldkey: treasury.address, netuids: [1, 5], stake: 1 },
    ],
    busy: [validator.address, miner.address, treasury.address],
    ...options,
  })
}

/**
 * Advances a chain on a timer that keeps no process alive; returns what stops it. For blocks of another length than
 * 12 s give the chain the same blockTimeMs, or its clock and the wall's drift apart.
 */
export function startClock(
  chain: Pick<SimulatedChain, 'advance'>,
  { blockMs = 12_000 }: { readonly blockMs?: number } = {},
): () => void {
  const timer = setInterval(() => {
    chain.advance()
  }, blockMs)
  timer.unref()
  return () => {
    clearInterval(timer)
  }
}
