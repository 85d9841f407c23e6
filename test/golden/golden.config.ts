import { coldkey, hotkey } from '../support/exporter.ts'
import { itemOf, type ReplayServer } from '../support/replay.ts'

/**
 * Storage items (`SubtensorModule.Tempo`) that are read but not in the recordings yet. The simulation answers for them, so the golden
 * files have invented values of the metrics that depend on them, which the oracle cannot judge. Empty while all recordings are complete.
 */
export const NOT_RECORDED: readonly string[] = ['SubtensorModule.MaxAllowedValidators']

/** Paths that a replay did not answer from its recording although they should be in there. */
export const missingFrom = ({ simulated, unknown }: ReplayServer): readonly string[] => [
  ...unknown,
  ...[...simulated].filter((path) => !NOT_RECORDED.includes(itemOf(path) ?? '')),
]

/** What is watched where everything was recorded. */
export const ALL = {
  keys: [
    hotkey('miner', '5CUY9cfe5XKgNwDtuK6TpqbW7NhKu7ZGoYFjWYW7ceW7pE8g'),
    hotkey('root', '5ECWHVowZtjVajjxZtoKt7yUDxDMChKVgAnvZr6wVbLMNxjc'),
    coldkey('treasury', '5F66EHJWc6ZjATkAmC2dP9RefHjgWmLp9KswW2L7ymR3aMBh'),
    coldkey('fund', '5DGNKs8Vokafu6Xq4mA6xjziWbjXBU9XVfeZVHG65FjcxPLL'),
    coldkey('nominator', '5DqguJSRN7Q5AS2MWPehpeqKkjjnwUKuQA5y1iyCBARSeAww'),
    coldkey('collateral', '5DACMtX1HXetVFmM5VuBip6rEkFv5kqnzbBf8G5JoMcViEM7'),
    // It has rows of share pools that were closed since.
    coldkey('former', '5DzRg1HPBzM5PG9eQPEri79iwGbz2mK9VvdeZ13rJT5zUhRm'),
    hotkey('unknown', '5GZLr7Ub1q5oZw9s6n1r1PicHZEVfGaSteKav2TiTgFiRsqU'),
  ],
  subnets: 'all',
  // Off unless asked for, and tested on recorded blocks of its own.
  collectors: { extrinsics: false },
} as const
