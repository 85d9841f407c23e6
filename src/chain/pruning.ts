import { isImmune } from './neuron.ts'

/**
 * Rule by which the chain selects the neuron that a registration replaces on a full subnet (get_neuron_to_prune,
 * subnets/registration.rs). By spec:
 *
 * - 101–194: lowest pruning score, ties to the higher UID; immune neurons only if all others are gone, ties to the lower UID
 *   (registration.rs:358 at fb0f850af)
 * - 195–232: ties to the older registration, then the lower UID (c34d72b23)
 * - 233–237: never a neuron of the subnet owner's coldkey (:409 at v2.0.0)
 * - 238–319: never the subnet owner's hotkey; the owner's other hotkeys are not protected (:430 at v2.0.2)
 * - 320–364: never the owner's hotkey and its coldkey's hotkeys, up to ImmuneOwnerUidsLimit (:400 at v3.2.8-320)
 * - from 365: by emission instead of pruning score; at least MinNonImmuneUids neurons that are not immune remain
 *   (:280 at spec 425)
 * - from 475: the coldkey's neurons are found by Owner, in UID order, instead of by OwnedHotkeys
 *
 * Root has a different rule: see rootPruneOrder.
 */
export interface PruningRule {
  readonly score: 'pruning_score' | 'emission'
  readonly ties: 'uid' | 'registration'
  /** Which of the subnet owner's neurons are never replaced. */
  readonly owner: 'nobody' | 'coldkey' | 'hotkey' | 'newest' | 'oldest'
  /** The storage map that determines the neurons of the owner's coldkey. */
  readonly ownership: 'owned_hotkeys' | 'owner'
}

/** Determines the rule. Storage items decide where they can; specs 195, 238 and 326 changed no storage item. */
export interface PruningInputs {
  readonly specVersion: number
  /** The runtime has SubnetOwnerHotkey: specs from 233. */
  readonly hasOwnerHotkey: boolean
  /** The runtime has mechanisms: specs from 320. ImmuneOwnerUidsLimit is older (306) but has no effect before 320. */
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

/** The properties of a neuron that the rule uses. */
export interface PruningCandidate {
  readonly uid: number
  /** Pruning score or emission, depending on the rule. */
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
 * The UIDs that are never replaced. From spec 320: the coldkey's UIDs by registration, then UID, up to the limit; the
 * owner's hotkey is put first if it is not among them (get_immune_owner_tuples, subnets/registration.rs).
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

/** Inputs of the order other than the neurons. */
export interface PruningSubnet {
  readonly height: number
  /** Blocks. */
  readonly immunityPeriod: number
  readonly spared: ReadonlySet<number>
  /** MinNonImmuneUids; 0 before spec 365. */
  readonly minNonImmune: number
}

/** The u16 score that means "none": a UID gets it when its neuron is replaced. */
const NO_SCORE = 65_535n

/**
 * The UIDs in the order in which consecutive registrations would replace them from now on, not counting the new
 * registrations themselves; the first is next. UIDs that are never replaced are omitted; those that are replaced only after
 * all others come last.
 */
export function pruneOrder(
  { ties }: PruningRule,
  neurons: readonly PruningCandidate[],
  { height, immunityPeriod, spared, minNonImmune }: PruningSubnet,
): readonly number[] {
  const candidates = neurons.filter(({ uid }) => !spared.has(uid))
  const immune = (neuron: PruningCandidate) => isImmune(height, neuron.registeredAt, immunityPeriod)
  const replaceable = candidates.filter((neuron) => !immune(neuron))
  const immunes = candidates.filter(immune)
  const order = ties === 'uid' ? byUid() : byRegistration()
  return order.map(({ uid }) => uid)

  function byRegistration(): PruningCandidate[] {
    const first = (a: PruningCandidate, b: PruningCandidate) =>
      compare(a.score, b.score) || a.registeredAt - b.registeredAt || a.uid - b.uid
    const ranked = replaceable.toSorted(first)
    const free = Math.max(0, ranked.length - minNonImmune)
    return [...ranked.slice(0, free), ...immunes.toSorted(first), ...ranked.slice(free)]
  }

  /** Neurons without a score are skipped; if none has a score, UID 0 is replaced, immune or not. */
  function byUid(): PruningCandidate[] {
    const scored = ({ score }: PruningCandidate) => score < NO_SCORE
    return [
      ...replaceable.filter(scored).toSorted((a, b) => compare(a.score, b.score) || b.uid - a.uid),
      ...immunes.filter(scored).toSorted((a, b) => compare(a.score, b.score) || a.uid - b.uid),
      ...candidates.filter((neuron) => !scored(neuron)).toSorted((a, b) => a.uid - b.uid),
    ]
  }
}

/**
 * The first spec known to use the rule of rootPruneOrder (root registration is the same at 473 and 475). Up to spec 425 a
 * registration required more stake than the neuron it replaced, and immunity had no effect (do_root_register,
 * coinbase/root.rs). The spec in between that changed the rule is unknown.
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
 * The UIDs of root in the order in which consecutive registrations would replace them from now on: by stake, then older
 * registration, then lower UID. Immune validators are never replaced; if all are immune, the registration fails
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
