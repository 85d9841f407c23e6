/**
 * A spec of each storage layout or formula that the exporter tells apart, ascending: the first spec of each era
 * (chain/pruning, chain/price and chain/share-pool say what each brought).
 */
export const LAYOUT_SPECS: readonly number[] = [
  103, 143, 195, 219, 233, 240, 273, 290, 300, 320, 326, 346, 365, 381, 397, 424, 475,
]

/** Specs that fixtures were recorded of: metadata, events and calls, and the responses of Sidecar 18. */
export const RECORDED_SPECS = [103, 219, 240, 343, 365, 381, 393, 424, 475] as const

/**
 * One recorded spec of each generation, for tests that would take too long on all: before alpha, with it, with swap
 * announcements, with balancer pools, and the newest.
 */
export const SAMPLE_SPECS = [103, 240, 381, 424, 475] as const
