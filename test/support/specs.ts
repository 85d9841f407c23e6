/**
 * A spec of each storage layout or formula that the exporter tells apart, ascending: the first spec of each era
 * (chain/pruning, chain/price and chain/share-pool say what each brought).
 */
export const LAYOUT_SPECS: readonly number[] = [
  103, 143, 195, 219, 233, 240, 273, 290, 300, 320, 326, 346, 365, 381, 397, 424, 475,
]
