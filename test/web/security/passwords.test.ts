import { expect, onTestFinished, test, vi } from 'vitest'
import { Passwords } from '../../../src/web/security/passwords.ts'

/** Hashes are only told apart by their costs and by what the comparison below does. */
const hash = (cost: string, password: string) => `$2b$${cost}$${password.padEnd(53, '.')}`

/** Comparisons that end when `release` is called, in the order of the calls; passwords match the hash that begins with them. */
function heldComparisons() {
  const begun: string[] = []
  const releases: (() => void)[] = []
  const passwords = new Passwords((password, against) => {
    begun.push(password)
    return new Promise((resolve) => {
      releases.push(() => {
        resolve(against.slice(7).startsWith(`${password}.`))
      })
    })
  })
  const turn = () => new Promise((resolve) => setImmediate(resolve))
  /** Ends the comparison that has begun last. */
  const release = async () => {
    releases.pop()?.()
    await turn()
  }
  return { passwords, begun, release, turn }
}

const users = new Map([
  ['a', hash('04', 'right')],
  ['b', hash('04', 'good')],
])

/** A password that is checked at once. */
const immediate = () =>
  new Passwords((password, against) => Promise.resolve(against.slice(7).startsWith(`${password}.`)))

test('a wrong password takes as long for a user with a cheap hash as for others and for unknown ones', async () => {
  const mixed = new Map([
    ['cheap', hash('04', 'x')],
    ['slow', hash('07', 'x')],
  ])
  const costs: number[] = []
  const passwords = new Passwords((_, against) => {
    costs.push(Number(against.slice(4, 6)))
    return Promise.resolve(false)
  })
  const timeOf = async (user: string) => {
    costs.length = 0
    await passwords.check({ user, password: 'guess' }, mixed, '192.0.2.1')
    return costs.reduce((sum, cost) => sum + 2 ** cost, 0)
  }
  expect([await timeOf('slow'), await timeOf('cheap'), await timeOf('nobody')]).toEqual([128, 128, 128])
})

test('a network without wrong passwords comes before guessers that have waited longer', async () => {
  const { passwords, begun, release, turn } = heldComparisons()
  const guess = (number: number, address: string) =>
    passwords.check({ user: 'a', password: `guess ${number}` }, users, address)
  const first = guess(0, '192.0.2.1')
  await turn()
  await release()
  expect(await first).toBe('wrong')
  // Its second one is being compared, and two more wait.
  const guesses = [1, 2, 3].map((number) => guess(number, '192.0.2.1'))
  const login = passwords.check({ user: 'b', password: 'good' }, users, '192.0.2.2')
  for (let times = 0; times < 4; times += 1) {
    await turn()
    await release()
  }
  expect(begun).toEqual(['guess 0', 'guess 1', 'good', 'guess 2', 'guess 3'])
  expect(await login).toBe('right')
  expect(await Promise.all(guesses)).toEqual(['wrong', 'wrong', 'wrong'])
})

test('when the queue is full, a newcomer takes the place of a guesser', async () => {
  const { passwords, release, turn } = heldComparisons()
  const address = (index: number) => `192.0.2.${index}`
  const firsts = Array.from({ length: 9 }, (_, index) =>
    passwords.check({ user: 'a', password: `first ${index}` }, users, address(index)),
  )
  for (let times = 0; times < 9; times += 1) {
    await turn()
    await release()
  }
  expect(new Set(await Promise.all(firsts))).toEqual(new Set(['wrong']))
  // One is compared, 31 wait.
  const guesses = Array.from({ length: 32 }, (_, index) =>
    passwords.check({ user: 'a', password: `guess ${index}` }, users, address(index % 9)),
  )
  const another = passwords.check({ user: 'a', password: 'too many' }, users, address(8))
  expect(await another).toBe('busy')
  const login = passwords.check({ user: 'b', password: 'good' }, users, '198.51.100.1')
  await turn()
  await release()
  await release()
  expect(await login).toBe('right')
  passwords.close()
  await release()
  const verdicts = await Promise.all(guesses)
  expect(verdicts.filter((verdict) => verdict === 'wrong').length).toBeLessThanOrEqual(2)
})

test('after five wrong passwords a network pauses, longer each time, and others do not', async () => {
  let now = 1_000_000
  vi.spyOn(performance, 'now').mockImplementation(() => now)
  onTestFinished(() => {
    vi.restoreAllMocks()
  })
  const passwords = immediate()
  let guesses = 0
  const guess = (address: string) =>
    passwords.check({ user: 'a', password: `guess ${guesses++}` }, users, address)
  for (let times = 0; times < 5; times += 1) expect(await guess('2001:db8::1')).toBe('wrong')
  expect(await guess('2001:db8::2')).toBe('wait')
  expect(await passwords.check({ user: 'a', password: 'right' }, users, '2001:db8::3')).toBe('wait')
  expect(await guess('2001:db8:0:1::1')).toBe('wrong')
  for (const pause of [500, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]) {
    now += pause - 1
    expect(await guess('2001:db8::1')).toBe('wait')
    now += 1
    expect(await guess('2001:db8::1')).toBe('wrong')
  }
  now += 600_000
  expect(await passwords.check({ user: 'a', password: 'right' }, users, '2001:db8::1')).toBe('right')
})

test('a password that is cached is accepted during a pause', async () => {
  const passwords = immediate()
  const login = () => passwords.check({ user: 'b', password: 'good' }, users, '192.0.2.1')
  expect(await login()).toBe('right')
  for (let times = 0; times < 6; times += 1)
    await passwords.check({ user: 'b', password: `guess ${times}` }, users, '192.0.2.1')
  expect(await passwords.check({ user: 'b', password: 'x' }, users, '192.0.2.1')).toBe('wait')
  expect(await login()).toBe('right')
})
