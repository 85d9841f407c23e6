import fc from 'fast-check'
import { expect, test } from 'vitest'
import { networkOf } from '../../../src/web/security/network.ts'

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::6', '2001:db8:1:2::/64'],
  ['2001:db8::6', '2001:db8:0:0::/64'],
  ['2001:DB8:0001:0::', '2001:db8:1:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['64:ff9b::192.0.2.7', '64:ff9b:0:0::/64'],
  [undefined, 'unknown'],
])('the network of %s is %s', (address, network) => {
  expect(networkOf(address)).toBe(network)
})

test('all hosts of an IPv6 network of 64 bits have one network, however they are written', () => {
  const group = fc.integer({ min: 0, max: 0xffff })
  const groups = (length: number) => fc.array(group, { minLength: length, maxLength: length })
  fc.assert(
    fc.property(groups(4), groups(4), groups(4), (network, host, other) => {
      const text = (last: readonly number[]) =>
        [...network, ...last].map((each) => each.toString(16)).join(':')
      // URL writes the shortest form.
      const shortest = new URL(`http://[${text(other)}]/`).hostname.slice(1, -1)
      if (shortest.startsWith('::ffff:')) return
      expect(networkOf(shortest)).toBe(networkOf(text(host)))
    }),
  )
})
