import { hashSync } from 'bcryptjs'
import { expect, test } from 'vitest'
import { matchesHash } from '../../../src/web/security/bcrypt.ts'

/** A hash by another library, under each of the names that htpasswd and others give to the same algorithm. */
const hashes = (password: string, cost = 4): string[] => {
  const hash = hashSync(password, cost)
  return ['$2a$', '$2b$', '$2y$'].map((prefix) => prefix + hash.slice(4))
}

test.each(['', 'hunter2', 'pass:wörd 😀', 'a\0b', '\0', 'x'.repeat(71), 'x'.repeat(72)])(
  'the hash of %j matches it and no other password',
  async (password) => {
    for (const hash of hashes(password)) {
      expect([hash, await matchesHash(password, hash)]).toEqual([hash, true])
      expect([hash, await matchesHash(`y${password}`, hash)]).toEqual([hash, false])
      expect([hash, await matchesHash(password.slice(0, -1) + '?', hash)]).toEqual([hash, false])
    }
  },
)

// OpenBSD kept the length of a password in one byte for `$2a$`: 255 bytes and the terminator were 0 bytes.
test.each([73, 254, 255, 256, 300, 600])('of %d bytes the first 72 count', async (length) => {
  for (const hash of hashes('x'.repeat(length))) {
    expect([hash, await matchesHash('x'.repeat(72), hash)]).toEqual([hash, true])
    expect([hash, await matchesHash(`${'x'.repeat(71)}y${'x'.repeat(length)}`, hash)]).toEqual([hash, false])
    expect([hash, await matchesHash('x'.repeat(71), hash)]).toEqual([hash, false])
    expect([hash, await matchesHash('', hash)]).toEqual([hash, false])
  }
})

test('a hash that is damaged matches nothing', async () => {
  for (const hash of [
    ...hashes('hunter2').map((each) => each.slice(0, -1)),
    '',
    '$2b$04$',
    `$2b$10$${'.'.repeat(53)}`,
  ])
    expect([hash, await matchesHash('hunter2', hash)]).toEqual([hash, false])
})

test('the event loop turns while passwords are compared', async () => {
  const [, hash = ''] = hashes('hunter2').map((each) => each.replace('$04$', '$12$'))
  let turns = 0
  let isRunning = true
  const turn = (): void => {
    turns += 1
    if (isRunning) setImmediate(turn)
  }
  turn()
  await matchesHash('hunter2', hash)
  isRunning = false
  // An implementation in JavaScript turns it a few times in the same third of a second.
  expect(turns).toBeGreaterThan(100)
})
