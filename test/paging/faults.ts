import type { SimulatedChain } from '../../src/demo/chain.ts'
import { inventedAddress } from '../../src/demo/names.ts'
import { block } from '../../src/demo/answers.ts'
import { HEALTHY, SimulatedNode } from '../../src/demo/node.ts'
import type { Wanted } from './notices.ts'
import { NODES, type Stack } from './stack.ts'
import { DELEGATE, DELEGATED, ENDING, FALLING, FULL, OWNER, ROOMY, SOLD, uidOf, watched } from './world.ts'

/** What goes wrong, and who is to be told: receivers of alertmanager.yml. */
export interface Expected extends Wanted {
  readonly severity: 'critical' | 'warning' | 'info'
  readonly receivers: readonly string[]
}

/** About the severity and receivers of one subject. */
const page = (alert: string, about: Wanted['about'] = {}): Expected => ({
  alert,
  about,
  severity: 'critical',
  receivers: ['page'],
})
const ticket = (alert: string, about: Wanted['about'] = {}): Expected => ({
  alert,
  about,
  severity: 'warning',
  receivers: ['ticket'],
})
const note = (alert: string, about: Wanted['about'] = {}): Expected => ({
  alert,
  about,
  severity: 'info',
  receivers: ['note'],
})
/** Who holds the keys is told as well. */
const withCustody = (expected: Expected): Expected => ({
  ...expected,
  receivers: ['custody', ...expected.receivers],
})

/** A time at which several things are wrong. */
export interface Stage {
  readonly name: string
  /** Makes it wrong; what it returns makes it right again. */
  readonly cause: (stack: Stack) => () => void | Promise<void>
  readonly told: readonly Expected[]
  /** What fires because of it, and nobody is told of, as what is larger speaks. */
  readonly silenced: readonly Wanted[]
}

const silent = (alert: string, about: Wanted['about'] = {}): Wanted => ({ alert, about })

const undoAll = (undo: readonly (() => void)[]) => () => {
  for (const each of undo) each()
}

/** What needs no history of an hour: the ways to the chain fail, one after the other and all together. */
export const OUTAGES: readonly Stage[] = [
  {
    name: 'one Sidecar is down, one is on another chain, and one storage item cannot be read',
    cause({ sidecars }) {
      sidecars['node-c'].node.chainName = 'Bittensor Testnet'
      return undoAll([
        sidecars['node-b'].fault(/./, { destroy: true }),
        ...Object.values(sidecars).map((sidecar) =>
          sidecar.fault('ColdkeySwapAnnouncements', { status: 500 }),
        ),
        () => (sidecars['node-c'].node.chainName = HEALTHY.chainName),
      ])
    },
    told: [
      ticket('BittensorNodeDown', { node: 'node-b' }),
      page('BittensorNodeChainsDiffer'),
      page('BittensorExporterDataStale', { collector: 'swaps' }),
    ],
    silenced: [
      silent('BittensorExporterCollectorFailing', { node: 'node-b' }),
      silent('BittensorExporterCollectorFailing', { collector: 'swaps' }),
    ],
  },
  {
    name: 'all Sidecars are down',
    cause: ({ sidecars }) =>
      undoAll(Object.values(sidecars).map((sidecar) => sidecar.fault(/./, { destroy: true }))),
    told: [page('BittensorAllNodesDown')],
    silenced: [
      silent('BittensorNodeDown', { node: 'node-a' }),
      silent('BittensorExporterNotReady'),
      silent('BittensorExporterDataStale', { collector: 'accounts' }),
      silent('BittensorExporterDataStale', { collector: 'neurons' }),
      silent('BittensorExporterCollectorFailing', { collector: 'neurons' }),
    ],
  },
  {
    name: 'the exporter is down',
    cause(stack) {
      const stopped = stack.stopExporter()
      return async () => {
        await stopped
        await stack.startExporter()
      }
    },
    told: [page('BittensorExporterDown')],
    silenced: [silent('BittensorExporterInstanceDown')],
  },
  {
    name: 'the chain stands still',
    cause: (stack) => stack.stopClock(),
    told: [page('BittensorChainStateOld'), ...NODES.map((node) => page('BittensorNodeStalled', { node }))],
    silenced: [],
  },
]

