import type { TypeText } from './types.ts'

/** The index of a type in the registry, in decimal. */
export type TypeId = string

/** A type in the JSON form of metadata. */
export interface TypeJson {
  readonly path: readonly string[]
  readonly params: readonly { readonly name: string; readonly type: TypeId }[]
  readonly def: DefinitionJson
}

type DefinitionJson =
  | {
      readonly composite: {
        readonly fields: readonly { readonly name: string | null; readonly type: TypeId }[]
      }
    }
  | { readonly variant: { readonly variants: readonly { readonly name: string; readonly index: string }[] } }
  | { readonly sequence: { readonly type: TypeId } }
  | { readonly array: { readonly len: string; readonly type: TypeId } }
  | { readonly tuple: readonly TypeId[] }
  | { readonly compact: { readonly type: TypeId } }
  | { readonly primitive: string }

type Plain = (def: DefinitionJson, path?: readonly string[], params?: TypeJson['params']) => TypeJson
type Struct = (fields: readonly (readonly [string | null, TypeText])[]) => DefinitionJson

/** A type registry that is filled with the types that are asked for. */
export class Types {
  readonly all: { readonly id: TypeId; readonly type: TypeJson }[] = []
  readonly #ids = new Map<TypeText, TypeId>()
  readonly #first: number

  /** @param first the id of the first type; for types that extend another registry, its next free id. */
  constructor(first = 0) {
    this.#first = first
  }

  /** The id of a type, after those it is made of. */
  idOf(text: TypeText): TypeId {
    const cached = this.#ids.get(text)
    if (cached !== undefined) return cached
    const type = this.#typeOf(text)
    const id = this.#add(type)
    this.#ids.set(text, id)
    return id
  }

  /** A path of its own, as polkadot-js takes types of one path for one type. */
  #path(name: string): string[] {
    return ['pallet', `${name}${this.#first + this.all.length}`]
  }

  #add(type: TypeJson): TypeId {
    const id = String(this.#first + this.all.length)
    this.all.push({ id, type })
    return id
  }

  #typeOf(text: TypeText): TypeJson {
    const plain: Plain = (def, path = [], params = []) => ({
      path,
      params,
      def,
    })
    const struct: Struct = (fields) => ({
      composite: { fields: fields.map(([name, type]) => ({ name, type: this.idOf(type) })) },
    })
    const generic = /^(\w+)<(.+)>$/.exec(text)
    if (text === 'H256') return plain(struct([[null, '[u8; 32]']]), ['primitive_types', 'H256'])
    if (text === 'AccountId32')
      return plain(struct([[null, '[u8; 32]']]), ['sp_core', 'crypto', 'AccountId32'])
    if (text === '[u8; 32]') return plain({ array: { len: '32', type: this.idOf('u8') } })
    if (generic !== null) return this.#genericOf(generic[1] ?? '', generic[2] ?? '', plain, struct)
    if (text.startsWith('('))
      return plain({ tuple: partsOf(text.slice(1, -1)).map((part) => this.idOf(part)) })
    if (text.startsWith('{'))
      return plain(struct(partsOf(text.slice(1, -1)).map(fieldOf)), this.#path('Struct'))
    if (text.includes('|')) {
      const variants = text
        .split('|')
        .map((name, index) => ({ name: name.trim(), fields: [], index: String(index) }))
      return plain({ variant: { variants } }, this.#path('Enum'))
    }
    return plain({ primitive: text.slice(0, 1).toUpperCase() + text.slice(1) })
  }

  #genericOf(name: string, inner: string, plain: Plain, struct: Struct): TypeJson {
    if (name === 'Vec') return plain({ sequence: { type: this.idOf(inner) } })
    if (name === 'Compact') return plain({ compact: { type: this.idOf(inner) } })
    // A newtype around a type, as runtimes from spec 426 have around numbers.
    if (name === 'New') return plain(struct([[null, inner]]), this.#path('New'))
    const bits = name.replace('FixedU', 'u').replace('FixedI', 'i')
    return plain(
      struct([['bits', bits]]),
      ['substrate_fixed', name],
      [{ name: 'Frac', type: this.#typenum(Number(inner)) }],
    )
  }

  /** A number as the `typenum` crate has it: UInt<UInt<UTerm, B1>, B0> is 2. */
  #typenum(number: number): TypeId {
    const add = (name: string, params: TypeJson['params']): TypeId =>
      this.#add({ path: ['typenum', name], params, def: { composite: { fields: [] } } })
    if (number === 0) return add('UTerm', [])
    const upper = this.#typenum(Math.floor(number / 2))
    const bit = add(number % 2 === 0 ? 'B0' : 'B1', [])
    return add('UInt', [
      { name: 'U', type: upper },
      { name: 'B', type: bit },
    ])
  }
}

/** The parts between the commas that are in no brackets. */
function partsOf(text: string): string[] {
  const parts: string[] = []
  let [depth, from] = [0, 0]
  for (let index = 0; index <= text.length; index++) {
    const character = text[index] ?? ','
    if ('(<{['.includes(character)) depth++
    else if (')>}]'.includes(character)) depth--
    else if (character === ',' && depth === 0) {
      if (from < index) parts.push(text.slice(from, index).trim())
      from = index + 1
    }
  }
  return parts
}

function fieldOf(text: string): readonly [string, TypeText] {
  const colon = text.indexOf(':')
  return [text.slice(0, colon), text.slice(colon + 1).trim()]
}
