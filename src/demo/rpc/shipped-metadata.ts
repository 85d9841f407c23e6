import { brotliDecompressSync } from 'node:zlib'
import file from './metadata-475.json' with { type: 'json' }

let bytes: Uint8Array | undefined

/** The spec whose metadata is part of the package. */
export const SHIPPED_SPEC = file.spec

/** SCALE bytes of the metadata that is part of the package, V14. */
export function shippedMetadata(): Uint8Array {
  bytes ??= new Uint8Array(brotliDecompressSync(Buffer.from(file.brotli.join(''), 'base64')))
  return bytes
}