/** What changes against an hour ago, all at once, each on a key or node of its own. */
export const CHANGES: Stage = {
  name: 'keys sign, lose and change hands, and nodes fall behind',
  cause(stack) {
    const { chain, sidecars } = stack
    const { 'node-b': few, 'node-c': isolated, 'node-d': stalled, 'node-e': syncing } = sidecars
    few.node.peers = 149
    few.node.clientVersion = '4.0.0-dev-newer'
    isolated.node.peers = 1
    Object.assign(stalled.node, { lag: 120 })
    Object.assign(syncing.node, { lag: 12, syncing: true })
    return undoAll([
      syncing.fault('/node/transaction-pool', { status: 500 }),
      // In a block of its own, before the others.
      takeUnexplained(stack),
      changeKeys(chain),
      changeNeurons(chain),
      changeSubnets(chain),
      upgrade(chain),
      () => {
        // But for the version: that two differ is told after an hour.
        for (const { node } of [few, isolated, stalled, syncing])
          Object.assign(node, { ...HEALTHY, peers: 280, clientVersion: node.clientVersion })
      },
    ])
  },
  told: [
    ticket('BittensorNodePeersLow', { node: 'node-b' }),
    page('BittensorNodeIsolated', { node: 'node-c' }),
    page('BittensorNodePeersFalling', { node: 'node-c' }),
    page('BittensorNodeStalled', { node: 'node-d' }),
    ticket('BittensorNodeSyncing', { node: 'node-e' }),
    ticket('BittensorExporterCollectorFailing', { node: 'node-e', collector: 'transaction_pool' }),
    ticket('BittensorExporterUpstreamErrors', { node: 'node-e' }),
    ticket('BittensorNodeSpecVersionsDiffer'),
    ticket('BittensorRuntimeUpgraded'),
    note('BittensorExporterOutdated'),
    withCustody(page('BittensorColdkeySigned', { name: 'treasury' })),
    withCustody(ticket('BittensorKeyOperation', { name: 'treasury', pallet: 'balances' })),
    note('BittensorHotkeySigned', { name: 'signer' }),
    withCustody(page('BittensorFreeBalanceFell', { name: 'vault' })),
    withCustody(page('BittensorUnexplainedBalanceChange', { name: 'drained' })),
    withCustody(ticket('BittensorFrozenBalanceChanged', { name: 'staked' })),
    withCustody(ticket('BittensorReservedBalanceChanged', { name: 'deposits' })),
    withCustody(ticket('BittensorFreeBalanceBelowMinimum', { name: 'purse' })),
    withCustody(page('BittensorColdkeySwapAnnounced', { name: 'leaving' })),
    withCustody(page('BittensorColdkeySwapDisputed', { name: 'contested' })),
    withCustody(page('BittensorHotkeyOwnerChanged', { name: 'moved', coldkey: inventedAddress('thief') })),
    withCustody(ticket('BittensorColdkeyIdentityChanged', { name: 'named', identity: 'Other name' })),
    withCustody(ticket('BittensorChildKeysPending', { name: 'parent' })),
    withCustody(ticket('BittensorHotkeyTakeChanged', { name: 'taking' })),
    withCustody(ticket('BittensorExpectationNotMet', { name: 'unlike', expectation: 'active' })),
    page('BittensorNeuronPermitLost', { name: 'permit', netuid: '3' }),
    page('BittensorNeuronInactive', { name: 'idle' }),
    page('BittensorNeuronUpdateOverdue', { name: 'overdue' }),
    ticket('BittensorNeuronUpdateLate', { name: 'tardy' }),
    page('BittensorNeuronDeregistered', { name: 'gone' }),
    ticket('BittensorNeuronStakeFell', { name: 'unstaked' }),
    // Unstaking and the change of an owner take stake from coldkeys.
    withCustody(ticket('BittensorColdkeyStakeFell', { name: 'signer/coldkey' })),
    withCustody(ticket('BittensorColdkeyStakeFell', { coldkey: watched('treasury') })),
    withCustody(ticket('BittensorColdkeyStakeFell', { name: 'delegator', netuid: String(SOLD) })),
    withCustody(ticket('BittensorColdkeyValueFell', { name: 'investor' })),
    withCustody(page('BittensorAccountEmptied', { name: 'emptied' })),
    ticket('BittensorSubnetOwnerChanged', { netuid: String(SOLD), owner_coldkey: inventedAddress('buyer') }),
    ticket('BittensorSubnetDissolved', { netuid: String(ENDING) }),
    page('BittensorNeuronPruningNear', { name: 'last' }),
  ],
  silenced: [
    silent('BittensorColdkeyValueFell', { name: 'delegator' }),
    silent('BittensorNodePeersLow', { node: 'node-c' }),
    silent('BittensorNodeBehind', { node: 'node-d' }),
    silent('BittensorNeuronUpdateLate', { name: 'overdue' }),
    silent('BittensorHotkeyRegistrationsFell', { name: 'gone' }),
    silent('BittensorExpectationNotMet', { name: 'moved', expectation: 'coldkey' }),
  ],
}

