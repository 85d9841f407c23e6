import { createPrivateKey, X509Certificate } from 'node:crypto'
import { createSecureContext, type SecureContextOptions } from 'node:tls'

/** What is wrong with texts in PEM, as the rest of a sentence that begins with a file's name. None quotes the text. */

/** Why a text is not the name of a file in PEM. It would be shown, and a key put in its place must not be. */
export function pemFileFault(name: string): string | undefined {
  if (name === '') return 'a file name is not empty'
  return /-----|\p{Cc}/u.test(name)
    ? 'not a file name: what is in PEM itself goes to the option without _file'
    : undefined
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g

/** Why a text is not one or more certificates. */
export function certificatesFault(text: string): string | undefined {
  const blocks = text.match(CERTIFICATE) ?? []
  if (blocks.length === 0) return 'has no certificate in PEM'
  const broken = blocks.findIndex((block) => !parses(() => new X509Certificate(block)))
  return broken < 0 ? undefined : `has a broken certificate (number ${broken + 1})`
}

/** Why a text is not a private key that needs no passphrase. */
export function keyFault(text: string): string | undefined {
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) return 'has no private key in PEM'
  if (/ENCRYPTED/.test(text)) return 'has an encrypted private key: it must need no passphrase'
  return parses(() => createPrivateKey(text)) ? undefined : 'has a broken private key'
}

/** Why a private key and the first of some certificates do not belong together; both have no other fault. */
export const pairFault = (certificates: string, key: string): string | undefined =>
  new X509Certificate(certificates).checkPrivateKey(createPrivateKey(key))
    ? undefined
    : 'is not the private key of the certificate'

/** Why OpenSSL takes no such settings, by its own word for it. */
export function contextFault(options: SecureContextOptions): string | undefined {
  try {
    createSecureContext(options)
    return undefined
  } catch (error) {
    const reason = error instanceof Error && 'reason' in error ? error.reason : undefined
    return `OpenSSL refuses these settings${typeof reason === 'string' ? `: ${reason}` : ''}`
  }
}

function parses(parse: () => unknown): boolean {
  try {
    parse()
    return true
  } catch {
    // OpenSSL's messages are about ASN.1, and may not be safe to show.
    return false
  }
}
