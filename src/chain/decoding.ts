import { fieldOf, UNDECODED_CALL, type BlockBody, type Extrinsic } from './extrinsic.ts'

/**
 * A signed extrinsic of the block that was decoded as what it cannot be; undefined where there is none.
 *
 * The signed extension CheckMetadataHash (finney since spec 195) adds one byte, its mode, between the signature and the call.
 * A decoder that does not know it takes this byte for the pallet's index. Mode 0 is pallet 0, System, and the index of the
 * true pallet becomes that of a System call; mode 1 is a pallet without calls (RandomnessCollectiveFlip, specs 103 to 475), so that the block cannot be decoded. So what
 * such a decoder gives is always a call of System, with the events of another call.
 */
export const misreadExtrinsic = ({ extrinsics }: BlockBody): Extrinsic | undefined =>
  extrinsics.find((extrinsic) => extrinsic.signer !== undefined && isImpossible(extrinsic))

/**
 * Whether the block proves a decoder that knows the byte: by a signed call of any pallet but System. Signed System calls
 * that fit their events prove nothing, since anybody may sign them.
 */
export const provesDecoding = ({ extrinsics }: BlockBody): boolean =>
  extrinsics.some(
    ({ signer, call }) => signer !== undefined && call !== UNDECODED_CALL && call.pallet !== 'system',
  )

/** What can come of a signed call of System, going by frame_system: whether it can succeed, and which events it then has. */
type Outcome = (emitted: (name: string) => boolean) => boolean

const SUCCESSES: Readonly<Record<string, Outcome>> = {
  remark: (emitted) => !emitted('Remarked'),
  remarkWithEvent: (emitted) => emitted('Remarked'),
  applyAuthorizedUpgrade: (emitted) => emitted('CodeUpdated') || emitted('RejectedInvalidAuthorizedUpgrade'),
}

/** The calls that only root may make; a signed one fails. */
const ROOT_ONLY: ReadonlySet<string> = new Set([
  ...['authorizeUpgrade', 'authorizeUpgradeWithoutChecks', 'killPrefix', 'killStorage', 'setCode'],
  ...['setCodeWithoutChecks', 'setHeapPages', 'setStorage'],
])

/** True for a call of System that cannot have had the outcome and the events it has. Calls that are not known may. */
function isImpossible({ call, success, events }: Extrinsic): boolean {
  if (call.pallet !== 'system') return false
  const succeeds = SUCCESSES[call.method]
  if (succeeds === undefined && !ROOT_ONLY.has(call.method)) return false
  const emitted = (name: string) => events.some((event) => event.pallet === 'system' && event.name === name)
  if (success) return succeeds?.(emitted) !== true
  const failure = events.find(({ pallet, name }) => pallet === 'system' && name === 'ExtrinsicFailed')
  const [error] = failure?.data ?? []
  // The runtime may filter any call, which is an error of System too.
  return !isSystemError(error) && (succeeds !== undefined || !isBadOrigin(error))
}

/** {"module": {"index": "0", …}} */
function isSystemError(error: unknown): boolean {
  const module = fieldOf(error, 'module')
  return String(fieldOf(module, 'index')) === '0'
}

/** {"badOrigin": null}, in whatever case. */
const isBadOrigin = (error: unknown): boolean =>
  fieldOf(error, 'badOrigin') !== undefined || String(error).toLowerCase() === 'badorigin'
