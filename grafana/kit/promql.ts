import { THRESHOLDS } from '../../src/thresholds.ts'

/** Every selector is of one scrape job: two exporters, of two chains, may live in one Prometheus. */
const JOB = 'job="$job"'

/** The label matchers of the panels, by what they select. */
export const ON = {
  node: 'node=~"$node"',
  name: 'name=~"$name"',
  netuid: 'netuid="$netuid"',
  uid: 'uid="$uid"',
  /** The watched hotkeys: an indexed look-up also when 32 thousand neurons are stored. */
  hotkey: 'hotkey=~"$hotkey"',
  /** The hotkeys of the keys that a dashboard selects by name. */
  hotkeyOfName: 'hotkey=~"$hotkey_of_name"',
} as const

/** A selector of one metric. */
export const metric = (name: string, ...matchers: readonly string[]): string =>
  `${name}{${[JOB, ...matchers].join(', ')}}`

/** One series per set of these labels, even if two exporters of a job publish the same series. */
export const by = (labels: string, expression: string): string => `max by (${labels}) (${expression})`

/** Labels that Prometheus adds to what it scrapes: they differ between two exporters that publish the same series. */
const TARGET_LABELS = 'instance, pod, container, endpoint, namespace, service'

/** One series for both exporters of an HA pair; every label of the exporter itself is kept. */
export const oncePerSeries = (expression: string): string => `max without (${TARGET_LABELS}) (${expression})`

/**
 * The condition that must hold for a value to be shown. `chain`: the block that chain state is read at is young enough for
 * alerts about keys and neurons. `scrape`: Prometheus reaches an exporter. `own`: the expression itself is absent or bad when
 * its data are old.
 */
export type Freshness = 'chain' | 'scrape' | 'own'

const chainAge = `time() - max(${metric('bittensor_chain_block_timestamp_seconds')})`
const CONDITIONS = {
  chain: `${chainAge} <= ${THRESHOLDS.exporter.chainBlockAge.value}`,
  scrape: `max(${metric('up')}) == 1`,
} as const

/**
 * One value without labels: that of the expression, NaN where it is empty, and -Inf when its data are old, so that an old
 * value is never coloured as good.
 */
export const whileFresh = (freshness: Freshness, expression: string): string => {
  const filled = `(${expression}) or vector(NaN)`
  return freshness === 'own' ? filled : `(${filled}) and on () (${CONDITIONS[freshness]}) or vector(-Inf)`
}

/** Labels that identify a neuron. The same UID with another hotkey is another neuron. */
export const NEURON = 'netuid, uid, hotkey'

/** One property of neurons. */
export const neuron = (property: string, ...matchers: readonly string[]): string =>
  metric(`bittensor_neuron_${property}`, ...matchers)

/** The same with the configured name of the hotkey beside it (empty for a hotkey that is not watched). */
export const named = (expression: string, ...matchers: readonly string[]): string =>
  `(${expression}) * on (${NEURON}) group_left (name) ${by(`${NEURON}, name`, neuron('info', ...matchers))}`

/** What a neuron earned in its last epoch, as the chain pays it: alpha from spec 233, TAO before. */
export const emission = (...matchers: readonly string[]): string =>
  `${neuron('emission_alpha', ...matchers)} or ${neuron('emission_tao', ...matchers)}`

/** The same in TAO: alpha at the subnet's spot price. Subnets, and the two eras, compare. */
export const emissionInTao = (...matchers: readonly string[]): string => {
  const subnet = matchers.filter((matcher) => matcher === ON.netuid)
  const price = by('netuid', metric('bittensor_subnet_alpha_price_tao', ...subnet))
  const alpha = neuron('emission_alpha', ...matchers)
  return `${alpha} * on (netuid) group_left () ${price} or ${neuron('emission_tao', ...matchers)}`
}

/** A fact about a subnet beside each of its neurons, by division: neuron value / subnet value. */
export const perSubnet = (neurons: string, property: string, ...matchers: readonly string[]): string =>
  `${neurons} / on (netuid) group_left () ${by('netuid', metric(`bittensor_subnet_${property}`, ...matchers))}`

/**
 * The expression, only while every neuron of the subnet is read. With `subnets: watched` only the watched rows are, and
 * a median or a place among those would be wrong without looking wrong.
 */
export const ofWholeSubnet = (expression: string): string =>
  `(${expression}) and on () (count(${by(NEURON, neuron('info', ON.netuid))}) >= max(${metric('bittensor_subnet_neurons', ON.netuid)}))`

/** The rate of a counter, over a window that is never too short for the scrapes. */
export const rate = (selector: string): string => `rate(${selector}[$__rate_interval])`

/**
 * How far a nonce moved within a time: exact, where `delta` extrapolates and `changes` counts polls. Absent when the nonce is,
 * although the window still has samples of it.
 */
export const signedIn = (window: string, nonce: string): string =>
  `(max_over_time(${nonce}[${window}]) - min_over_time(${nonce}[${window}])) and ${nonce}`

/** Increase of a counter within a time; absent when the counter is, although the window still has samples of it. */
export const grewIn = (window: string, counter: string): string =>
  `increase(${counter}[${window}]) and ${counter}`

/**
 * Increase of a counter that is absent until its first event: the first value counts whole, which `increase` takes for the
 * start of the counter. Only if the same exporter was scraped before: after a gap, nobody knows when its counters rose.
 */
export const countedSince = (window: string, counter: string): string =>
  `((${counter} unless ${counter} offset ${window}) and on (job, instance) ` +
  `${metric('bittensor_exporter_build_info')} offset ${window}) or increase(${counter}[${window}])`

/** Failed requests as a share of all. The first failure of a kind counts. */
export const failedShare = (failures: string, requests: string): string =>
  `(sum(${countedSince('$__rate_interval', failures)}) or vector(0)) / ` +
  `sum(${countedSince('$__rate_interval', requests)})`

/** Relative change against 24 hours ago; absent for a neuron that had none of it then. */
export const changeInDay = (property: string, ...matchers: readonly string[]): string => {
  const now = neuron(property, ...matchers)
  return `${by(NEURON, now)} / (${by(NEURON, `${now} offset 1d`)} > 0) - 1`
}

/** The same for emission, in the unit in which the chain pays it: prices of alpha do not matter. */
export const emissionChangeInDay = (...matchers: readonly string[]): string =>
  `${changeInDay('emission_alpha', ...matchers)} or ${changeInDay('emission_tao', ...matchers)}`

/** The height that all chain state is read at. */
export const height = `max(${metric('bittensor_chain_block_height')})`

/** What the chain aims at. */
export const SECONDS_PER_BLOCK = 12

/**
 * Seconds until a neuron is deregistered, if the order stays the same and registrations continue at the rate of the last 7200
 * blocks; empty without registrations.
 */
export const timeToGo = (...matchers: readonly string[]): string => {
  const subnet = matchers.filter((matcher) => matcher === ON.netuid)
  const registrations = by('netuid', metric('bittensor_subnet_recent_registrations', ...subnet))
  const places = by(NEURON, neuron('prune_rank', ...matchers))
  return `${places} / on (netuid) group_left () (${registrations} > 0) * ${7200 * SECONDS_PER_BLOCK}`
}
