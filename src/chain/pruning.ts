import { isImmune } from './neuron.ts'

/**
 * Which neuron of a full subnet goes when another registers (get_neuron_to_prune, subnets/registration.rs). The eras:
 *
 * - 101–194: lowest pruning score, ties to the higher UID; immune neurons only when no other is left, ties to the lower
 *   (registration.rs:358 at fb0f850af)
 * - 195–232: ties to the older registration, then the lower UID (c34d72b23)
 * - 233–237: never a neuron of the subnet owner's coldkey (:409 at v2.0.0)
 * - 238–319: never the subnet owner's hotkey, its other hotkeys like anybody's (:430 at v2.0.2)
 * - 320–364: never the owner's hotkey and its coldkey's hotkeys, up to ImmuneOwnerUidsLimit (:400 at v3.2.8-320)
 * - from 365: by emission instead of pruning score, and MinNonImmuneUids neurons that are not immune are left
 *   (:280 at spec 425)
 * - from 475: its coldkey's neurons are those whose Owner it is, by UID, instead of those in its OwnedHotkeys
 *
 * On root another rule holds: see rootPruneOrder.
 */
export interface PruningRule {
  readonly score: 'pruning_score' | 'emission'
  readonly ties: 'uid' | 'registration'
  /** Who of the subnet owner's is never replaced. */
  readonly owner: 'nobody' | 'coldkey' | 'hotkey' | 'newest' | 'oldest'
  /** Which map says what neurons the owner's coldkey has. */
  readonly ownership: 'owned_hotkeys' | 'owner'
}

/** What tells the eras apart. Where storage tells, it is asked; 195, 238 and 326 changed nothing in it. */
export interface PruningInputs {
  readonly specVersion: number
  /** The runtime has SubnetOwnerHotkey: specs from 233. */
  readonly hasOwnerHotkey: boolean
  /** The runtime has mechanisms: specs from 320. ImmuneOwnerUidsLimit is older (306), and spared nobody before. */
  readonly hasMechanisms: boolean
  /** The runtime has MinNonImmuneUids: specs from 365. */
  readonly hasMinNonImmune: boolean
}

export function pruningRuleOf({
  specVersion,
  hasOwnerHotkey,
  hasMechanisms,
  hasMinNonImmune,
}: PruningInputs): PruningRule {
  return {
    score: hasMinNonImmune ? 'emission' : 'pruning_score',
    ties: specVersion < 195 ? 'uid' : 'registration',
    owner: ownerSpared(),
    ownership: specVersion < 475 ? 'owned_hotkeys' : 'owner',
  }

  function ownerSpared(): PruningRule['owner'] {
    if (!hasOwnerHotkey) return 'nobody'
    // Newest first at v3.2.9-323, oldest first at v3.2.9-326 (f27a8fad5).
    if (hasMechanisms) return specVersion < 326 ? 'newest' : 'oldest'
    return specVersion < 238 ? 'coldkey' : 'hotkey'
  }
}

/** A neuron as the rule sees it. */
export interface PruningCandidate {
  readonly uid: number
  /** Its pruning score or its emission, as the rule says. */
  readonly score: bigint
  readonly registeredAt: number
}

/** The subnet owner's neurons on the subnet. */
export interface OwnerNeurons {
  /** The UID of SubnetOwnerHotkey. */
  readonly hotkey: number | undefined
  /** The UIDs of all hotkeys of the owner's coldkey. */
  readonly coldkey: readonly number[]
  /** ImmuneOwnerUidsLimit. */
  readonly limit: number
}

/**
 * The UIDs that are never replaced. From 320 the coldkey's in order of registration, then UID, cut at the limit, and
 * the owner's hotkey put before them when it is not among them (get_immune_owner_tuples, subnets/registration.rs).
 */
