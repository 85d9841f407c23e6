/** A growing list of bytes. */
export class ByteWriter {
  private bytes = Buffer.allocUnsafe(4096)
  private length = 0

  /** Starts a new list. */
  clear(): void {
    this.length = 0
  }

  byte(value: number): void {
    const at = this.reserve(1)
    this.bytes[at] = value
  }

  /** Little-endian, of 1 to 6 bytes. */
  integer(value: number, size: number): void {
    let at = this.reserve(size)
    let rest = value
    for (let left = size; left > 0; left--) {
      this.bytes[at++] = rest
      rest = Math.floor(rest / 256)
    }
  }

  /** Little-endian two's complement, of a multiple of 8 bytes. */
  bigInteger(value: bigint, size: number): void {
    const at = this.reserve(size)
    for (let offset = 0; offset < size; offset += 8)
      this.bytes.writeBigUInt64LE(BigInt.asUintN(64, value >> BigInt(8 * offset)), at + offset)
  }

  /** A compact integer: the mode in the lowest two bits of the first byte. */
  compact(value: number | bigint): void {
    if (value < 1 << 6) this.byte(Number(value) << 2)
    else if (value < 1 << 14) this.integer((Number(value) << 2) | 1, 2)
    else if (value < 1 << 30) this.integer(Number(value) * 4 + 2, 4)
    else {
      const hex = BigInt(value).toString(16)
      const size = Math.ceil(hex.length / 2)
      this.byte(((size - 4) << 2) | 3)
      this.append(Buffer.from(hex.padStart(2 * size, '0'), 'hex').reverse())
    }
  }

  append(bytes: Uint8Array): void {
    const at = this.reserve(bytes.length)
    this.bytes.set(bytes, at)
  }

  /** The bytes so far as hex digits. */
  hex(): string {
    return this.bytes.toString('hex', 0, this.length)
  }

  /** Number of bytes written. */
  get size(): number {
    return this.length
  }

  /** A copy of the bytes from an index. */
  copy(from = 0): Uint8Array {
    return new Uint8Array(this.bytes.subarray(from, this.length))
  }

  /** Makes room and returns its index. It may replace `bytes`: call it in a statement of its own. */
  private reserve(size: number): number {
    const at = this.length
    this.length += size
    if (this.length > this.bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(this.length, 2 * this.bytes.length))
      grown.set(this.bytes.subarray(0, at))
      this.bytes = grown
    }
    return at
  }
}
