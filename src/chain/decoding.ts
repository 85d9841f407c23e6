import { fieldOf, UNDECODED_CALL, type BlockBody, type Extrinsic } from './extrinsic.ts'

/**
 * Finds a signed extrinsic whose decoded call contradicts its outcome, which proves that the decoder is wrong. Undefined if
 * the block has none.
 *
 * The signed extension CheckMetadataHash (finney since spec 195) adds one byte, its mode, between the signature and the call.
 * A decoder that does not know the extension reads this byte as the pallet index. Mode 0 is read as pallet 0, System, and the
 * real pallet index as the index of a System call; mode 1 is read as a pallet without calls (RandomnessCollectiveFlip, specs
 * 103 to 475), so the block cannot be decoded. The result of such a decoder is therefore always a System call with the events
 * of another call.
 */
export const misreadExtrinsic = ({ extrinsics }: BlockBody): Extrinsic | undefined =>
  extrinsics.find((extrinsic) => extrinsic.signer !== undefined && isImpossible(extrinsic))

/**
 * Whether the block proves that the decoder knows the extension: it has a signed call of a pallet other than System. Signed
 * System calls that match their events prove nothing because anybody may sign them.
 */
export const provesDecoding = ({ extrinsics }: BlockBody): boolean =>
  extrinsics.some(
    ({ signer, call }) => signer !== undefined && call !== UNDECODED_CALL && call.pallet !== 'system',
  )

/** Whether the emitted events match a successful signed System call (source: frame_system). */
type Outcome = (emitted: (name: string) => boolean) => boolean

const SUCCESSES: Readonly<Record<string, Outcome>> = {
  remark: (emitted) => !emitted('Remarked'),
  remarkWithEvent: (emitted) => emitted('Remarked'),
  applyAuthorizedUpgrade: (emitted) => emitted('CodeUpdated') || emitted('RejectedInvalidAuthorizedUpgrade'),
}

/** System calls that require root: a signed one always fails. */
const ROOT_ONLY: ReadonlySet<string> = new Set([
  ...['authorizeUpgrade', 'authorizeUpgradeWithoutChecks', 'killPrefix', 'killStorage', 'setCode'],
  ...['setCodeWithoutChecks', 'setHeapPages', 'setStorage'],
])

/** Whether a System call cannot have produced its outcome and events. Unknown calls are considered possible. */
function isImpossible({ call, success, events }: Extrinsic): boolean {
  if (call.pallet !== 'system') return false
  const succeeds = SUCCESSES[call.method]
  if (succeeds === undefined && !ROOT_ONLY.has(call.method)) return false
  const emitted = (name: string) => events.some((event) => event.pallet === 'system' && event.name === name)
  if (success) return succeeds?.(emitted) !== true
  const failure = events.find(({ pallet, name }) => pallet === 'system' && name === 'ExtrinsicFailed')
  const [error] = failure?.data ?? []
  // The runtime's call filter may reject any call, which is also a System error.
  return !isSystemError(error) && (succeeds !== undefined || !isBadOrigin(error))
}

/** Whether an error is of pallet 0: {"module": {"index": "0", …}}. */
function isSystemError(error: unknown): boolean {
  const module = fieldOf(error, 'module')
  return String(fieldOf(module, 'index')) === '0'
}

/** Whether an error is {"badOrigin": null} or "BadOrigin", in any letter case. */
const isBadOrigin = (error: unknown): boolean =>
  fieldOf(error, 'badOrigin') !== undefined || String(error).toLowerCase() === 'badorigin'
