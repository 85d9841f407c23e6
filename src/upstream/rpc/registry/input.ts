import { DecodeError } from '../../decode.ts'

/** Levels of enums and vectors within each other. The chain accepts calls in calls up to 256 levels deep. */
const MAX_DEPTH = 1024

/** Values that take no bytes and that a value may have besides one for each byte. */
const MAX_EMPTY = 65_536

/** SCALE-encoded bytes, read from front to back. Every method throws DecodeError when the bytes end too early. */
export class Input {
  readonly bytes: Buffer
  #at = 0
  #depth: number
  #empty = 0

  /** @param depth is that of the value which holds these bytes. */
  constructor(bytes: Buffer, depth = 0) {
    this.bytes = bytes
    this.#depth = depth
  }

  /** Number of bytes that have not been read. */
  get left(): number {
    return this.bytes.length - this.#at
  }

  /** Takes the next bytes; returns the offset of the first. */
  skip(length: number): number {
    const offset = this.#at
    if (length > this.left) throw new DecodeError(`expected ${length} more bytes, got ${this.left}`)
    this.#at += length
    return offset
  }

  /** The bytes of a vector of bytes that comes next, as an input of their own. Nothing is read. */
  peekBytes(): Input {
    const at = this.#at
    const length = this.length()
    const offset = this.skip(length)
    this.#at = at
    return new Input(this.bytes.subarray(offset, offset + length), this.#depth)
  }

  /** Counts a value that takes no bytes. Only metadata limits how many an array of them has, so more than a runtime can need is an error. */
  countEmpty(): void {
    this.#empty += 1
    if (this.#empty > MAX_EMPTY + this.bytes.length)
      throw new DecodeError('the value has too many parts without bytes')
  }

  byte(): number {
    const offset = this.skip(1)
    return this.bytes[offset] ?? 0
  }

  /** The next bytes as 0x hex. */
  hex(length: number): string {
    const offset = this.skip(length)
    return `0x${this.bytes.toString('hex', offset, offset + length)}`
  }

  /** An unsigned or a two's complement integer of a number of bytes, least significant byte first. */
  integer(size: number, isSigned: boolean): bigint {
    const offset = this.skip(size)
    let value = 0n
    let at = offset + size
    for (; at - 8 >= offset; at -= 8) value = (value << 64n) | this.bytes.readBigUInt64LE(at - 8)
    for (; at > offset; at -= 1) value = (value << 8n) | BigInt(this.bytes[at - 1] ?? 0)
    return isSigned ? BigInt.asIntN(size * 8, value) : value
  }

  /** A compact integer of any size: the two lowest bits of the first byte select the form. */
  compact(): bigint | number {
    const first = this.byte()
    const mode = first & 3
    if (mode === 0) return first >> 2
    if (mode === 1) return (first >> 2) | (this.byte() << 6)
    if (mode === 2) {
      const offset = this.skip(3)
      return (first >> 2) + this.bytes.readUIntLE(offset, 3) * 64
    }
    return this.integer((first >> 2) + 4, false)
  }

  /** The length of a vector. No element of a runtime takes less than a byte, so more elements than bytes are an error. */
  length(): number {
    const length = Number(this.compact())
    if (length > this.left) throw new DecodeError(`expected ${length} elements, got ${this.left} bytes`)
    return length
  }

  /** Decodes what is one level deeper. */
  nested<Value>(decode: (input: Input) => Value): Value {
    this.#depth += 1
    if (this.#depth > MAX_DEPTH) throw new DecodeError('the value is nested too deeply')
    const value = decode(this)
    this.#depth -= 1
    return value
  }

  /** To be called when the value is complete. */
  end(): void {
    if (this.left > 0) throw new DecodeError(`expected the end of the value, got ${this.left} more bytes`)
  }
}

/** The bytes of 0x hex. Throws DecodeError for anything else. */
export function bytesOf(hex: unknown): Buffer {
  if (typeof hex === 'string' && hex.startsWith('0x')) {
    const bytes = Buffer.from(hex.slice(2), 'hex')
    // Node.js stops at the first character that is not hexadecimal.
    if (bytes.length * 2 === hex.length - 2) return bytes
  }
  throw new DecodeError('expected bytes as 0x hex')
}

/** Decodes all of the bytes: a value that is longer or shorter than its type throws DecodeError. */
export function decodeAll<Value>(bytes: Buffer, decode: (input: Input) => Value): Value {
  const input = new Input(bytes)
  const value = decode(input)
  input.end()
  return value
}
