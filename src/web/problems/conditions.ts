import { NEWEST_KNOWN_SPEC } from '../../chain/runtime.ts'
import { chain } from '../../collectors/chain.ts'
import { expectations } from '../../collectors/expectations.ts'
import { extrinsics } from '../../collectors/extrinsics.ts'
import { hotkeys } from '../../collectors/hotkeys.ts'
import { node as nodeCollector } from '../../collectors/node.ts'
import { subnets } from '../../collectors/subnets.ts'
import { swaps, type ColdkeyReading } from '../../collectors/swaps.ts'
import { isBreached, THRESHOLDS } from '../../thresholds.ts'
import { oneLine } from '../../text.ts'
import { keysNow } from '../api/keys.ts'
import type { Expectation, Node } from '../api/schema.ts'
import type { ALERTS } from './alerts.ts'
import { blocksPerPoll, readsChain, type Facts } from './facts.ts'
import { rankedNeurons, watchedValidators, type WatchedNeuron } from './watched-neurons.ts'
import { count, duration, percentage } from './words.ts'

export type AlertName = keyof typeof ALERTS

/** One subject for which a condition is true. */
export interface Finding {
  /** The labels of the alert's series that tell its subjects apart, by name. */
  readonly labels: Readonly<Record<string, string>>
  /** The subject and the numbers, as plain text. */
  readonly detail: string
}

/** The condition of one alert: true for the findings it returns, exactly where the alert's expression has a series. */
export type Condition = (facts: Facts) => readonly Finding[]

/** Why the exporter cannot judge the condition of an alert. */
export type NotJudged = (typeof NOT_JUDGED)[keyof typeof NOT_JUDGED]

const NOT_JUDGED = {
  history: 'needs earlier values, which only Prometheus keeps',
  elsewhere: 'is about Prometheus, Alertmanager or the way to them, which the exporter cannot see',
  always: 'always fires, to show that alerts arrive',
} as const

const { history, elsewhere, always } = NOT_JUDGED

/** A finding without a subject, if a condition is true. */
const when = (isTrue: boolean, detail: () => string): readonly Finding[] =>
  isTrue ? [{ labels: {}, detail: detail() }] : []

/** The nodes for which a condition is true. */
const nodesThat =
  (isTrue: (node: Node, facts: Facts) => boolean, detail: (node: Node, facts: Facts) => string): Condition =>
  (facts) =>
    facts.nodes
      .filter((node) => isTrue(node, facts))
      .map((node) => ({ labels: { node: node.name }, detail: `${node.name} ${detail(node, facts)}` }))

const hasFewPeers =
  (threshold: (typeof THRESHOLDS.node)['peers' | 'peersIsolated']) =>
  ({ peers, should_have_peers: should }: Node): boolean =>
    peers !== null && should !== false && isBreached(threshold, peers)

const peersOf = ({ peers }: Node): string =>
  peers === 0 ? 'has no peers' : `has ${count(peers ?? 0, 'peer')}`

const ageOf = ({ block_timestamp_seconds: made }: Node, { now }: Facts): number | undefined =>
  made === null ? undefined : now - made

/** Blocks that a node is behind the best of the others. */
function behindOf({ finalized_block_height: height }: Node, { nodes }: Facts): number | undefined {
  const best = Math.max(...nodes.map((each) => each.finalized_block_height ?? -1))
  return height === null ? undefined : best - height
}

/** The different values that nodes report; unknown ones do not count. */
const distinct = <Value>(nodes: readonly Node[], of: (node: Node) => Value | null): readonly Value[] =>
  Array.from(new Set(nodes.flatMap((node) => of(node) ?? [])))

const neuronLabels = ({ netuid, uid, hotkey, name }: WatchedNeuron) => ({
  netuid: String(netuid),
  uid: String(uid),
  hotkey,
  name,
})

const neuronFinding = (neuron: WatchedNeuron, detail: string): Finding => ({
  labels: neuronLabels(neuron),
  detail: `${neuron.name} (UID ${neuron.uid} on subnet ${neuron.netuid}) ${detail}`,
})

type Swap = ColdkeyReading['swap']

/** The watched coldkeys with a block of a swap. */
const swapsWith =
  (
    blockOf: (swap: Swap) => number | undefined,
    detail: (block: string) => string,
    more: (swap: Swap) => Readonly<Record<string, string>> | undefined = () => ({}),
  ): Condition =>
  ({ state, isStale }) =>
    isStale(swaps.name)
      ? []
      : (state.latest.of(swaps)?.data.coldkeys.flatMap(({ address: coldkey, name, swap }) => {
          const block = blockOf(swap)
          const labels = more(swap)
          return block === undefined || labels === undefined
            ? []
            : [
                {
                  labels: { coldkey, name, ...labels },
                  detail: `${name}: ${detail(block.toLocaleString('en'))}`,
                },
              ]
        }) ?? [])

