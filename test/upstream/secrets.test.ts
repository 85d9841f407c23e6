import { describe, expect, test } from 'vitest'
import { scrubberOf } from '../../src/upstream/secrets.ts'

/** The password `p&ss "w"/%é`, of user `me`, in forms made with coreutils' base64 and od, Python's urllib and html. */
const PASSWORD = 'p&ss "w"/%é'
const FORMS = {
  plain: PASSWORD,
  'in base64': 'cCZzcyAidyIvJcOp',
  'the header': 'bWU6cCZzcyAidyIvJcOp',
  'user and password': `me:${PASSWORD}`,
  hex: '7026737320227722 2f25c3a9'.replace(' ', ''),
  'percent-encoded': 'p%26ss%20%22w%22%2F%25%C3%A9',
  'percent-encoded in lower case': 'p%26ss%20%22w%22%2f%25%c3%a9',
  'form-encoded': 'p%26ss+%22w%22%2F%25%C3%A9',
  'in JSON': 'p&ss \\"w\\"/%é',
  'in HTML': 'p&amp;ss &quot;w&quot;/%é',
  'in capitals': PASSWORD.toUpperCase(),
}

const scrub = scrubberOf(['Basic bWU6cCZzcyAidyIvJcOp'])

test.each(Object.entries(FORMS))('the password of basic authentication is replaced: %s', (_, form) => {
  const text = scrub(`got ${form}, refused`)
  expect(text).toContain('***, refused')
  expect(text.length).toBeLessThan('got me:***, refused'.length + 1)
})

describe('parts', () => {
  test.each([
    ['Bearer t0ken-value', 'token t0ken-value is bad', 'token *** is bad'],
    ['session=abcd1234; theme=dark1', 'no session abcd1234', 'no session ***'],
    ['a%20b%20secret', 'was "a b secret"', 'was "***"'],
    ['secret', 'Basic realm', 'Basic realm'],
    ['abc', 'abc is too short to be a secret', 'abc is too short to be a secret'],
    ['a.c*', 'a.c* but not abcc', '*** but not abcc'],
  ])('of %j in %j', (secret, text, expected) => {
    expect(scrubberOf([secret])(text)).toBe(expected)
  })
})

test('the beginning of a secret at the end of truncated text is replaced', () => {
  const hunter = scrubberOf(['hunter2-long'])
  expect(hunter('name hunter2-l…')).toBe('name ***…')
  expect(hunter('name HUNT…')).toBe('name ***…')
  expect(hunter('name hun…')).toBe('name hun…')
  expect(hunter('name hunter')).toBe('name hunter')
})

test('no secrets: text stays', () => {
  expect(scrubberOf([])('anything')).toBe('anything')
})
