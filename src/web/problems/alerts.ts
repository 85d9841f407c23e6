// Rendered from alertmanager/rules by: npm run generate

export interface Alert {
  readonly severity: 'critical' | 'warning' | 'info'
  /** The headline. May name labels of its series as `{{ $labels.NAME }}`. */
  readonly summary: string
  readonly runbookUrl: string
  /** How long its expression must be true before it fires, in seconds. */
  readonly forSeconds: number
}

/** Every shipped alert by its name. */
export const ALERTS = {
  BittensorNotificationsFailed: {
    severity: 'critical',
    summary: 'Alertmanager cannot deliver notifications.',
    runbookUrl:
      'https://github.com/bittensor-exporter/bittensor-exporter/blob/main/docs/runbooks/BittensorNotificationsFailed.md',
    forSeconds: 0,
  },
  BittensorAlertsNotSent: {
    severity: 'critical',
    summary: 'Prometheus cannot send alerts to Alertmanager.',
    runbookUrl:
      'https://github.com/bittensor-exporter/bittensor-exporter/blob/main/docs/runbooks/BittensorAlertsNotSent.md',
    forSeconds: 300,
  },
  BittensorRulesFailing: {
    severity: 'warning',
    summary: 'Prometheus cannot evaluate alert rules.',
    runbookUrl:
      'https://github.com/bittensor-exporter/bittensor-exporter/blob/main/docs/runbooks/BittensorRulesFailing.md',
    forSeconds: 300,
  },
  BittensorChainStateOld: {
    severity: 'critical',
    summary: 'The newest finalized block that can be read is old.',
    runbookUrl:
      'https://github.com/bittensor-exporter/bittensor-exporter/blob/main/docs/runbooks/BittensorChainStateOld.md',
    forSeconds: 120,
  },
  BittensorRuntimeUpgraded: {
    severity: 'warning',
    summary: 'The runtime of the chain was upgraded.',
    runbookUrl:
      'https://github.com/bittensor-exporter/bittensor-exporter/blob/main/docs/runbooks/BittensorRuntimeUpgraded.md',
    forSeconds: 0,
  },
  BittensorTransactionVersionChanged: {
    severity: 'critical',
    summary: 'The encoding of transactions changed, and signers need an update.',
    runbookUrl:
      'https://github.com/bittensor-exporter/bittensor-exporter/blob/main/docs/runbooks/BittensorTransactionVersionChanged.md',
    forSeconds: 0,
  },
  BittensorSubnetDissolved: {
    severity: 'warning',
    summary: 'A subnet no longer exists.',
    runbookUrl:
      'https://github.com/bittensor-exporter/bittensor-exporter/blob/main/docs/runbooks/BittensorSubnetDissolved.md',
    forSeconds: 300,
  },
  BittensorSubnetOwnerChanged: {
    severity: 'warning',
    summary: 'A subnet has another owner.',
    runbookUrl:
      'https://github.com/bittensor-exporter/bittensor-exporter/blob/main/docs/runbooks/BittensorSubnetOwnerChanged.md',
    forSeconds: 0,
  },
  BittensorNeuronPruningNear: {
    severity: 'critical',
    summary: 'A watched neuron is among the next to be deregistered.',
    runbookUrl:
      'https://github.com/bittensor-exporter/bittensor-exporter/blob/main/docs/runbooks/BittensorNeuronPruningNear.md',
    forSeconds: 300,
  },
  BittensorNeuronPruningSoon: {
    severity: 'warning',
    summary: 'A watched neuron will soon be deregistered, at the pace others register.',
    runbookUrl:
      'https://github.com/bittensor-exporter/bittensor-exporter/blob/main/docs/runbooks/BittensorNeuronPruningSoon.md',
    forSeconds: 900,
  },
  BittensorNeuronImmunityEnding: {
    severity: 'info',
    summary: 'The immunity of a watched neuron ends soon.',
    runbookUrl:
      'https://github.com/bittensor-exporter/bittensor-exporter/blob/main/docs/runbooks/BittensorNeuronImmunityEnding.md',
    forSeconds: 300,
  },
  BittensorExporterDown: {
    severity: 'critical',
    summary: 'No exporter can be scraped. Nodes, keys and neurons are not monitored.',
    runbookUrl:
      'https://github.com/bittensor-exporter/bittensor-exporter/blob/main/docs/runbooks/BittensorExporterDown.md',
    forSeconds: 60,
  },
  BittensorExporterInstanceDown: {
    severity: 'warning',
    summary: 'An exporter cannot be scraped.',
    runbookUrl:
      'https://github.com/bittensor-exporter/bittensor-exporter/blob/main/docs/runbooks/BittensorExporterInstanceDown.md',
    forSeconds: 60,
  },
  BittensorExporterAbsent: {
    severity: 'critical',
    summary: 'Prometheus has no exporter to scrape.',
    runbookUrl:
      'https://github.com/bittensor-exporter/bittensor-exporter/blob/main/docs/runbooks/BittensorExporterAbsent.md',
    forSeconds: 300,
  },
  BittensorExporterNotReady: {
    severity: 'critical',
    summary: 'The exporters run, but have no fresh data.',
    runbookUrl:
      'https://github.com/bittensor-exporter/bittensor-exporter/blob/main/docs/runbooks/BittensorExporterNotReady.md',
    forSeconds: 180,
  },
  BittensorExporterCollectorFailing: {
    severity: 'warning',
    summary: 'A collector fails.',
    runbookUrl:
      'https://github.com/bittensor-exporter/bittensor-exporter/blob/main/docs/runbooks/BittensorExporterCollectorFailing.md',
    forSeconds: 180,
  },
  BittensorExporterDataStale: {
    severity: 'critical',
    summary: 'Chain state that alerts depend on is stale.',
    runbookUrl:
      'https://github.com/bittensor-exporter/bittensor-exporter/blob/main/docs/runbooks/BittensorExporterDataStale.md',
    forSeconds: 120,
  },
  BittensorExporterSidecarErrors: {
    severity: 'warning',
    summary: 'Many requests to a node or its Sidecar fail.',
    runbookUrl:
      'https://github.com/bittensor-exporter/bittensor-exporter/blob/main/docs/runbooks/BittensorExporterSidecarErrors.md',
    forSeconds: 600,
  },
  BittensorExporterReloadFailed: {
    severity: 'warning',
    summary: 'The exporter refused its new configuration.',
    runbookUrl:
      'https://github.com/bittensor-exporter/bittensor-exporter/blob/main/docs/runbooks/BittensorExporterReloadFailed.md',
    forSeconds: 60,
  },
  BittensorExporterSubnetLeftOut: {
    severity: 'warning',
    summary: 'The neurons of a subnet are left out, as they would be too many series.',
    runbookUrl:
      'https://github.com/bittensor-exporter/bittensor-exporter/blob/main/docs/runbooks/BittensorExporterSubnetLeftOut.md',
    forSeconds: 300,
  },
  BittensorExporterSubnetMissing: {
    severity: 'warning',
    summary: 'A subnet in the configuration does not exist.',
    runbookUrl:
      'https://github.com/bittensor-exporter/bittensor-exporter/blob/main/docs/runbooks/BittensorExporterSubnetMissing.md',
    forSeconds: 300,
  },
  BittensorExporterOutdated: {
    severity: 'info',
    summary: 'The chain runs a newer runtime than the exporter was checked against.',
    runbookUrl:
      'https://github.com/bittensor-exporter/bittensor-exporter/blob/main/docs/runbooks/BittensorExporterOutdated.md',
    forSeconds: 600,
  },
  BittensorExporterUnknownLayout: {
    severity: 'warning',
    summary: 'The runtime changed the type of something the exporter reads.',
    runbookUrl:
      'https://github.com/bittensor-exporter/bittensor-exporter/blob/main/docs/runbooks/BittensorExporterUnknownLayout.md',
    forSeconds: 300,
  },
  BittensorExporterFollowerBehind: {
    severity: 'warning',
    summary: 'The operations of watched keys are read late.',
    runbookUrl:
      'https://github.com/bittensor-exporter/bittensor-exporter/blob/main/docs/runbooks/BittensorExporterFollowerBehind.md',
    forSeconds: 600,
  },
  BittensorExporterBlocksSkipped: {
    severity: 'warning',
    summary: 'Blocks were skipped for the operations of watched keys.',
    runbookUrl:
      'https://github.com/bittensor-exporter/bittensor-exporter/blob/main/docs/runbooks/BittensorExporterBlocksSkipped.md',
    forSeconds: 0,
  },
  BittensorExporterLabelsRenamed: {
    severity: 'warning',
    summary: 'Prometheus renames labels of the exporter.',
    runbookUrl:
      'https://github.com/bittensor-exporter/bittensor-exporter/blob/main/docs/runbooks/BittensorExporterLabelsRenamed.md',
    forSeconds: 600,
  },
  BittensorExporterRestarting: {
    severity: 'warning',
    summary: 'The exporter keeps restarting.',
    runbookUrl:
      'https://github.com/bittensor-exporter/bittensor-exporter/blob/main/docs/runbooks/BittensorExporterRestarting.md',
    forSeconds: 0,
  },
  BittensorExporterDemo: {
    severity: 'info',
    summary: 'The data is invented, as the demonstration runs.',
    runbookUrl:
      'https://github.com/bittensor-exporter/bittensor-exporter/blob/main/docs/runbooks/BittensorExporterDemo.md',
    forSeconds: 0,
  },
  BittensorWatchdog: {
    severity: 'info',
    summary: 'The chain of alerting works.',
    runbookUrl:
      'https://github.com/bittensor-exporter/bittensor-exporter/blob/main/docs/runbooks/BittensorWatchdog.md',
    forSeconds: 0,
  },
  BittensorColdkeySwapScheduled: {
    severity: 'critical',
    summary: 'A swap of a watched coldkey is scheduled.',
    runbookUrl:
      'https://github.com/bittensor-exporter/bittensor-exporter/blob/main/docs/runbooks/BittensorColdkeySwapScheduled.md',
    forSeconds: 0,
  },
  BittensorColdkeySwapAnnounced: {
    severity: 'critical',
    summary: 'A swap of a watched coldkey was announced.',
    runbookUrl:
      'https://github.com/bittensor-exporter/bittensor-exporter/blob/main/docs/runbooks/BittensorColdkeySwapAnnounced.md',
    forSeconds: 0,
  },
  BittensorColdkeySwapDisputed: {
    severity: 'critical',
    summary: 'The announced swap of a watched coldkey is disputed.',
    runbookUrl:
      'https://github.com/bittensor-exporter/bittensor-exporter/blob/main/docs/runbooks/BittensorColdkeySwapDisputed.md',
    forSeconds: 0,
  },
  BittensorChildKeysPending: {
    severity: 'warning',
    summary: 'The child keys of a watched hotkey are about to change.',
    runbookUrl:
      'https://github.com/bittensor-exporter/bittensor-exporter/blob/main/docs/runbooks/BittensorChildKeysPending.md',
    forSeconds: 0,
  },
  BittensorHotkeyTakeChanged: {
    severity: 'warning',
    summary: 'The take of a watched hotkey changed.',
    runbookUrl:
      'https://github.com/bittensor-exporter/bittensor-exporter/blob/main/docs/runbooks/BittensorHotkeyTakeChanged.md',
    forSeconds: 0,
  },
  BittensorColdkeyIdentityChanged: {
    severity: 'warning',
    summary: 'A watched coldkey has another identity.',
    runbookUrl:
      'https://github.com/bittensor-exporter/bittensor-exporter/blob/main/docs/runbooks/BittensorColdkeyIdentityChanged.md',
    forSeconds: 0,
  },
  BittensorExpectationNotMet: {
    severity: 'warning',
    summary: 'A watched key is not as the configuration expects.',
    runbookUrl:
      'https://github.com/bittensor-exporter/bittensor-exporter/blob/main/docs/runbooks/BittensorExpectationNotMet.md',
    forSeconds: 300,
  },
  BittensorFreeBalanceBelowMinimum: {
    severity: 'warning',
    summary: 'The free balance of a watched key is below its minimum.',
    runbookUrl:
      'https://github.com/bittensor-exporter/bittensor-exporter/blob/main/docs/runbooks/BittensorFreeBalanceBelowMinimum.md',
    forSeconds: 300,
  },
  BittensorKeyOperation: {
    severity: 'warning',
    summary: 'A watched key signed something other than weights.',
    runbookUrl:
      'https://github.com/bittensor-exporter/bittensor-exporter/blob/main/docs/runbooks/BittensorKeyOperation.md',
    forSeconds: 0,
  },
  BittensorUnexplainedBalanceChange: {
    severity: 'critical',
    summary: 'The balance of a watched key changed, and nothing it signed explains it.',
    runbookUrl:
      'https://github.com/bittensor-exporter/bittensor-exporter/blob/main/docs/runbooks/BittensorUnexplainedBalanceChange.md',
    forSeconds: 0,
  },
  BittensorColdkeySigned: {
    severity: 'critical',
    summary: 'A watched coldkey signed a transaction.',
    runbookUrl:
      'https://github.com/bittensor-exporter/bittensor-exporter/blob/main/docs/runbooks/BittensorColdkeySigned.md',
    forSeconds: 0,
  },
  BittensorHotkeySigned: {
    severity: 'info',
    summary: 'A watched hotkey signed a transaction.',
    runbookUrl:
      'https://github.com/bittensor-exporter/bittensor-exporter/blob/main/docs/runbooks/BittensorHotkeySigned.md',
    forSeconds: 0,
  },
  BittensorFreeBalanceFell: {
    severity: 'critical',
    summary: 'The free balance of a watched key fell.',
    runbookUrl:
      'https://github.com/bittensor-exporter/bittensor-exporter/blob/main/docs/runbooks/BittensorFreeBalanceFell.md',
    forSeconds: 60,
  },
  BittensorFrozenBalanceChanged: {
    severity: 'warning',
    summary: 'The frozen balance of a watched key changed.',
    runbookUrl:
      'https://github.com/bittensor-exporter/bittensor-exporter/blob/main/docs/runbooks/BittensorFrozenBalanceChanged.md',
    forSeconds: 0,
  },
  BittensorReservedBalanceChanged: {
    severity: 'warning',
    summary: 'The reserved balance of a watched key changed.',
    runbookUrl:
      'https://github.com/bittensor-exporter/bittensor-exporter/blob/main/docs/runbooks/BittensorReservedBalanceChanged.md',
    forSeconds: 0,
  },
  BittensorHotkeyOwnerChanged: {
    severity: 'critical',
    summary: 'A watched hotkey belongs to another coldkey.',
    runbookUrl:
      'https://github.com/bittensor-exporter/bittensor-exporter/blob/main/docs/runbooks/BittensorHotkeyOwnerChanged.md',
    forSeconds: 0,
  },
  BittensorHotkeyUnknown: {
    severity: 'warning',
    summary: 'The chain does not know a watched hotkey.',
    runbookUrl:
      'https://github.com/bittensor-exporter/bittensor-exporter/blob/main/docs/runbooks/BittensorHotkeyUnknown.md',
    forSeconds: 300,
  },
  BittensorAccountEmptied: {
    severity: 'critical',
    summary: 'A watched account is empty.',
    runbookUrl:
      'https://github.com/bittensor-exporter/bittensor-exporter/blob/main/docs/runbooks/BittensorAccountEmptied.md',
    forSeconds: 60,
  },
  BittensorColdkeyStakeFell: {
    severity: 'warning',
    summary: 'Stake of a watched coldkey left a hotkey.',
    runbookUrl:
      'https://github.com/bittensor-exporter/bittensor-exporter/blob/main/docs/runbooks/BittensorColdkeyStakeFell.md',
    forSeconds: 300,
  },
  BittensorColdkeyValueFell: {
    severity: 'warning',
    summary: 'The stake of a watched coldkey lost value.',
    runbookUrl:
      'https://github.com/bittensor-exporter/bittensor-exporter/blob/main/docs/runbooks/BittensorColdkeyValueFell.md',
    forSeconds: 300,
  },
  BittensorNeuronDeregistered: {
    severity: 'critical',
    summary: 'A watched hotkey was deregistered from a subnet.',
    runbookUrl:
      'https://github.com/bittensor-exporter/bittensor-exporter/blob/main/docs/runbooks/BittensorNeuronDeregistered.md',
    forSeconds: 60,
  },
  BittensorHotkeyRegistrationsFell: {
    severity: 'warning',
    summary: 'A watched hotkey is on fewer subnets than before.',
    runbookUrl:
      'https://github.com/bittensor-exporter/bittensor-exporter/blob/main/docs/runbooks/BittensorHotkeyRegistrationsFell.md',
    forSeconds: 60,
  },
  BittensorNeuronUidChanged: {
    severity: 'warning',
    summary: 'A watched hotkey has another UID.',
    runbookUrl:
      'https://github.com/bittensor-exporter/bittensor-exporter/blob/main/docs/runbooks/BittensorNeuronUidChanged.md',
    forSeconds: 0,
  },
  BittensorNeuronPermitLost: {
    severity: 'critical',
    summary: 'A watched neuron lost its validator permit.',
    runbookUrl:
      'https://github.com/bittensor-exporter/bittensor-exporter/blob/main/docs/runbooks/BittensorNeuronPermitLost.md',
    forSeconds: 60,
  },
  BittensorNeuronInactive: {
    severity: 'critical',
    summary: 'The chain counts a watched validator as inactive.',
    runbookUrl:
      'https://github.com/bittensor-exporter/bittensor-exporter/blob/main/docs/runbooks/BittensorNeuronInactive.md',
    forSeconds: 300,
  },
  BittensorNeuronUpdateLate: {
    severity: 'warning',
    summary: 'A watched validator is late in setting weights.',
    runbookUrl:
      'https://github.com/bittensor-exporter/bittensor-exporter/blob/main/docs/runbooks/BittensorNeuronUpdateLate.md',
    forSeconds: 300,
  },
  BittensorNeuronUpdateOverdue: {
    severity: 'critical',
    summary: 'A watched validator will soon be inactive, as it sets no weights.',
    runbookUrl:
      'https://github.com/bittensor-exporter/bittensor-exporter/blob/main/docs/runbooks/BittensorNeuronUpdateOverdue.md',
    forSeconds: 300,
  },
  BittensorNeuronScoreFell: {
    severity: 'warning',
    summary: 'A score of a watched neuron fell.',
    runbookUrl:
      'https://github.com/bittensor-exporter/bittensor-exporter/blob/main/docs/runbooks/BittensorNeuronScoreFell.md',
    forSeconds: 0,
  },
  BittensorNeuronScoreBelowMedian: {
    severity: 'warning',
    summary: 'A score of a watched neuron is far below the median of its subnet.',
    runbookUrl:
      'https://github.com/bittensor-exporter/bittensor-exporter/blob/main/docs/runbooks/BittensorNeuronScoreBelowMedian.md',
    forSeconds: 0,
  },
  BittensorNeuronStakeFell: {
    severity: 'warning',
    summary: 'The stake of a watched neuron fell.',
    runbookUrl:
      'https://github.com/bittensor-exporter/bittensor-exporter/blob/main/docs/runbooks/BittensorNeuronStakeFell.md',
    forSeconds: 300,
  },
  BittensorNodeDown: {
    severity: 'warning',
    summary: 'A node, or the Sidecar in front of it, does not answer.',
    runbookUrl:
      'https://github.com/bittensor-exporter/bittensor-exporter/blob/main/docs/runbooks/BittensorNodeDown.md',
    forSeconds: 60,
  },
  BittensorAllNodesDown: {
    severity: 'critical',
    summary: 'No node answers. Nodes, keys and neurons are not monitored.',
    runbookUrl:
      'https://github.com/bittensor-exporter/bittensor-exporter/blob/main/docs/runbooks/BittensorAllNodesDown.md',
    forSeconds: 60,
  },
  BittensorNodePeersLow: {
    severity: 'warning',
    summary: 'A node has few peers.',
    runbookUrl:
      'https://github.com/bittensor-exporter/bittensor-exporter/blob/main/docs/runbooks/BittensorNodePeersLow.md',
    forSeconds: 600,
  },
  BittensorNodePeersFalling: {
    severity: 'critical',
    summary: 'A node has few peers and is losing them.',
    runbookUrl:
      'https://github.com/bittensor-exporter/bittensor-exporter/blob/main/docs/runbooks/BittensorNodePeersFalling.md',
    forSeconds: 300,
  },
  BittensorNodeIsolated: {
    severity: 'critical',
    summary: 'A node is cut off from the network.',
    runbookUrl:
      'https://github.com/bittensor-exporter/bittensor-exporter/blob/main/docs/runbooks/BittensorNodeIsolated.md',
    forSeconds: 300,
  },
  BittensorNodeSyncing: {
    severity: 'warning',
    summary: 'A node is catching up with the chain.',
    runbookUrl:
      'https://github.com/bittensor-exporter/bittensor-exporter/blob/main/docs/runbooks/BittensorNodeSyncing.md',
    forSeconds: 600,
  },
  BittensorNodeMisreadsExtrinsics: {
    severity: 'warning',
    summary: 'The signed extrinsics of a node are not decoded.',
    runbookUrl:
      'https://github.com/bittensor-exporter/bittensor-exporter/blob/main/docs/runbooks/BittensorNodeMisreadsExtrinsics.md',
    forSeconds: 600,
  },
  BittensorNodeStalled: {
    severity: 'critical',
    summary: 'A node reports to be in sync, but its finalized block is old.',
    runbookUrl:
      'https://github.com/bittensor-exporter/bittensor-exporter/blob/main/docs/runbooks/BittensorNodeStalled.md',
    forSeconds: 120,
  },
  BittensorNodeBehind: {
    severity: 'warning',
    summary: 'A node is behind the others.',
    runbookUrl:
      'https://github.com/bittensor-exporter/bittensor-exporter/blob/main/docs/runbooks/BittensorNodeBehind.md',
    forSeconds: 300,
  },
  BittensorNodeChainsDiffer: {
    severity: 'critical',
    summary: 'The nodes of one exporter are on different chains.',
    runbookUrl:
      'https://github.com/bittensor-exporter/bittensor-exporter/blob/main/docs/runbooks/BittensorNodeChainsDiffer.md',
    forSeconds: 300,
  },
  BittensorNodeVersionsDiffer: {
    severity: 'info',
    summary: 'The nodes of one exporter run different versions.',
    runbookUrl:
      'https://github.com/bittensor-exporter/bittensor-exporter/blob/main/docs/runbooks/BittensorNodeVersionsDiffer.md',
    forSeconds: 3600,
  },
  BittensorNodeSpecVersionsDiffer: {
    severity: 'warning',
    summary: 'The nodes of one exporter execute different runtimes.',
    runbookUrl:
      'https://github.com/bittensor-exporter/bittensor-exporter/blob/main/docs/runbooks/BittensorNodeSpecVersionsDiffer.md',
    forSeconds: 300,
  },
} as const satisfies Readonly<Record<string, Alert>>