/** The expectations that are not met. */
const unmet =
  (isMeant: (expectation: Expectation) => boolean): Condition =>
  (facts) =>
    facts.isStale(expectations.name)
      ? []
      : expectationsOf(facts)
          .filter(({ expectation }) => expectation.met === false && isMeant(expectation))
          .map(({ name, expectation }) => ({
            labels: {
              name,
              expectation: expectation.expectation,
              ...(expectation.netuid === null ? {} : { netuid: String(expectation.netuid) }),
              wanted: String(expectation.expected),
            },
            detail: expectationText(name, expectation),
          }))

/** All expectations with the names of their keys. */
export function expectationsOf({ state }: Facts): readonly { name: string; expectation: Expectation }[] {
  const { hotkeys: hot, coldkeys: cold } = keysNow(state)
  return [...hot, ...cold].flatMap(({ name, expectations: each }) =>
    each.map((expectation) => ({ name, expectation })),
  )
}

/** What is wanted and, if it is not met, what is. */
export function expectationText(
  name: string,
  { expectation, netuid, expected, actual, met }: Expectation,
): string {
  const where = netuid === null ? '' : ` on subnet ${netuid}`
  const found = met === false && actual !== null ? `, is ${actual}` : ''
  return `${name}: ${expectation}${where}: wanted ${String(expected)}${found}`
}

/** Maximum length of an error in a detail. */
const MAX_ERROR_LENGTH = 300

/**
 * The condition of every shipped alert, or why this process cannot judge it. Conditions and alerts read the same values and the same
 * thresholds; a condition does not wait for the alert's `for`. A test evaluates the alerts with Prometheus and compares.
 */
