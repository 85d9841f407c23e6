import { readFile } from 'node:fs/promises'

/** The specs whose metadata is at hand, in order. */
export const SPECS = ['103', '219', '240', '343', '365', '381', '393', '424', '475'] as const

/** The events and calls of a runtime by its metadata (test/support/record-events.mjs), spelt as Sidecar spells them. */
export interface RuntimeNames {
  /** Fields by `pallet.Event`, each `name: Type` or a type alone. */
  readonly events: Readonly<Record<string, readonly string[]>>
  /** Names by pallet. */
  readonly calls: Readonly<Record<string, readonly string[]>>
}

export async function runtimeNames(spec: string): Promise<RuntimeNames> {
  const file = new URL(`../fixtures/events/${spec}.json`, import.meta.url)
  return JSON.parse(await readFile(file, 'utf8')) as RuntimeNames
}
