import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { shippedMetadata } from '../../src/demo/rpc/shipped-metadata.ts'

/** What Sidecar 18 answers to `/runtime/metadata` on a runtime of a spec, parsed as JSON. */
export async function recordedMetadata(spec: number): Promise<MetadataJson> {
  const file = new URL(`../fixtures/metadata/${spec}.json.gz`, import.meta.url)
  return JSON.parse(gunzipSync(await readFile(file)).toString('utf8')) as MetadataJson
}

/** The SCALE bytes of the metadata of a spec, as `state_getMetadata` answers them. That of 475 is part of the package. */
export function scaleMetadata(spec: number): Uint8Array {
  const file = new URL(`../fixtures/metadata/${spec}.scale.br`, import.meta.url)
  return new Uint8Array(spec === 475 ? shippedMetadata() : brotliDecompressSync(readFileSync(file)))
}

/** As much of the answer as tests change. */
export interface MetadataJson {
  readonly metadata: {
    readonly v14: {
      readonly lookup: { readonly types: TypeJson[] }
      readonly pallets: readonly PalletJson[]
    }
  }
}

interface PalletJson {
  readonly name: string
  readonly storage: { readonly items: ItemJson[] } | null
  readonly events: { readonly type: string } | null
  readonly calls: { readonly type: string } | null
}

export interface TypeJson {
  readonly id: string
  readonly type: {
    path: string[]
    params: { name: string; type: string | null }[]
    def: Record<string, unknown>
  }
}

export interface ItemJson {
  readonly name: string
  modifier: string
  type: { plain?: string; map?: { hashers: string[]; key: string; value: string } }
}
