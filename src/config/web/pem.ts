import { createPrivateKey, X509Certificate } from 'node:crypto'
import { createSecureContext, type SecureContextOptions } from 'node:tls'

/**
 * Checks of PEM text. Each returns undefined, or what is wrong as the end of a sentence that starts with the file's name. No message
 * quotes the text, which may be a private key.
 */

/** Checks a file name. Error messages show it, so a private key that was put in its place must not pass. */
export function checkPemFileName(name: string): string | undefined {
  if (name === '') return 'a file name must not be empty'
  return /-----|\p{Cc}/u.test(name) ? 'not a file name: use the option without _file for PEM text' : undefined
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g

/** Checks that a text contains certificates, all of them valid. */
export function checkCertificates(text: string): string | undefined {
  const blocks = text.match(CERTIFICATE) ?? []
  if (blocks.length === 0) return 'has no certificate in PEM'
  const broken = blocks.findIndex((block) => !parses(() => new X509Certificate(block)))
  return broken < 0 ? undefined : `has a broken certificate (number ${broken + 1})`
}

/** Checks that a text is a private key without a passphrase. */
export function checkPrivateKey(text: string): string | undefined {
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) return 'has no private key in PEM'
  if (/ENCRYPTED/.test(text)) return 'has an encrypted private key: it must need no passphrase'
  return parses(() => createPrivateKey(text)) ? undefined : 'has a broken private key'
}

/** Checks that a private key belongs to the first certificate. Both have passed their own checks. */
export const checkKeyPair = (certificates: string, key: string): string | undefined =>
  new X509Certificate(certificates).checkPrivateKey(createPrivateKey(key))
    ? undefined
    : 'is not the private key of the certificate'

/** Checks that OpenSSL accepts the settings. The message contains OpenSSL's reason. */
export function checkContext(options: SecureContextOptions): string | undefined {
  try {
    createSecureContext(options)
    return undefined
  } catch (error) {
    const reason = error instanceof Error && 'reason' in error ? error.reason : undefined
    return `OpenSSL rejects these settings${typeof reason === 'string' ? `: ${reason}` : ''}`
  }
}

function parses(parse: () => unknown): boolean {
  try {
    parse()
    return true
  } catch {
    // OpenSSL's messages are about ASN.1 and may quote the text.
    return false
  }
}