/** What comes of making the changes undone, or takes an hour to be told. */
export const AFTERWARDS: readonly Expected[] = [
  ticket('BittensorNeuronUidChanged', { name: 'gone' }),
  withCustody(page('BittensorHotkeyOwnerChanged', { name: 'moved', coldkey: watched('treasury') })),
  note('BittensorNodeVersionsDiffer'),
]

/** There is no way back. */
function upgrade(chain: SimulatedChain): () => void {
  chain.setSpec(476)
  return () => undefined
}

const TAO = 1_000_000_000n

function changeKeys(chain: SimulatedChain): () => void {
  const account = (name: string) => chain.truth(chain.height).account(watched(name))
  chain.sign(watched('treasury'))
  chain.sign(watched('signer'))
  chain.setBalance(watched('vault'), { free: account('vault').free - 2n * TAO })
  chain.setBalance(watched('staked'), { frozen: TAO })
  chain.setBalance(watched('deposits'), { free: account('deposits').free - TAO / 2n, reserved: TAO / 2n })
  chain.setBalance(watched('purse'), { free: account('purse').free - TAO / 2n })
  chain.setSwap(watched('leaving'), { announcedFor: chain.height + 1000 })
  chain.setSwap(watched('contested'), { disputedAt: chain.height })
  chain.setIdentity(watched('named'), 'Other name')
  chain.setPendingChildren(ROOMY, watched('parent'), {
    children: [[1n, inventedAddress('child')]],
    from: chain.height + 7200,
  })
  chain.setTake(watched('taking'), 5000)
  chain.setOwner(watched('moved'), inventedAddress('thief'))
  chain.setBalance(watched('emptied'), { free: 0n })
  return () => {
    chain.setBalance(watched('purse'), { free: 11n * TAO })
    chain.setBalance(watched('emptied'), { free: TAO / 4n })
    for (const name of ['leaving', 'contested']) chain.setSwap(watched(name), undefined)
    chain.setPendingChildren(ROOMY, watched('parent'), undefined)
    chain.setOwner(watched('moved'), watched('treasury'))
  }
}

/** Takes from an account in a block of which every Sidecar shows neither extrinsics nor events. */
function takeUnexplained({ chain, sidecars }: Stack): () => void {
  chain.setBalance(watched('drained'), {
    free: chain.truth(chain.height).account(watched('drained')).free - TAO / 2n,
  })
  chain.advance()
  const shown = JSON.parse(block(new SimulatedNode(chain, HEALTHY), String(chain.height))) as object
  const body = JSON.stringify({ ...shown, finalized: true, extrinsics: [], onFinalize: { events: [] } })
  const path = new RegExp(`^/blocks/${chain.height}(?:$|[?])`)
  return undoAll(Object.values(sidecars).map((sidecar) => sidecar.fault(path, { body })))
}

