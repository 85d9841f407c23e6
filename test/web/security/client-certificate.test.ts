import type { TLSSocket } from 'node:tls'
import { expect, test } from 'vitest'
import { refusalReason } from '../../../src/web/security/client-certificate.ts'

/** A connection whose verified certificate has these subject alternative names, as Node.js writes them. */
const clientWith = (subjectAltName: string): TLSSocket =>
  ({
    authorized: true,
    getPeerX509Certificate: () => ({ subjectAltName, checkIP: () => undefined }),
  }) as unknown as TLSSocket

test.each([
  ['DNS:prometheus.example', true],
  ['DNS:other.example, DNS:prometheus.example', true],
  ['IP Address:10.0.0.1, Registered ID:1.2.3, othername:<unsupported>, URI:prometheus.example', true],
  ['DirName:"CN=prometheus.example, DNS:prometheus.example"', false],
  ['URI:"http://x/, DNS:prometheus.example"', false],
  ['othername:prometheus.example', false],
  // Text that cannot be parsed to its end may mean something else than its beginning says.
  ['DNS:prometheus.example, ?', false],
  ['DNS:prometheus.example, URI:"broken', false],
  ['DNS:prometheus.example, URI:"bad \\x escape"', false],
  ['?, DNS:prometheus.example', false],
  ['', false],
])('the names of %j are accepted: %s', (subjectAltName, isAccepted) => {
  const tls = {
    context: {},
    clientAuth: 'RequireAndVerifyClientCert',
    clientAllowedSans: ['prometheus.example'],
  } as const
  const reason = refusalReason(clientWith(subjectAltName), tls)
  expect(reason).toBe(isAccepted ? undefined : 'client certificate matches none of client_allowed_sans')
})