export function sparedUids(
  { owner }: PruningRule,
  { hotkey, coldkey, limit }: OwnerNeurons,
  registeredAt: (uid: number) => number,
): ReadonlySet<number> {
  switch (owner) {
    case 'nobody':
      return new Set()
    case 'coldkey':
      return new Set(coldkey)
    case 'hotkey':
      return new Set(hotkey === undefined ? [] : [hotkey])
    case 'newest':
    case 'oldest': {
      const sign = owner === 'oldest' ? 1 : -1
      const inOrder = coldkey.toSorted((a, b) => sign * (registeredAt(a) - registeredAt(b)) || a - b)
      const first = inOrder.slice(0, limit)
      if (hotkey === undefined || first.includes(hotkey)) return new Set(first)
      return new Set([hotkey, ...first].slice(0, limit))
    }
  }
}

/** What decides about the order besides the neurons. */
export interface PruningSubnet {
  readonly height: number
  /** Blocks. */
  readonly immunityPeriod: number
  readonly spared: ReadonlySet<number>
  /** MinNonImmuneUids; 0 before spec 365. */
  readonly minNonImmune: number
}

/** A u16 score that stands for "none": the one a UID gets when its neuron is replaced. */
const NO_SCORE = 65_535n

/**
 * The UIDs in the order they would go if neurons registered one after the other now, newcomers left aside: the first is
 * next. Those that never go are not in it; those that go only when others are no longer there are its end.
 */
export function pruneOrder(
  { ties }: PruningRule,
  neurons: readonly PruningCandidate[],
  { height, immunityPeriod, spared, minNonImmune }: PruningSubnet,
): readonly number[] {
  const candidates = neurons.filter(({ uid }) => !spared.has(uid))
  const immune = (neuron: PruningCandidate) => isImmune(height, neuron.registeredAt, immunityPeriod)
  const mortals = candidates.filter((neuron) => !immune(neuron))
  const immunes = candidates.filter(immune)
  const order = ties === 'uid' ? byUid() : byRegistration()
  return order.map(({ uid }) => uid)

  function byRegistration(): PruningCandidate[] {
    const first = (a: PruningCandidate, b: PruningCandidate) =>
      compare(a.score, b.score) || a.registeredAt - b.registeredAt || a.uid - b.uid
    const ranked = mortals.toSorted(first)
    const free = Math.max(0, ranked.length - minNonImmune)
    return [...ranked.slice(0, free), ...immunes.toSorted(first), ...ranked.slice(free)]
  }

  /** A neuron without a score is passed over; when all are, UID 0 goes, immune or not. */
  function byUid(): PruningCandidate[] {
    const scored = ({ score }: PruningCandidate) => score < NO_SCORE
    return [
      ...mortals.filter(scored).toSorted((a, b) => compare(a.score, b.score) || b.uid - a.uid),
      ...immunes.filter(scored).toSorted((a, b) => compare(a.score, b.score) || a.uid - b.uid),
      ...candidates.filter((neuron) => !scored(neuron)).toSorted((a, b) => a.uid - b.uid),
    ]
  }
}

/**
 * The first spec whose rule for root is known to be that of rootPruneOrder (root registrations are the same at 473 and
 * 475). To spec 425 a newcomer had to have more stake than the one it replaced, and immunity counted for nothing
 * (do_root_register, coinbase/root.rs); where between the two it changed is not known.
 */
export const ROOT_PRUNING_SPEC = 473

/** A validator on root. */
export interface RootCandidate {
  readonly uid: number
  /** TotalHotkeyAlpha on root, in rao. */
  readonly stake: bigint
  readonly registeredAt: number
}

/**
 * The UIDs of root in the order they would go if others registered one after the other now: the least stake first, then
 * the older registration, then the lower UID. Immune ones never go; when all are immune the registration fails
 * (get_root_neuron_to_prune, subnets/registration.rs at spec 475).
 */
export function rootPruneOrder(
  validators: readonly RootCandidate[],
  { height, immunityPeriod }: Pick<PruningSubnet, 'height' | 'immunityPeriod'>,
): readonly number[] {
  return validators
    .filter(({ registeredAt }) => !isImmune(height, registeredAt, immunityPeriod))
    .toSorted((a, b) => compare(a.stake, b.stake) || a.registeredAt - b.registeredAt || a.uid - b.uid)
    .map(({ uid }) => uid)
}

const compare = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0)
