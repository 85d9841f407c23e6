import { readFile } from 'node:fs/promises'

/** A file that is not text in UTF-8. `unreadable` makes its code the end of a sentence. */
class EncodingError extends Error {
  override readonly name = 'EncodingError'
  readonly code: 'NOT_UTF8' | 'UTF16' | 'NUL'

  constructor(code: EncodingError['code']) {
    super(code)
    this.code = code
  }
}

/** Reads a text file in UTF-8, without its byte order mark. Rejects as node:fs does, and with EncodingError for any other encoding. */
export async function readTextFile(file: string): Promise<string> {
  const bytes = await readFile(file)
  const [first, second] = bytes
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff))
    throw new EncodingError('UTF16')
  // A NUL cannot occur in YAML, JSON or PEM. In UTF-16 without a byte order mark every second byte is one.
  if (bytes.includes(0)) throw new EncodingError(isMostlyNul(bytes) ? 'UTF16' : 'NUL')
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new EncodingError('NOT_UTF8')
  }
}

/** Whether at least a third of the bytes are NUL, as in UTF-16 text that is mostly ASCII. */
const isMostlyNul = (bytes: Uint8Array): boolean =>
  bytes.filter((byte) => byte === 0).length * 3 >= bytes.length
