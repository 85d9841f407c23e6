/** Identifies a block by height and hash. */
export interface Block {
  readonly height: number
  /** 0x and 64 hexadecimal digits. */
  readonly hash: string
}
