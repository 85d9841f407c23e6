// Lists the events and calls of a runtime from its metadata, for the tests that hold the names this exporter knows against
// them. By hand, with polkadot-js, which the exporter does not use:
//
//   node test/support/record-events.mjs MODULES 424.scale > test/fixtures/events/424.json
//
// MODULES is a folder with node_modules/@polkadot/types; the file is SCALE metadata, V14 or V15. Names are spelt as Sidecar
// spells them. A type that holds an account at any depth says so: `Origin{AccountId32}`.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const [, , modules, file] = process.argv
if (file === undefined) throw new Error('usage: node test/support/record-events.mjs MODULES METADATA_FILE')
// polkadot-js tells on the console what it thinks of the runtime.
console.log = console.info = console.warn = () => undefined
const require = createRequire(`${modules}/`)
const { Metadata, TypeRegistry } = require('@polkadot/types')
const { stringCamelCase, u8aToHex } = require('@polkadot/util')

const registry = new TypeRegistry()
const metadata = new Metadata(registry, u8aToHex(readFileSync(file)))
registry.setMetadata(metadata)
const { lookup } = registry
const { pallets } = metadata.asLatest

/** The types that a type is made of. */
function partsOf({ def }) {
  if (def.isComposite) return def.asComposite.fields.map(({ type }) => type)
  if (def.isVariant) return def.asVariant.variants.flatMap(({ fields }) => fields.map(({ type }) => type))
  if (def.isSequence) return [def.asSequence.type]
  if (def.isArray) return [def.asArray.type]
  if (def.isTuple) return [...def.asTuple]
  if (def.isCompact) return [def.asCompact.type]
  return []
}

const pathOf = (type) => String(type.path.at(-1) ?? '')

function holdsAccount(id, seen = new Set()) {
  if (seen.has(Number(id))) return false
  seen.add(Number(id))
  const type = lookup.getSiType(id)
  return pathOf(type) === 'AccountId32' || partsOf(type).some((part) => holdsAccount(part, seen))
}

function nameOf(id) {
  const type = lookup.getSiType(id)
  const { def } = type
  const path = pathOf(type)
  if (path !== '') {
    const parameters = type.params.filter(({ type }) => type.isSome).map(({ type }) => nameOf(type.unwrap()))
    return parameters.length === 0 ? path : `${path}<${parameters.join(', ')}>`
  }
  if (def.isPrimitive) return String(def.asPrimitive).toLowerCase()
  if (def.isSequence) return `Vec<${nameOf(def.asSequence.type)}>`
  if (def.isArray) return `[${nameOf(def.asArray.type)}; ${def.asArray.len}]`
  if (def.isCompact) return `Compact<${nameOf(def.asCompact.type)}>`
  return `(${partsOf(type).map(nameOf).join(', ')})`
}

function typeOf(id) {
  const name = nameOf(id)
  return holdsAccount(id) && !name.includes('AccountId32') ? `${name}{AccountId32}` : name
}

const variants = (types) => (types.isSome ? lookup.getSiType(types.unwrap().type).def.asVariant.variants : [])

const fieldOf = ({ name, type }) => (name.isSome ? `${name.unwrap()}: ${typeOf(type)}` : typeOf(type))

const rows = (entries) => entries.map(([name, value]) => `  ${JSON.stringify(name)}: ${value}`).join(',\n')

const events = pallets.flatMap(({ name: pallet, events }) =>
  variants(events).map(({ name, fields }) => [
    `${stringCamelCase(pallet)}.${name}`,
    JSON.stringify(fields.map(fieldOf)),
  ]),
)
const calls = pallets.flatMap(({ name: pallet, calls }) => {
  const names = variants(calls).map(({ name }) => stringCamelCase(name))
  return names.length === 0 ? [] : [[stringCamelCase(pallet), JSON.stringify(names)]]
})
process.stdout.write(`{\n "events": {\n${rows(events)}\n },\n "calls": {\n${rows(calls)}\n }\n}\n`)
