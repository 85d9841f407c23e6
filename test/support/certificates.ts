import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runProgram } from './programs.ts'

/** The files of a certificate and its private key. */
export interface Certificate {
  readonly cert: string
  readonly key: string
}

export interface CertificateOptions {
  /** subjectAltName as OpenSSL writes it. */
  readonly sans?: string
  /** Until it expires; a negative number has expired. */
  readonly days?: number
  readonly usage?: 'serverAuth' | 'clientAuth'
}

/** A certificate authority of a test's own, whose files are in the folder under its name. */
export interface Authority extends Certificate {
  /** Makes FOLDER/NAME.crt and .key, anew where they are there. */
  issue(name: string, options?: CertificateOptions): Promise<Certificate>
}

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']

export async function authority(folder: string, name: string): Promise<Authority> {
  const of = (stem: string, ending: string) => join(folder, `${stem}.${ending}`)
  const cert = of(name, 'crt')
  const key = of(name, 'key')
  await openssl('req', '-x509', ...KEY, '-days', '60', '-subj', `/CN=${name}`, '-keyout', key, '-out', cert)
  return {
    cert,
    key,
    async issue(stem, { sans = 'DNS:localhost,IP:127.0.0.1', days = 30, usage = 'serverAuth' } = {}) {
      const issued = { cert: of(stem, 'crt'), key: of(stem, 'key') }
      const request = of(stem, 'csr')
      await openssl('req', '-new', ...KEY, '-subj', `/CN=${stem}`, '-keyout', issued.key, '-out', request)
      await writeFile(of(stem, 'ext'), `extendedKeyUsage=${usage}\nsubjectAltName=${sans}\n`)
      const signer = ['-CA', cert, '-CAkey', key, '-extfile', of(stem, 'ext')]
      await openssl('x509', '-req', '-in', request, ...signer, '-days', String(days), '-out', issued.cert)
      return issued
    },
  }
}

async function openssl(...args: readonly string[]): Promise<void> {
  const { code, output } = await runProgram('openssl', args)
  if (code !== 0) throw new Error(`openssl ${args.join(' ')} failed: ${output}`)
}
