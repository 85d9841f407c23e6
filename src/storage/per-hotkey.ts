import type { Address } from '../chain/address.ts'
import type { Decoder } from '../upstream/decode.ts'
import type { KnownItem } from './layout.ts'
import type { View } from './view.ts'

/** Values that are read together, in order. */
interface Column {
  values: Promise<readonly unknown[]>
}

/** Where the value of a hotkey is. */
interface Place {
  readonly column: Column
  readonly index: number
}

/** The places of an item's values in a view. */
const placesOf = (_: View, _item: KnownItem): Promise<Map<Address, Place>> =>
  Promise.resolve(new Map<Address, Place>())

/**
 * Reads an item that is keyed by hotkey, in the order of the hotkeys. Each hotkey is read once per view and item, which must always be
 * given the same decoder. Rejects if one of the values cannot be read.
 */
export async function readPerHotkey<Value>(
  view: View,
  item: KnownItem,
  hotkeys: readonly Address[],
  decode: Decoder<Value>,
): Promise<readonly Value[]> {
  const known = await view.shared(placesOf, item)
  const column: Column = { values: Promise.resolve([]) }
  const missing: Address[] = []
  const places = hotkeys.map((hotkey) => {
    const place = known.get(hotkey) ?? { column, index: missing.length }
    if (place.column === column && place.index === missing.length) {
      missing.push(hotkey)
      known.set(hotkey, place)
    }
    return place
  })
  column.values = view.readColumn(
    item,
    missing.map((hotkey) => [hotkey]),
    decode,
  )
  const columns = new Map<Column, readonly unknown[]>()
  await Promise.all(
    Array.from(new Set([column, ...places.map((place) => place.column)]), async (each) => {
      columns.set(each, await each.values)
    }),
  )
  return places.map((place) => columns.get(place.column)?.[place.index] as Value)
}
