/** A storage value before encoding: numbers and bigints are integers, strings are addresses or 0x hex. */
export type StorageValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | readonly StorageValue[]
  | { readonly [field: string]: StorageValue }

const vectors = new WeakMap<object, string>()

/** Encodes a value as Sidecar's JSON: integers of any width become strings of digits. */
export function encode(value: StorageValue): string {
  if (value === null) return 'null'
  if (typeof value === 'object') return encodeObject(value)
  return typeof value === 'boolean' ? String(value) : `"${String(value)}"`
}

function encodeObject(value: object): string {
  if (!Array.isArray(value)) {
    const fields = Object.entries(value as Record<string, StorageValue>)
    return `{${fields.map(([name, field]) => `"${name}":${encode(field)}`).join(',')}}`
  }
  // Vectors are immutable, so their text can be cached.
  let text = vectors.get(value)
  if (text === undefined) {
    text = `[${(value as StorageValue[]).map(encode).join(',')}]`
    vectors.set(value, text)
  }
  return text
}

/** Encodes text as Bytes: 0x hex of UTF-8. */
export const bytes = (text: string): string => `0x${Buffer.from(text).toString('hex')}`
