import { exactText } from '../../chain/digits.ts'
import type { Decimals } from '../../chain/money.ts'

type Exact = Parameters<typeof exactText>[0]

/** Amounts of one reading as the API has them: null while they, or the decimals of the chain, are not known. */
export const amountsIn =
  (decimals: Decimals | undefined) =>
  (amount: Exact | undefined): string | null =>
    amount === undefined || decimals === undefined ? null : exactText(amount, decimals)
