import { flagsMet, updatesMet, type Expectation, type ExpectationName } from '../scope/expectation.ts'
import { raoFromText, unitsOf } from '../chain/money.ts'
import { ROOT_NETUID } from '../chain/subnet.ts'
import type { WatchedKey } from '../scope/scope.ts'
import { each, gauge } from '../metrics/define.ts'
import { UpstreamError } from '../upstream/errors.ts'
import { readAccount } from '../storage/account.ts'
import { readOwner, readRegistrations } from '../storage/hotkey.ts'
import { readActives, readNewestUpdates, readPermits, readNeuronStatus } from '../storage/neuron-status.ts'
import type { View } from '../storage/view.ts'
import { collector, type ReadContext } from './define.ts'

interface Judgement {
  readonly name: string
  readonly expectation: ExpectationName
  /** Undefined where it cannot be judged. */
  readonly met: boolean | undefined
  /** Set if its input could not be read this time. */
  readonly unread?: true
}

export const expectations = collector('expectations', {
  description: 'Whether what is expected of the watched keys holds. Reads only what an expectation needs.',
  scope: 'chain',
  shard: 'first',
  create: () => ({
    read: readJudgements,
    isUnfinished: (judgements) => judgements.some(({ unread }) => unread),
  }),
  families: [
    each(
      (judgements: readonly Judgement[]) => judgements,
      { name: ({ name }) => name, expectation: ({ expectation }) => expectation },
      [
        gauge(
          'bittensor_expectation_met',
          '1 if an expectation from the configuration is met, 0 if not; absent while it cannot be evaluated.',
          ({ met }) => met,
        ),
      ],
    ),
  ],
})

async function readJudgements(view: View, context: ReadContext): Promise<readonly Judgement[]> {
  const { hotkeys, coldkeys } = context.scope
  const questions = [...hotkeys, ...coldkeys].flatMap((key) => questionsOf(view, key, context))
  const answers = await Promise.allSettled(questions.map(({ judge }) => judge()))
  const failures = answers.flatMap((answer) =>
    answer.status === 'rejected' ? [answer.reason as unknown] : [],
  )
  // One input that cannot be read does not affect the others, unless the whole round is over, or nothing could be read.
  if (failures.length > 0 && (context.signal.aborted || failures.length === questions.length))
    throw failures[0]
  return questions.map(({ name, expectation }, index) => {
    const answer = answers[index]
    if (answer?.status === 'fulfilled') return { name, expectation, met: answer.value }
    context.warn(`the expectation ${expectation} of ${name} cannot be judged: ${reasonOf(answer?.reason)}`)
    return { name, expectation, met: undefined, unread: true }
  })
}

/** The same text at every block, so that the warning is logged once. Any other error is a bug and is thrown. */
function reasonOf(error: unknown): string {
  if (error instanceof UpstreamError) return `${error.node} did not answer what is needed (${error.reason})`
  throw error
}

interface Question {
  readonly name: string
  readonly expectation: ExpectationName
  readonly judge: () => Promise<boolean | undefined>
}

/** One question for each entry of the expectation. */
function questionsOf(view: View, key: WatchedKey, { warn }: ReadContext): readonly Question[] {
  const { name, address, expect = {} } = key
  const question = <Value>(
    expectation: ExpectationName,
    expected: Value | undefined,
    judge: (expected: Value) => Promise<boolean | undefined>,
  ): readonly Question[] =>
    expected === undefined ? [] : [{ name, expectation, judge: () => judge(expected) }]
  return [
    ...question('coldkey', expect.coldkey, async (coldkey) => {
      return (await view.shared(readOwner, address)) === coldkey
    }),
    ...question('netuids', expect.netuids, async (netuids) => {
      const registrations = await view.shared(readRegistrations, address)
      return netuids.every((netuid) => registrations.some((registration) => registration.netuid === netuid))
    }),
    ...question('validator_permit', expect.validatorPermit, async (permit) =>
      flagsMet(permit, await readNeuronStatus(view, address, await judged(), readPermits)),
    ),
    ...question('active', expect.active, async (active) =>
      flagsMet(active, await readNeuronStatus(view, address, await judged(), readActives)),
    ),
    ...question('max_updated_blocks', expect.maxUpdatedBlocks, async (blocks) => {
      const updates = await readNeuronStatus(view, address, await judged(), readNewestUpdates)
      return updatesMet(blocks, view.block.height, updates)
    }),
    ...question('min_free_tao', expect.minFreeTao, async (text) => {
      const { free } = await view.shared(readAccount, address)
      const decimals = view.runtime.token?.decimals
      if (decimals === undefined) return undefined
      const least = raoFromText(text, decimals)
      if (least !== undefined) return unitsOf(free) >= unitsOf(least)
      warn(`min_free_tao of ${name} is ${text}, and this chain's TAO has only ${decimals} decimal places`)
      return undefined
    }),
  ]

  function judged(): Promise<readonly number[]> {
    return judgedNetuids(view, key, expect)
  }
}

/**
 * The subnets on which a hotkey must validate: those it is expected on, or else those it is registered on. If it is registered
 * nowhere, a subnet that does not exist, so that the expectation is not met. Never root, where no weights are set any more.
 */
async function judgedNetuids(
  view: View,
  { address }: WatchedKey,
  { netuids }: Expectation,
): Promise<readonly number[]> {
  const registrations = await view.shared(readRegistrations, address)
  if (netuids === undefined && registrations.length === 0) return [NOWHERE]
  const all = netuids ?? registrations.map(({ netuid }) => netuid)
  return all.filter((netuid) => netuid !== ROOT_NETUID)
}

/** A netuid on which no hotkey is registered. */
const NOWHERE = -1