function changeNeurons(chain: SimulatedChain): () => void {
  const subnet = chain.truth(chain.height).subnets.get(ROOMY)!
  const updates = (changed: Readonly<Record<string, number>>) => ({
    lastUpdate: subnet.lastUpdate.map((heights) =>
      heights.map((height, uid) => {
        const name = Object.keys(changed).find((each) => uidOf(each) === uid)
        return name === undefined ? height : chain.height - changed[name]!
      }),
    ),
  })
  const gone = { hotkey: watched('gone'), coldkey: OWNER }
  chain.setSubnet(ROOMY, updates({ overdue: 3000, tardy: 1600 }))
  chain.setPermit(ROOMY, uidOf('permit'), false)
  chain.setActive(ROOMY, uidOf('idle'), false)
  chain.setActive(ROOMY, uidOf('unlike'), false)
  chain.setStake(ROOMY, watched('unstaked'), TAO)
  chain.replaceNeuron(ROOMY, uidOf('gone'), {
    hotkey: inventedAddress('newcomer'),
    coldkey: inventedAddress('somebody'),
  })
  const { emission } = chain.truth(chain.height).subnets.get(FULL)!
  const none = (uid: number) => (uid === uidOf('last') ? 0n : 1000n)
  chain.setSubnet(FULL, { emission: emission.map((_, uid) => none(uid)) })
  return () => {
    for (const name of ['overdue', 'tardy']) chain.setWeights(ROOMY, uidOf(name))
    chain.setPermit(ROOMY, uidOf('permit'), true)
    chain.setActive(ROOMY, uidOf('idle'), true)
    chain.setActive(ROOMY, uidOf('unlike'), true)
    chain.setStake(ROOMY, watched('unstaked'), 25_000n * TAO)
    chain.registerNeuron(ROOMY, gone)
    chain.setSubnet(FULL, { emission })
  }
}

/** A price falls, a subnet is sold, a delegation leaves, and a subnet is dissolved, which then comes back as another one. */
function changeSubnets(chain: SimulatedChain): () => void {
  const { tao } = chain.truth(chain.height).subnets.get(FALLING)!
  chain.setSubnet(FALLING, { tao: tao / 2n })
  chain.setSettings(SOLD, { ownerColdkey: inventedAddress('buyer') })
  chain.setPortions(SOLD, DELEGATE, new Map([[inventedAddress('somebody'), 1]]))
  chain.removeSubnet(ENDING)
  return () => {
    chain.setSubnet(FALLING, { tao })
    chain.setPortions(SOLD, DELEGATE, DELEGATED)
    chain.addSubnet(ENDING)
  }
}

/** Alerts that are not made to fire here, each with the reason. Their rules have tests of their own. */
export const NOT_STAGED: Readonly<Record<string, string>> = {
  BittensorAlertsNotSent: 'Nothing would arrive.',
  BittensorExporterLabelsRenamed: 'The shipped scrape configuration sets honor_labels.',
  BittensorNotificationsFailed: 'The receiver takes everything.',
  BittensorRulesFailing: 'No rule fails; a test checks it.',
  BittensorColdkeySwapScheduled: 'It is of runtimes before the simulated one.',
  BittensorExporterAbsent: 'Prometheus would need a configuration without the exporter.',
  BittensorExporterBlocksSkipped: 'Blocks that cannot be read would hide what keys sign.',
  BittensorExporterDemo: 'It is no demonstration.',
  BittensorExporterFollowerBehind: 'Blocks that cannot be read would hide what keys sign.',
  BittensorExporterReloadFailed: 'The exporter is started without a file to reload.',
  BittensorExporterRestarting: 'The exporter lives in the process of the test, which is not started again.',
  BittensorExporterSubnetMissing: 'The exporter would have to be started with another list.',
  BittensorHotkeyUnknown: 'The exporter would have to be started with another key.',
  BittensorExporterSubnetLeftOut: 'The exporter would have to be started with a limit.',
  BittensorExporterUnknownLayout: 'It would last: there is no way back from an upgrade.',
  BittensorNodeMisreadsExtrinsics: 'It would hide what keys sign.',
  BittensorNeuronImmunityEnding: 'It is a matter of blocks alone, and has no fault to be made.',
  BittensorNeuronPruningSoon: 'Nobody registers on the full subnet.',
  BittensorNeuronScoreBelowMedian: 'It takes three hours.',
  BittensorNeuronScoreFell: 'It takes an hour and a half.',
  BittensorTransactionVersionChanged: 'It would silence BittensorRuntimeUpgraded.',
}
