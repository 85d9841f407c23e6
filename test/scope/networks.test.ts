import { expect, test } from 'vitest'
import { checkNetwork } from '../../src/scope/networks.ts'

test.each(['10.0.0.0/8', '0.0.0.0/0', '1.2.3.4/32', 'fd00::/8', '::1/128', 'FD00::/8'])(
  '%s is a network',
  (text) => {
    expect(checkNetwork(text)).toBeUndefined()
  },
)

test.each([
  ['', 'not a network, such as 10.0.0.0/8 or fd00::/8'],
  ['10.0.0.0', 'not a network, such as 10.0.0.0/8 or fd00::/8'],
  ['10/8', 'not a network, such as 10.0.0.0/8 or fd00::/8'],
  ['example.org/8', 'not a network, such as 10.0.0.0/8 or fd00::/8'],
  ['fe80::1%eth0/64', 'not a network, such as 10.0.0.0/8 or fd00::/8'],
  ['10.0.0.0/33', 'the prefix of an IPv4 network is 0 to 32'],
  ['fd00::/129', 'the prefix of an IPv6 network is 0 to 128'],
])('"%s" is rejected', (text, problem) => {
  expect(checkNetwork(text)).toBe(problem)
})
