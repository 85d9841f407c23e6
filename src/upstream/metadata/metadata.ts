/** The part of a runtime's metadata that determines how storage, events and calls are encoded. Names are as in the metadata. */
export interface RuntimeMetadata {
  readonly types: TypeRegistry
  readonly pallets: ReadonlyMap<string, PalletMetadata>
  /** Identifiers of the signed extensions, in the order of their bytes. */
  readonly signedExtensions: readonly string[]
}

export interface PalletMetadata {
  readonly items: ReadonlyMap<string, ItemMetadata>
  readonly events: ReadonlyMap<string, readonly FieldMetadata[]>
  readonly calls: ReadonlyMap<string, readonly FieldMetadata[]>
}

/** A storage item; a plain one has no hashers. */
export interface ItemMetadata {
  /** Whether an absent entry reads as null instead of the default. */
  readonly isOptional: boolean
  readonly hashers: readonly string[]
  /** The type of the key; a tuple for several hashers. */
  readonly key: TypeId | undefined
  readonly value: TypeId
}

/** A field of a struct, an event or a call; fields of tuples have no name. */
export interface FieldMetadata {
  readonly name: string | undefined
  readonly type: TypeId
}

/** The index of a type in the registry, in decimal. */
export type TypeId = string

export type TypeRegistry = ReadonlyMap<TypeId, TypeMetadata>

export interface TypeMetadata {
  /** Segments of the Rust path, empty for built-in types. */
  readonly path: readonly string[]
  /** Type arguments by name; undefined for a parameter that is not in the encoding. */
  readonly params: ReadonlyMap<string, TypeId | undefined>
  readonly definition: TypeDefinition
}

export type TypeDefinition =
  | { readonly kind: 'composite'; readonly fields: readonly FieldMetadata[] }
  | { readonly kind: 'variant'; readonly variants: ReadonlyMap<string, readonly FieldMetadata[]> }
  | { readonly kind: 'sequence'; readonly type: TypeId }
  | { readonly kind: 'array'; readonly length: number; readonly type: TypeId }
  | { readonly kind: 'tuple'; readonly types: readonly TypeId[] }
  | { readonly kind: 'primitive'; readonly name: string }
  | { readonly kind: 'compact'; readonly type: TypeId }
  | { readonly kind: 'other' }
