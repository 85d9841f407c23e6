/** Mutants that no test can tell from the rule, or that none should, by their label in mutate.mjs, each with the reason. */
export const EQUIVALENT = [
  [
    /^(?!Bittensor)\S+(?: \w+)?: max → min$/,
    'Exporters of one job read one chain: of two equal values either will do.',
  ],
  [
    /^Bittensor(?:ColdkeyIdentityChanged|HotkeyOwnerChanged|NeuronUidChanged): last_over_time → max_over_time/,
    'Its value is always 1, and only its labels are looked at.',
  ],
  [
    /^Bittensor(?:Exporter(?:Subnet(?:LeftOut|Missing)|UnknownLayout)|HotkeyUnknown): (?:max → min|max_over_time → min_over_time)$/,
    'Its value is always 1.',
  ],
  [
    /^BittensorNode(?:Chains|Versions)Differ: last_over_time → max_over_time$/,
    'Its value is always 1, and only its labels are counted.',
  ],
  [
    /^BittensorRulesFailing: without rule_group=/,
    'The other side of the difference, which must have the same labels, has the matcher.',
  ],
  [
    /^BittensorExporterDataStale: without collector!~"[^"]*" \(2\)$/,
    'What it takes away has the labels of what it is taken from, which has the matcher.',
  ],
  [
    /^BittensorColdkeyStakeFell: (?:max_over_time → min_over_time \(2\)|last_over_time → max_over_time \(2\))$/,
    'It is multiplied by 0, or only its labels are looked at.',
  ],
  [/^chain:bittensor_chain_block_time_seconds:measured: max → min \(2\)$/, 'It is multiplied by 0.'],
  [/^BittensorAllNodesDown: max → min \(2\)$/, 'Only whether it has any element is looked at.'],
  [
    /^neuron:bittensor_neuron_(?:active|updated_tempos|updated_cutoff):watched(?:_ratio)?: (?:without watched="true"|without unless .*)$/,
    'Its alerts need the permit as well, which is recorded of watched neurons alone and while it is fresh.',
  ],
  [
    /^neuron:bittensor_neuron_score:(?:low|fallen)_since_block: last_over_time → max_over_time$/,
    'It never falls, so its last value is the highest.',
  ],
  [
    /^Bittensor(?:Coldkey|Hotkey)Signed: without role=/,
    'The other side, which must have the same labels, has the role.',
  ],
  [
    /^BittensorKeyOperation: without (?:method|result)!(?!.* \(3\)$)/,
    'The other side of the difference, which must have the same labels, has the matcher.',
  ],
  [
    /^BittensorExporterDataStale: without node="" \([23]\)$/,
    'What it takes away has the labels of what it is taken from.',
  ],
  [
    /^Bittensor(?:ExporterNotReady|ExporterDataStale|KeyOperation|UnexplainedBalanceChange): max → min(?: \(\d\))?$/,
    'Of a filtered set only whether it is empty is looked at.',
  ],
  [
    /^neuron:bittensor_neuron_immunity_ends_block:watched: /,
    'Its alert is only for neurons with a place, which is recorded while it is fresh, and for the watched.',
  ],
  [/^neuron:bittensor_neuron_deregistration_seconds:estimate: > → >=$/, 'Infinity is not below a threshold.'],
  [
    /^BittensorNeuronDeregistered: (?:max → min(?: \(2\))?|last_over_time → max_over_time)$/,
    'Its value is always 1, and only its labels are looked at.',
  ],
  [
    /^Bittensor(?:NeuronPermitLost|NeuronInactive|NeuronUpdateLate|NeuronUpdateOverdue): without netuid!="0"/,
    'The other side, which must have the same labels, is not of root.',
  ],
  [
    /^Bittensor(?:NodePeersFalling|NeuronInactive|NeuronUpdateLate|NeuronUpdateOverdue): \[\dm\] → \[(?:450|750)s\]/,
    'Both sides must have data, and the other one ends when it should.',
  ],
  [
    /^BittensorSubnetDissolved: (?:last_over_time → max_over_time|max_over_time → min_over_time \(3\))$/,
    'Of the other side only its labels are looked at.',
  ],
  [
    /^BittensorSubnetDissolved: \[1d\] → \[216000s\](?: \(3\))?$/,
    'Two windows of one length look at the same series, and the other one ends when it should.',
  ],
  [
    /^BittensorSubnetOwnerChanged: last_over_time → max_over_time$/,
    'Only the number of its series is looked at.',
  ],
]
