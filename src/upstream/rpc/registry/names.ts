/**
 * Names as Sidecar spells them. It uses polkadot-js, which has camel case rules of its own; they decide the keys of decoded
 * structs and enums, so they are followed exactly. test/upstream/rpc/names.test.ts compares both for all names of all runtimes.
 */

/** `SubtensorModule` → `subtensorModule`, `set_weights` → `setWeights`, `EVM` → `evm`, `CKBurn` → `ckBurn`. */
export const camelCase = (name: string): string =>
  name
    .split(/[-_., ]+/)
    .filter((word) => word !== '')
    .map(lowerCapitals)
    .map((word, index) => {
      const first = word.slice(0, 1)
      return (index === 0 ? first.toLowerCase() : first.toUpperCase()) + word.slice(1)
    })
    .join('')

/** Lowers a word of capitals and digits, and a run of them at the beginning of a word except the last one. */
function lowerCapitals(word: string): string {
  if (/^[\dA-Z]+$/.test(word)) return word.toLowerCase()
  return word.replace(
    /^[\dA-Z]{2,}[^a-z]/,
    (run) => run.slice(0, -1).toLowerCase() + run.slice(-1).toUpperCase(),
  )
}

/** Names that polkadot-js needs for itself, so that it adds an underscore. */
const RESERVED: ReadonlySet<string> = new Set(['entries', 'hash', 'keys', 'new', 'registry', 'size'])

/** The name of a struct's field. */
export function fieldName(name: string): string {
  const camel = camelCase(name)
  return RESERVED.has(camel) ? `${camel}_` : camel.replaceAll('#', '_')
}
