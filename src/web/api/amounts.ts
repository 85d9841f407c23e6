import { exactText } from '../../chain/digits.ts'
import type { Decimals } from '../../chain/money.ts'

type Exact = Parameters<typeof exactText>[0]

/** Formats amounts of one reading for the API. Returns null if the amount or the chain's decimals are unknown. */
export const amountsIn =
  (decimals: Decimals | undefined) =>
  (amount: Exact | undefined): string | null =>
    amount === undefined || decimals === undefined ? null : exactText(amount, decimals)