export const CONDITIONS: Readonly<Record<AlertName, Condition | NotJudged>> = {
  // --- Nodes
  BittensorAllNodesDown: ({ nodes, isRecent }) => {
    const polled = nodes.filter(({ up }) => up !== null)
    const isDown =
      polled.length > 0 && polled.every(({ up, name }) => up === false && !isRecent(nodeCollector.name, name))
    return when(isDown, () => `none of ${count(polled.length, 'node')} answers`)
  },
  BittensorNodeDown: nodesThat(
    ({ up, name }, { isRecent }) => up === false && !isRecent(nodeCollector.name, name),
    () => 'does not answer',
  ),
  BittensorNodeIsolated: nodesThat(hasFewPeers(THRESHOLDS.node.peersIsolated), peersOf),
  BittensorNodePeersLow: nodesThat(
    hasFewPeers(THRESHOLDS.node.peers),
    (node) => `${peersOf(node)}; a healthy node has ${THRESHOLDS.node.peers.value} or more`,
  ),
  BittensorNodePeersFalling: history,
  BittensorNodeSyncing: nodesThat(
    ({ syncing }) => syncing === true,
    () => 'reports that it is syncing',
  ),
  BittensorNodeStalled: nodesThat(
    (node, facts) => {
      const age = ageOf(node, facts)
      const { pollIntervalSeconds: interval } = facts.state
      return (
        node.up !== false &&
        node.syncing === false &&
        age !== undefined &&
        isBreached(THRESHOLDS.node.blockAge, age - interval)
      )
    },
    (node, facts) => `has a finalized block that is ${duration(ageOf(node, facts) ?? 0)} old`,
  ),
  BittensorNodeBehind: nodesThat(
    (node, facts) => {
      const behind = behindOf(node, facts)
      return (
        node.up !== false &&
        node.syncing !== true &&
        behind !== undefined &&
        isBreached(THRESHOLDS.node.behind, behind - blocksPerPoll(facts))
      )
    },
    (node, facts) => `is ${count(behindOf(node, facts) ?? 0, 'block')} behind the best node`,
  ),
  BittensorNodeMisreadsExtrinsics: nodesThat(
    ({ name }, { state }) => state.decodes.get(name) === false,
    () => 'does not decode signed extrinsics',
  ),
  BittensorNodeChainsDiffer: ({ nodes }) => {
    const names = distinct(nodes, ({ chain: name }) => name)
    return when(names.length > 1, () => `the nodes report the chains ${names.join(', ')}`)
  },
  BittensorNodeVersionsDiffer: ({ nodes }) => {
    const versions = distinct(nodes, ({ client_version: version }) => version)
    return when(versions.length > 1, () => `the nodes run ${versions.join(', ')}`)
  },
  BittensorNodeSpecVersionsDiffer: ({ nodes }) => {
    const specs = distinct(nodes, ({ runtime_spec_version: spec }) => spec)
    return when(specs.length > 1, () => `the nodes execute the specs ${specs.join(', ')}`)
  },

  // --- The chain
  BittensorChainStateOld: ({ blockAge, state }) =>
    when(
      blockAge !== undefined &&
        state.status.every(({ collector, success }) => success || collector !== chain.name) &&
        isBreached(THRESHOLDS.exporter.chainBlockAge, blockAge - state.pollIntervalSeconds),
      () =>
        `chain state is read at a block that is ${duration(blockAge ?? 0)} old; keys and neurons are not judged`,
    ),
  BittensorRuntimeUpgraded: history,
  BittensorTransactionVersionChanged: history,
  BittensorSubnetDissolved: history,
  BittensorSubnetOwnerChanged: history,

  // --- Keys
  BittensorExpectationNotMet: unmet(({ expectation }) => expectation !== 'min_free_tao'),
  BittensorFreeBalanceBelowMinimum: unmet(({ expectation }) => expectation === 'min_free_tao'),
  BittensorHotkeyUnknown: ({ state, isStale }) =>
    isStale(hotkeys.name)
      ? []
      : (state.latest.of(hotkeys)?.data ?? [])
          .filter(({ known }) => known === undefined)
          .map(({ address: hotkey, name }) => ({
            labels: { hotkey, name },
            detail: `${name} (${hotkey}): no coldkey owns it`,
          })),
  BittensorColdkeySwapScheduled: swapsWith(
    ({ scheduledAt }) => scheduledAt,
    (block) => `the chain swaps it at block ${block}`,
    ({ to }) => (to === undefined ? undefined : { new_coldkey: to }),
  ),
  BittensorColdkeySwapAnnounced: swapsWith(
    ({ announcedFor }) => announcedFor,
    (block) => `the swap is possible from block ${block}`,
  ),
  BittensorColdkeySwapDisputed: swapsWith(
    ({ disputedAt }) => disputedAt,
    (block) => `the swap was disputed at block ${block}`,
  ),
  BittensorChildKeysPending: ({ state, isStale }) =>
    isStale(swaps.name)
      ? []
      : (state.latest.of(swaps)?.data.children ?? []).map(({ hotkey, name, netuid, children }) => ({
          labels: { hotkey, name, netuid: String(netuid) },
          detail: `${name} will have ${count(children, 'child key')} on subnet ${netuid}`,
        })),
  BittensorColdkeySigned: history,
  BittensorHotkeySigned: history,
  BittensorKeyOperation: history,
  BittensorUnexplainedBalanceChange: history,
  BittensorFreeBalanceFell: history,
  BittensorFrozenBalanceChanged: history,
  BittensorReservedBalanceChanged: history,
  BittensorAccountEmptied: history,
  BittensorColdkeyStakeFell: history,
  BittensorColdkeyValueFell: history,
  BittensorColdkeyIdentityChanged: history,
  BittensorHotkeyOwnerChanged: history,
  BittensorHotkeyTakeChanged: history,

  // --- Neurons
  BittensorNeuronInactive: (facts) =>
    watchedValidators(facts)
      .filter(({ active }) => active === false)
      .map((neuron) => neuronFinding(neuron, 'has a permit, and the last epoch found it inactive')),
  BittensorNeuronUpdateOverdue: (facts) =>
    watchedValidators(facts).flatMap((neuron) => {
      const { updated_blocks: updated, activityCutoffBlocks: cutoff } = neuron
      if (updated === null || cutoff === undefined) return []
      const share = updated / cutoff
      if (!isBreached(THRESHOLDS.neuron.updatedCutoff, share)) return []
      const detail = `has used ${percentage(share)} of its activity cutoff (${updated} of ${count(cutoff, 'block')}) since it last set weights`
      return [neuronFinding(neuron, detail)]
    }),
  BittensorNeuronUpdateLate: (facts) =>
    watchedValidators(facts).flatMap((neuron) => {
      const { updated_blocks: updated, tempoBlocks: tempo } = neuron
      if (updated === null || tempo === undefined) return []
      const tempos = updated / tempo
      if (!isBreached(THRESHOLDS.neuron.updatedTempos, tempos)) return []
      return [neuronFinding(neuron, `last set weights ${tempos.toFixed(1)} tempos ago`)]
    }),
  BittensorNeuronPruningNear: (facts) =>
    rankedNeurons(facts)
      .filter(({ pruneRank }) => isBreached(THRESHOLDS.neuron.pruneRank, pruneRank))
      .map((neuron) => neuronFinding(neuron, `is number ${neuron.pruneRank} in the order of deregistration`)),
  BittensorNeuronPruningSoon: (facts) =>
    rankedNeurons(facts).flatMap((neuron) => {
      const { pruneRank, recent = 0 } = neuron
      const seconds = (SECONDS_PER_DAY * pruneRank) / recent
      if (!isBreached(THRESHOLDS.neuron.timeToDeregistration, seconds)) return []
      return [
        neuronFinding(neuron, `goes in about ${duration(seconds)} if others register as in the last day`),
      ]
    }),
  BittensorNeuronImmunityEnding: (facts) => {
    const height = facts.state.latest.of(chain)?.block?.height
    if (height === undefined) return []
    return rankedNeurons(facts).flatMap((neuron) => {
      const left = (neuron.immunityEnds ?? 0) - height
      if (left <= 0 || !isBreached(THRESHOLDS.neuron.immunityLeft, left)) return []
      return [neuronFinding(neuron, `can be replaced in ${count(left, 'block')}`)]
    })
  },
  BittensorNeuronDeregistered: history,
  BittensorHotkeyRegistrationsFell: history,
  BittensorNeuronUidChanged: history,
  BittensorNeuronPermitLost: history,
  BittensorNeuronScoreFell: history,
  BittensorNeuronScoreBelowMedian: history,
  BittensorNeuronStakeFell: history,

  // --- The exporter
  BittensorExporterNotReady: ({ state, isFresh }) =>
    when(
      !state.status.some(({ collector, node }) => isFresh(collector, node)),
      () => 'no collector has succeeded lately',
    ),
  BittensorExporterDataStale: ({ state, isFresh, ageOf: ageOfCollector }) =>
    state.status
      .filter((each) => readsChain(each) && !isFresh(each.collector))
      .map(({ collector }) => {
        const age = ageOfCollector(collector)
        const detail = age === undefined ? 'was never read' : `was last read ${duration(age)} ago`
        return { labels: { collector }, detail: `${collector} ${detail}` }
      }),
  BittensorExporterCollectorFailing: ({ state, isRecent }) =>
    state.status
      .filter(({ success, collector, node }) => !success && !isRecent(collector, node))
      .map(({ collector, node, error }) => ({
        labels: { collector, ...(node === undefined ? {} : { node }) },
        detail: `${collector}${node === undefined ? '' : ` of ${node}`}: ${oneLine(error ?? '', MAX_ERROR_LENGTH)}`,
      })),
  BittensorExporterReloadFailed: ({ state }) =>
    when(
      state.isConfigured === false,
      () => 'the log has its errors; the previous configuration stays in use',
    ),
  BittensorExporterSubnetMissing: ({ state }) =>
    (state.latest.of(subnets)?.data.missing ?? []).map((netuid) => ({
      labels: { netuid: String(netuid) },
      detail: `subnet ${netuid} is listed under subnets`,
    })),
  BittensorExporterSubnetLeftOut: ({ state }) =>
    (state.latest.of(subnets)?.data.leftOut ?? []).map((netuid) => ({
      labels: { netuid: String(netuid) },
      detail: `subnet ${netuid}: only its watched neurons are read`,
    })),
  BittensorExporterOutdated: ({ nodes }) => {
    const newest = Math.max(...distinct(nodes, ({ runtime_spec_version: spec }) => spec))
    return when(
      newest > NEWEST_KNOWN_SPEC,
      () => `the chain runs spec ${newest}; this exporter knows spec ${NEWEST_KNOWN_SPEC} and older ones`,
    )
  },
  BittensorExporterUnknownLayout: ({ state }) =>
    (state.latest.of(chain)?.data.unknown ?? []).map(({ kind, pallet, item }) => ({
      labels: { kind, pallet, item },
      detail: `${kind} ${pallet}.${item}`,
    })),
  BittensorExporterFollowerBehind: (facts) => {
    const height = facts.state.latest.of(chain)?.block?.height
    const followed = facts.state.latest.of(extrinsics)?.data.followed?.height
    if (height === undefined || followed === undefined) return []
    const behind = height - followed
    return when(
      isBreached(THRESHOLDS.exporter.followedBehind, behind - blocksPerPoll(facts)),
      () => `the operations of the last ${count(behind, 'block')} are not read yet`,
    )
  },
  BittensorExporterDemo: ({ state }) => when(state.demo, () => 'all data is simulated'),
  BittensorExporterUpstreamErrors: history,
  BittensorExporterBlocksSkipped: history,
  BittensorExporterDown: elsewhere,
  BittensorExporterInstanceDown: elsewhere,
  BittensorExporterAbsent: elsewhere,
  BittensorExporterLabelsRenamed: elsewhere,
  BittensorExporterRestarting: elsewhere,

  // --- Alerting
  BittensorNotificationsFailed: elsewhere,
  BittensorAlertsNotSent: elsewhere,
  BittensorRulesFailing: elsewhere,
  BittensorWatchdog: always,
}

const SECONDS_PER_DAY = 86_400
