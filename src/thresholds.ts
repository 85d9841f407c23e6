/**
 * All numbers that separate healthy values from wrong ones, each stated once. alertmanager/rules/thresholds.yml is rendered from them
 * (test/alertmanager/thresholds-file.ts), dashboards take their colours and lines from them, and the page reports faults by them.
 * Operators override a value for alerts in thresholds.yml; dashboards and the page keep the one of this file.
 */

/** The PromQL operator that is true for wrong values. */
type Comparison = '>' | '>=' | '<' | '<='

/** Units whose values are whole numbers. */
type WholeUnit = 'blocks' | 'peers' | 'places' | 'starts'

export interface Threshold {
  readonly wrong: Comparison
  readonly value: number
  readonly unit: WholeUnit | 'seconds' | 'TAO' | 'tempos' | 'ratio'
  /** The quantity that is compared, and the reason for the value. Rendered as the comment in thresholds.yml. */
  readonly meaning: string
  /** Name of the recording rule, without `bittensor:threshold_`. Absent if only dashboards use the threshold. */
  readonly record?: string
  /** Labels of that rule. The alert compares series with the same labels. */
  readonly labels?: Readonly<Record<string, string>>
}

/** The thresholds by the subject they are about. */
export const THRESHOLDS = {
  node: {
    peers: {
      record: 'node_peers:min',
      wrong: '<',
      value: 150,
      unit: 'peers',
      meaning:
        'Peers of a healthy node. A node with the default limits of its peer-to-peer network may never reach 150: raise its --in-peers and --out-peers, or lower this.',
    },
    peersIsolated: {
      record: 'node_peers_isolated:min',
      wrong: '<',
      value: 3,
      unit: 'peers',
      meaning: 'Peers below which a node may be cut off from the network.',
    },
    peersKept: {
      record: 'node_peers_kept:ratio_min',
      wrong: '<',
      value: 0.5,
      unit: 'ratio',
      meaning:
        'Peers of a node that has fewer than it should, as a share of its maximum in the last six hours.',
    },
    blockAge: {
      record: 'node_block_age_seconds:max',
      wrong: '>',
      value: 90,
      unit: 'seconds',
      meaning:
        'Age of the finalized block of a node that reports to be in sync. Alerts add the poll interval. Finality takes 24 to 36 s, and the clocks of two hosts may differ by half a minute.',
    },
    behind: {
      record: 'node_behind_blocks:max',
      wrong: '>',
      value: 10,
      unit: 'blocks',
      meaning:
        'Blocks between a node and the best of the others (12 s each). Alerts add the blocks of one poll interval.',
    },
  },
  key: {
    freeBalanceFall: {
      record: 'free_balance_fall_tao:max',
      wrong: '>',
      value: 1,
      unit: 'TAO',
      meaning: 'Fall of a free balance within an hour that fees do not explain.',
    },
    stakeFall: {
      record: 'coldkey_stake_fall:ratio_max',
      wrong: '>',
      value: 0.1,
      unit: 'ratio',
      meaning: 'Fall of the alpha of a coldkey on a hotkey below its maximum of the last day.',
    },
    valueFall: {
      record: 'coldkey_value_fall:ratio_max',
      wrong: '>',
      value: 0.3,
      unit: 'ratio',
      meaning:
        'Fall of the value of the stake of a coldkey below its maximum of the last day. Prices of alpha move by a fifth on many days.',
    },
  },
  neuron: {
    updatedTempos: {
      record: 'neuron_updated_tempos:max',
      wrong: '>',
      value: 4,
      unit: 'tempos',
      meaning:
        'Time since a validator last set weights. Most validators set them every tempo or every 100 blocks.',
    },
    updatedCutoff: {
      record: 'neuron_updated_cutoff:ratio_max',
      wrong: '>',
      value: 0.5,
      unit: 'ratio',
      meaning:
        'Time since a validator last set weights, as a share of the activity cutoff of its subnet. At 1 the next epoch finds it inactive.',
    },
    validatorTrustFall: {
      record: 'neuron_score_fall:ratio_max',
      labels: { measure: 'validator_trust' },
      wrong: '>',
      value: 0.15,
      unit: 'ratio',
      meaning: 'Fall of validator trust below its own average of the last day, as a share of that average.',
    },
    incentiveFall: {
      record: 'neuron_score_fall:ratio_max',
      labels: { measure: 'incentive' },
      wrong: '>',
      value: 0.4,
      unit: 'ratio',
      meaning: 'The same for incentive.',
    },
    dividendsFall: {
      record: 'neuron_score_fall:ratio_max',
      labels: { measure: 'dividends' },
      wrong: '>',
      value: 0.3,
      unit: 'ratio',
      meaning: 'The same for dividends.',
    },
    emissionFall: {
      record: 'neuron_score_fall:ratio_max',
      labels: { measure: 'emission' },
      wrong: '>',
      value: 0.4,
      unit: 'ratio',
      meaning: 'The same for emission. Delete none of these: a measure without a threshold is not judged.',
    },
    validatorTrustOfMedian: {
      record: 'neuron_score_of_median:ratio_min',
      labels: { measure: 'validator_trust' },
      wrong: '<',
      value: 0.8,
      unit: 'ratio',
      meaning: 'Validator trust as a share of the median of the subnet.',
    },
    incentiveOfMedian: {
      record: 'neuron_score_of_median:ratio_min',
      labels: { measure: 'incentive' },
      wrong: '<',
      value: 0.3,
      unit: 'ratio',
      meaning:
        'The same for incentive. Dividends and emission follow stake, so a small validator is always below the median: to judge them as well, add them here.',
    },
    scoreFallen: {
      record: 'neuron_score_fallen_tempos:min',
      wrong: '>=',
      value: 1.25,
      unit: 'tempos',
      meaning:
        'Time since a score fell. More than one, so that an epoch which the next one mends is not reported.',
    },
    scoreLow: {
      record: 'neuron_score_low_tempos:min',
      wrong: '>=',
      value: 2.5,
      unit: 'tempos',
      meaning: 'Time since a score is far below the median of its subnet.',
    },
    longTempo: {
      record: 'neuron_long_tempo_blocks:max',
      wrong: '>',
      value: 900,
      unit: 'blocks',
      meaning:
        'Tempo above which a score is compared with its average of a week instead of a day: a day then has fewer than eight epochs.',
    },
    stakeFall: {
      record: 'neuron_stake_fall:ratio_max',
      wrong: '>',
      value: 0.1,
      unit: 'ratio',
      meaning: 'Fall of the stake of a neuron below its maximum of the last day, as a share of that maximum.',
    },
    pruneRank: {
      record: 'neuron_prune_rank:max',
      wrong: '<=',
      value: 5,
      unit: 'places',
      meaning: 'Place of a neuron in the order of deregistration; 1 is next.',
    },
    timeToDeregistration: {
      record: 'neuron_deregistration_seconds:min',
      wrong: '<',
      value: 43_200,
      unit: 'seconds',
      meaning:
        'Time until a neuron is deregistered, at the pace of the registrations of the last day: half a day.',
    },
    immunityLeft: {
      record: 'neuron_immunity_blocks:min',
      wrong: '<',
      value: 3600,
      unit: 'blocks',
      meaning: 'Blocks until the immunity of a neuron ends: half a day.',
    },
  },
  subnet: {
    epochLate: {
      wrong: '>',
      value: 1.1,
      unit: 'tempos',
      meaning:
        'Time since the last epoch of a subnet. An epoch is put off by a few blocks when many are due.',
    },
    epochMissed: {
      wrong: '>',
      value: 2,
      unit: 'tempos',
      meaning: 'Time since the last epoch of a subnet: a whole epoch was missed.',
    },
  },
  exporter: {
    dataAge: {
      record: 'exporter_data_age_seconds:max',
      wrong: '>',
      value: 120,
      unit: 'seconds',
      meaning:
        'Age of the data of a collector, or two and a half poll intervals where that is longer. The default of stale_after is 2m.',
    },
    chainBlockAge: {
      record: 'chain_block_age_seconds:max',
      wrong: '>',
      value: 180,
      unit: 'seconds',
      meaning:
        'Age of the block that chain state is read at. Alerts add the poll interval; alerts about keys and neurons are silent above that.',
    },
    requestFailures: {
      record: 'exporter_sidecar_failures:ratio_max',
      wrong: '>',
      value: 0.1,
      unit: 'ratio',
      meaning: 'Requests to a node or its Sidecar that failed after their retries, as a share of all.',
    },
    followedBehind: {
      record: 'followed_behind_blocks:max',
      wrong: '>',
      value: 25,
      unit: 'blocks',
      meaning:
        'Blocks whose operations of watched keys are not read yet: five minutes of them. Alerts add the blocks of one poll interval.',
    },
    starts: {
      record: 'exporter_starts:max',
      wrong: '>',
      value: 3,
      unit: 'starts',
      meaning: 'Starts of an exporter within an hour.',
    },
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, Threshold>>>>

/** Whether a value, in the unit of the threshold, is wrong. */
export function isBreached({ wrong, value: limit }: Threshold, value: number): boolean {
  switch (wrong) {
    case '>':
      return value > limit
    case '>=':
      return value >= limit
    case '<':
      return value < limit
    case '<=':
      return value <= limit
  }
}
