import { BlockList, isIP } from 'node:net'

export type IpFamily = 'ipv4' | 'ipv6'

/** Networks by family. They are separate because a BlockList matches IPv4 addresses with IPv6 networks such as ::/0. */
export type Networks = Readonly<Record<IpFamily, BlockList>>

/** One network in CIDR notation, such as 10.0.0.0/8. */
const NETWORK = /^([0-9a-f.:]{2,45})\/(\d{1,3})$/i

/** Checks that a text is a network in CIDR notation. Returns the problem as text, or undefined. */
export function checkNetwork(text: string): string | undefined {
  const [, address = '', prefix] = NETWORK.exec(text) ?? []
  const version = isIP(address)
  if (version === 0) return 'not a network, such as 10.0.0.0/8 or fd00::/8'
  const bits = version === 4 ? 32 : 128
  return Number(prefix) > bits ? `the prefix of an IPv${version} network is 0 to ${bits}` : undefined
}

/** Parses networks in CIDR notation. Each must have passed checkNetwork. */
export function parseNetworks(texts: readonly string[]): Networks {
  const networks = { ipv4: new BlockList(), ipv6: new BlockList() }
  for (const text of texts) {
    const [, address = '', prefix] = NETWORK.exec(text) ?? []
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    networks[family].addSubnet(address, Number(prefix), family)
  }
  return networks
}
