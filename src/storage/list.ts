import { DecodeError, type Decoder } from '../upstream/decode.ts'

/** A vector of any length, each element decoded. */
export const list =
  <Element>(decode: Decoder<Element>): Decoder<readonly Element[]> =>
  (value) => {
    if (!Array.isArray(value)) throw new DecodeError('expected an array')
    return value.map((element: unknown) => decode(element))
  }

/** One element per neuron. Undefined for [] on a subnet with neurons: the runtime does not compute it. */
export const perNeuron =
  <Element>(length: number, decode: Decoder<Element>): Decoder<readonly Element[] | undefined> =>
  (value) => {
    const elements = list(decode)(value)
    if (elements.length === 0 && length > 0) return undefined
    if (elements.length === length) return elements
    throw new DecodeError(`expected ${length} elements, one per neuron, got ${elements.length}`)
  }

/** A tuple of two. */
export const pair =
  <First, Second>(first: Decoder<First>, second: Decoder<Second>): Decoder<readonly [First, Second]> =>
  (value) => {
    if (!Array.isArray(value) || value.length !== 2) throw new DecodeError('expected an array of two')
    return [first(value[0]), second(value[1])]
  }
