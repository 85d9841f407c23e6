import { isIPv6 } from 'node:net'

/**
 * The network that shares of connections and of password comparisons are counted by: an IPv4 address, or the first 64 bits of an IPv6
 * address, because one host usually has all of the others.
 */
export function networkOf(address: string | undefined): string {
  if (address === undefined) return 'unknown'
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped !== undefined) return mapped
  const [plain = ''] = address.split('%')
  if (!isIPv6(plain)) return address
  const [front = '', back] = plain.split('::')
  const before = front === '' ? [] : front.split(':')
  // An IPv4 address at the end takes the place of two groups. It is never among the first four.
  const after = back === undefined || back === '' ? [] : back.replace(/\d+\.\d+\.\d+\.\d+$/, '0:0').split(':')
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0')
  const groups = back === undefined ? before : [...before, ...zeros, ...after]
  const prefix = groups.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16))
  return `${prefix.join(':')}::/64`
}
