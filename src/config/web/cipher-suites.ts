/**
 * OpenSSL's names of cipher suites by their names in Go's crypto/tls, which exporter-toolkit's file format uses. The suites are those of
 * tls.CipherSuites(): as in exporter-toolkit, insecure suites cannot be configured.
 */
export const CIPHER_SUITES: Readonly<Record<string, string>> = {
  TLS_AES_128_GCM_SHA256: 'TLS_AES_128_GCM_SHA256',
  TLS_AES_256_GCM_SHA384: 'TLS_AES_256_GCM_SHA384',
  TLS_CHACHA20_POLY1305_SHA256: 'TLS_CHACHA20_POLY1305_SHA256',
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA: 'ECDHE-ECDSA-AES128-SHA',
  TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA: 'ECDHE-ECDSA-AES256-SHA',
  TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA: 'ECDHE-RSA-AES128-SHA',
  TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA: 'ECDHE-RSA-AES256-SHA',
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: 'ECDHE-ECDSA-AES128-GCM-SHA256',
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: 'ECDHE-ECDSA-AES256-GCM-SHA384',
  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: 'ECDHE-RSA-AES128-GCM-SHA256',
  TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: 'ECDHE-RSA-AES256-GCM-SHA384',
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-RSA-CHACHA20-POLY1305',
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-ECDSA-CHACHA20-POLY1305',
}

const TLS_1_3_SUITES = Object.keys(CIPHER_SUITES).slice(0, 3)

/** A cipher list for OpenSSL. Always includes the suites of TLS 1.3, which cannot be configured, as in Go. */
export const opensslCiphers = (suites: readonly string[]): string =>
  [
    ...TLS_1_3_SUITES,
    ...suites.filter((suite) => !TLS_1_3_SUITES.includes(suite)).map((suite) => CIPHER_SUITES[suite] ?? ''),
  ].join(':')

/** OpenSSL's names of elliptic curves by their names in Go. */
export const CURVES: Readonly<Record<string, string>> = {
  CurveP256: 'P-256',
  CurveP384: 'P-384',
  CurveP521: 'P-521',
  X25519: 'X25519',
}

/** A curve list for OpenSSL, in order of preference. */
export const opensslCurves = (curves: readonly string[]): string =>
  curves.map((curve) => CURVES[curve] ?? '').join(':')
