import type { Address } from '../chain/address.ts'

/**
 * The validator in a published article about monitoring Bittensor (Unit 410), with the article's numbers: UID 1169 of
 * subnet 1. Amounts in rao, scores as u16, `updated` in blocks.
 */
export const ARTICLE = {
  netuid: 1,
  uid: 1169,
  hotkey: '5F4tQyWrhfGVcNhoqeiNsR6KjD4wMZ2kfhLj4oHYuyHbZAc3' as Address,
  coldkey: '5Ccmf1dJKzGtXX7h17eN72MVMRsFwvYjPVmkXPUaapczECf6' as Address,
  stake: 785_266_577_834_045n,
  dividends: 15_025,
  validatorTrust: 57_930,
  emission: 11_463_921_703n,
  updated: 246,
} as const
