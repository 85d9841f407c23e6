import type { Expectation } from '../scope/expectation.ts'
import type { WatchedKey } from '../scope/scope.ts'
import { SimulatedChain, type SimulatedChainOptions } from './chain.ts'
import { inventedAddress } from './names.ts'

const TREASURY = inventedAddress('demo/treasury')

interface DemoKey extends WatchedKey {
  readonly role: 'hotkey' | 'coldkey'
  readonly expect: Expectation
}

/**
 * The demo's watched keys, of an invented operator, with their expectations. Nobody has the secrets of these addresses. The
 * miner is not registered on subnet 7 although that is expected, to show a broken expectation.
 */
export const DEMO_KEYS = {
  validator: {
    name: 'demo-validator',
    role: 'hotkey',
    address: inventedAddress('demo/validator'),
    expect: {
      coldkey: TREASURY,
      netuids: [0, 1, 3, 8],
      validatorPermit: true,
      active: true,
      maxUpdatedBlocks: 1000,
    },
  },
  miner: {
    name: 'demo-miner',
    role: 'hotkey',
    address: inventedAddress('demo/miner'),
    expect: { coldkey: TREASURY, netuids: [1, 5, 7] },
  },
  treasury: { name: 'demo-treasury', role: 'coldkey', address: TREASURY, expect: { minFreeTao: '10' } },
} as const satisfies Record<string, DemoKey>

/** A lively chain for `npm run demo`: 12 subnets of 64 neurons at spec 475, with the demo's keys on some of them. */
export function demoChain(options: SimulatedChainOptions = {}): SimulatedChain {
  const { validator, miner, treasury } = DEMO_KEYS
  return new SimulatedChain({
    seed: 410,
    spec: 475,
    subnets: 12,
    neurons: 64,
    // Most are full, so that registrations replace neurons.
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
 * Advances a chain on a timer that does not keep the process alive. Returns a function that stops it. The chain's blockTimeMs
 * must equal blockMs, otherwise its clock diverges from real time.
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
