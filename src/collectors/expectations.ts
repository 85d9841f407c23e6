import { entriesOf, flagMet, updateMet, type ExpectedEntry } from '../scope/expectation.ts'
import { raoFromText, unitsOf } from '../chain/money.ts'
import type { WatchedKey } from '../scope/scope.ts'
import { each, gauge, info } from '../metrics/define.ts'
import { UpstreamError } from '../upstream/errors.ts'
import { readAccount } from '../storage/account.ts'
import { readOwner, readRegistrations } from '../storage/hotkey.ts'
import { readActives, readNewestUpdates, readPermits, readNeuronStatus } from '../storage/neuron-status.ts'
import type { View } from '../storage/view.ts'
import { collector, type ReadContext } from './define.ts'

interface Verdict {
  /** Undefined where it cannot be judged. */
  readonly met: boolean | undefined
  /** What was found. Absent where it is unknown, and for the free balance, which has its own metric. */
  readonly actual?: string | number | undefined
}

/** An entry of the configuration on one subnet, and whether it is met. */
export type Judgement = ExpectedEntry &
  Verdict & {
    readonly name: string
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
      {
        name: ({ name }) => name,
        expectation: ({ expectation }) => expectation,
        netuid: ({ netuid }) => netuid ?? '',
        wanted: ({ expected }) => String(expected),
      },
      [
        gauge(
          'bittensor_expectation_met',
          '1 if an expectation from the configuration is met, 0 if not; absent while it cannot be evaluated. `netuid` is empty for expectations of the key itself.',
          ({ met }) => met,
        ),
        info(
          'bittensor_expectation_actual_info',
          'What was found where an expectation is evaluated, except numbers, which other metrics have. Always 1.',
          { actual: ({ actual }) => (typeof actual === 'string' ? actual : undefined) },
        ),
      ],
    ),
  ],
})

/** The judgements of a key. Until it is judged: its configured entries, none of which is known to be met. */
export function judgementsOf(
  { name, expect = {} }: WatchedKey,
  judgements: readonly Judgement[] = [],
): readonly Judgement[] {
  const configured = entriesOf(expect)
  if (configured.length === 0) return []
  const judged = judgements.filter((judgement) => judgement.name === name)
  return judged.length > 0 ? judged : configured.map((entry) => ({ name, ...entry, met: undefined }))
}

async function readJudgements(view: View, context: ReadContext): Promise<readonly Judgement[]> {
  const { hotkeys, coldkeys } = context.scope
  const asked = await Promise.all([...hotkeys, ...coldkeys].map((key) => questionsOf(view, key)))
  const questions = asked.flat()
  const answers = await Promise.allSettled(
    questions.map(({ key, entry }) => judge(view, key, entry, context)),
  )
  const failures = answers.flatMap((answer) =>
    answer.status === 'rejected' ? [answer.reason as unknown] : [],
  )
  // One input that cannot be read does not affect the others, unless the whole round is over, or nothing could be read.
  if (failures.length > 0 && (context.signal.aborted || failures.length === questions.length))
    throw failures[0]
  return questions.map(({ key: { name }, entry }, index) => {
    const answer = answers[index]
    if (answer?.status === 'fulfilled') return { name, ...entry, ...answer.value }
    context.warn(
      `the expectation ${entry.expectation} of ${name}${entry.netuid === undefined ? '' : ` on subnet ${entry.netuid}`} cannot be judged: ${reasonOf(answer?.reason)}`,
    )
    return { name, ...entry, met: undefined, unread: true }
  })
}

/** The same text at every block, so that the warning is logged once. Any other error is a bug and is thrown. */
function reasonOf(error: unknown): string {
  if (error instanceof UpstreamError) return `${error.node} did not answer what is needed (${error.reason})`
  throw error
}

interface Question {
  readonly key: WatchedKey
  readonly entry: ExpectedEntry
}

/** If the registrations cannot be read, the entries have no netuid, and judging them fails in the same way. */
async function questionsOf(view: View, key: WatchedKey): Promise<readonly Question[]> {
  const { address, expect = {} } = key
  const needsRegistrations = entriesOf(expect).some(isWhereRegistered)
  const registered =
    needsRegistrations && expect.netuids === undefined
      ? await view.shared(readRegistrations, address).then(
          (registrations) => registrations.map(({ netuid }) => netuid),
          () => undefined,
        )
      : undefined
  return entriesOf(expect, registered).map((entry) => ({ key, entry }))
}

/** Whether the entry applies where the hotkey is registered, which is not known yet. */
const isWhereRegistered = ({ expectation, netuid }: ExpectedEntry): boolean =>
  netuid === undefined && expectation !== 'coldkey' && expectation !== 'min_free_tao'

async function judge(
  view: View,
  key: WatchedKey,
  entry: ExpectedEntry,
  { warn }: ReadContext,
): Promise<Verdict> {
  const { name, address } = key
  switch (entry.expectation) {
    case 'coldkey': {
      const owner = await view.shared(readOwner, address)
      return { met: owner === entry.expected, actual: owner ?? 'no hotkey' }
    }
    case 'netuids': {
      const registrations = await view.shared(readRegistrations, address)
      const met = registrations.some(({ netuid }) => netuid === entry.netuid)
      return { met, actual: met ? 'registered' : NOT_THERE }
    }
    case 'validator_permit':
    case 'active': {
      const reader = entry.expectation === 'active' ? readActives : readPermits
      const flag = await statusOf(view, key, entry.netuid, reader)
      return {
        met: flagMet(entry.expected, flag),
        actual: typeof flag === 'boolean' ? String(flag) : absence(flag, entry.netuid),
      }
    }
    case 'max_updated_blocks': {
      const { height } = view.block
      const update = await statusOf(view, key, entry.netuid, readNewestUpdates)
      return {
        met: updateMet(entry.expected, height, update),
        actual: typeof update === 'number' ? height - update : absence(update, entry.netuid),
      }
    }
    case 'min_free_tao': {
      const { free } = await view.shared(readAccount, address)
      const decimals = view.runtime.token?.decimals
      if (decimals === undefined) return { met: undefined }
      const least = raoFromText(entry.expected, decimals)
      if (least !== undefined) return { met: unitsOf(free) >= unitsOf(least) }
      warn(
        `min_free_tao of ${name} is ${entry.expected}, and this chain's TAO has only ${decimals} decimal places`,
      )
      return { met: undefined }
    }
  }
}

/** A hotkey's value on a subnet. Without a netuid: unregistered if it is registered nowhere and no subnet is expected. */
async function statusOf<Value>(
  view: View,
  { address, expect }: WatchedKey,
  netuid: number | undefined,
  reader: Parameters<typeof readNeuronStatus<Value>>[3],
): Promise<Value | 'unregistered' | undefined> {
  if (netuid !== undefined) return (await readNeuronStatus(view, address, [netuid], reader))[0]
  const registrations = await view.shared(readRegistrations, address)
  return registrations.length === 0 && expect?.netuids === undefined ? 'unregistered' : undefined
}

const NOT_THERE = 'not registered there'

const absence = (status: 'unregistered' | undefined, netuid: number | undefined): string | undefined => {
  if (status === undefined) return undefined
  return netuid === undefined ? 'not registered anywhere' : NOT_THERE
}
