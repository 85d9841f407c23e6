import {
  balancerPrice,
  movingPrice,
  poolPrice,
  PRICE_ONE,
  QUOTE_ONE,
  squareRootPrice,
  type Price,
} from '../chain/price.ts'
import { add, type Alpha, type Rao } from '../chain/money.ts'
import { ROOT_NETUID } from '../chain/subnet.ts'
import {
  alphaAmount,
  boolean,
  count,
  field,
  fixedBits,
  raoAmount,
  unsigned,
  DecodeError,
} from '../upstream/decode.ts'
import { ifUnderstood, type View } from './view.ts'
import { ITEMS } from './layout.ts'

/** TAO in a subnet's pool. */
export const readPoolTao = (view: View, netuid: number): Promise<Rao> =>
  view.read(ITEMS.subnetTao, [netuid], raoAmount)

/** Alpha in a subnet's pool. */
export const readPoolAlpha = (view: View, netuid: number): Promise<Alpha> =>
  view.read(ITEMS.subnetAlphaIn, [netuid], alphaAmount(netuid))

/** The spot price of a subnet's alpha. Undefined if the runtime has no alpha or stores its price in an unsupported format. */
export const readPrice = (view: View, netuid: number): Promise<Price | undefined> =>
  ifUnderstood(spotPrice(view, netuid))

async function spotPrice(view: View, netuid: number): Promise<Price | undefined> {
  if (view.layout.price === 'none') return undefined
  if (await view.shared(isPriceOne, netuid)) return PRICE_ONE
  switch (view.layout.price) {
    case 'unknown':
      return undefined
    case 'pool':
      return readPoolPrice(view, netuid)
    case 'square_root':
      if (!(await view.read(ITEMS.swapV3Initialized, [netuid], boolean))) return readPoolPrice(view, netuid)
      return squareRootPrice(await view.read(ITEMS.alphaSqrtPrice, [netuid], fixedBits))
    case 'balancer': {
      const [quote, tao, alphaIn] = await Promise.all([
        view.read(ITEMS.swapBalancer, [netuid], quoteWeight),
        view.shared(readPoolTao, netuid),
        view.shared(readPoolAlpha, netuid),
      ])
      return balancerPrice(quote, tao, alphaIn)
    }
  }
}

/** The moving price of a subnet's alpha, from spec 233. */
export async function readMovingPrice(view: View, netuid: number): Promise<Price | undefined> {
  if (view.layout.price === 'none') return undefined
  if (await view.shared(isPriceOne, netuid)) return PRICE_ONE
  return view.readOptional(ITEMS.subnetMovingPrice, [netuid], (value) => movingPrice(fixedBits(value)))
}

const quoteWeight = (value: unknown): bigint => {
  const quote = unsigned(field(value, 'quote'))
  if (quote > 0n && quote < QUOTE_ONE) return quote
  throw new DecodeError(`expected a quote weight between 0 and 10^18, got ${String(quote)}`)
}

/** Whether a subnet has no market, so one alpha is one TAO: root, and subnets with mechanism 0 ("stable"). */
async function isPriceOne(view: View, netuid: number): Promise<boolean> {
  return netuid === ROOT_NETUID || (await view.read(ITEMS.subnetMechanism, [netuid], count)) === 0
}

/** The price from the pool's reserves, including those of liquidity providers, which specs 290–422 store separately. */
async function readPoolPrice(view: View, netuid: number): Promise<Price> {
  const [tao, alphaIn, taoProvided, alphaProvided] = await Promise.all([
    view.shared(readPoolTao, netuid),
    view.shared(readPoolAlpha, netuid),
    view.readOptional(ITEMS.subnetTaoProvided, [netuid], raoAmount),
    view.readOptional(ITEMS.subnetAlphaInProvided, [netuid], alphaAmount(netuid)),
  ])
  return poolPrice(
    taoProvided === undefined ? tao : add(tao, taoProvided),
    alphaProvided === undefined ? alphaIn : add(alphaIn, alphaProvided),
  )
}
