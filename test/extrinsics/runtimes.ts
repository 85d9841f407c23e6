import { readFile } from 'node:fs/promises'

/** The events and calls of a runtime by its metadata (test/support/record-events.mjs), spelt as Sidecar spells them. */
export interface RuntimeNames {
  /** Fields by `pallet.Event`, each `name: Type` or a type alone. */
  readonly events: Readonly<Record<string, readonly string[]>>
  /** Names by pallet. */
  readonly calls: Readonly<Record<string, readonly string[]>>
}

export async function runtimeNames(spec: number): Promise<RuntimeNames> {
  const file = new URL(`../fixtures/events/${spec}.json`, import.meta.url)
  return JSON.parse(await readFile(file, 'utf8')) as RuntimeNames
}
