import { compare } from 'bcrypt'

/**
 * Whether a password matches a bcrypt hash. Runs in libuv's thread pool, so the event loop is free meanwhile. As in Go, on which
 * exporter-toolkit runs, all of `$2a$`, `$2b$` and `$2y$` mean the same and only the first 72 bytes of a password count.
 */
export const matchesHash = (password: string, hash: string): Promise<boolean> =>
  // The library refuses `$2y$`, which is htpasswd's name of `$2b$`, and keeps a bug of OpenBSD with long passwords for `$2a$`.
  compare(password, hash.replace(/^\$2[ay]\$/, '$2b$'))
