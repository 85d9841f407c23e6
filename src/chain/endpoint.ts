import { BlockList, isIP } from 'node:net'
import type { Address } from './address.ts'

/** Where a neuron says that its metrics are (PrometheusInfo, set by serve_prometheus: subnets/serving.rs). Anybody's choice. */
export interface PublishedEndpoint {
  /** Height it was published at. */
  readonly block: number
  /** A number of the neuron's own, by convention its software's version. */
  readonly version: number
  /** The address as an integer: below 2^32 for IPv4, below 2^128 for IPv6. */
  readonly ip: bigint
  readonly port: number
  /** 4 or 6; nothing else can be published. */
  readonly ipType: number
}

/** A neuron that has published an endpoint. */
export interface NeuronEndpoint extends PublishedEndpoint {
  readonly netuid: number
  readonly uid: number
  readonly hotkey: Address
  /** Undefined for a hotkey that nobody owns. */
  readonly coldkey: Address | undefined
}

/** What is known of the endpoints of one subnet. */
export type EndpointAnswer =
  | { readonly endpoints: readonly NeuronEndpoint[] }
  /** There is no such subnet. */
  | { readonly missing: true }
  /** Not known now; the text says why. */
  | { readonly unavailable: string }

/**
 * The target of an endpoint, `address:port`, with IPv6 in brackets. Undefined for what must not be listed: an address that
 * is neither public nor in the allowed networks, that cannot be one, or is nobody's, and port 0.
 */
export function targetOf(endpoint: PublishedEndpoint, allowed: Networks): string | undefined {
  const { ip, port, ipType } = endpoint
  if (!Number.isInteger(port) || port < 1 || port > 65_535) return undefined
  const family = ipType === 4 ? 'ipv4' : ipType === 6 ? 'ipv6' : undefined
  if (family === undefined) return undefined
  const address = family === 'ipv4' ? ipv4Text(ip) : ipv6Text(ip)
  if (address === undefined || NEVER[family].check(address, family)) return undefined
  if (!isPublic(address, family) && !allowed[family].check(address, family)) return undefined
  return family === 'ipv4' ? `${address}:${port}` : `[${address}]:${port}`
}

type IpFamily = 'ipv4' | 'ipv6'

/** Networks by family. Apart, because a BlockList takes IPv4 for a part of IPv6 networks such as ::/0. */
export type Networks = Readonly<Record<IpFamily, BlockList>>

/** One network in CIDR notation, such as 10.0.0.0/8. */
const NETWORK = /^([0-9a-f.:]{2,45})\/(\d{1,3})$/i

/** Why a text is no network in CIDR notation, or undefined when it is one. */
export function networkFault(text: string): string | undefined {
  const [, address = '', prefix] = NETWORK.exec(text) ?? []
  const version = isIP(address)
  if (version === 0) return 'not a network, such as 10.0.0.0/8 or fd00::/8'
  const bits = version === 4 ? 32 : 128
  return Number(prefix) > bits ? `the prefix of an IPv${version} network is 0 to ${bits}` : undefined
}

/** Networks in CIDR notation, each without a networkFault. */
export function networksOf(texts: readonly string[]): Networks {
  const networks = { ipv4: new BlockList(), ipv6: new BlockList() }
  for (const text of texts) {
    const [, address = '', prefix] = NETWORK.exec(text) ?? []
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    networks[family].addSubnet(address, Number(prefix), family)
  }
  return networks
}

/** Nobody's address, whatever is allowed: unspecified, multicast, broadcast, and IPv4 dressed as IPv6. */
const NEVER = networksOf([
  '0.0.0.0/8',
  '224.0.0.0/4',
  '255.255.255.255/32',
  '::/128',
  '::ffff:0:0/96',
  'ff00::/8',
])

/** Not public, by IANA's registries of special-purpose addresses (RFC 6890 and its updates); and what clouds keep. */
const SPECIAL = networksOf([
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10', // shared by the customers of a provider
  '127.0.0.0/8',
  '168.63.129.16/32', // Azure's services to the machine itself, on an address that looks public
  '169.254.0.0/16', // link-local, with the metadata of most clouds
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '2001::/23', // protocol assignments, with Teredo
  '2001:db8::/32',
  '2002::/16', // 6to4: leads to any IPv4 address
  '3fff::/20',
])

/** Global unicast: loopback, NAT64, link-local and unique local are outside. */
const GLOBAL_IPV6 = networksOf(['2000::/3']).ipv6

const isPublic = (address: string, family: IpFamily): boolean =>
  !SPECIAL[family].check(address, family) && (family === 'ipv4' || GLOBAL_IPV6.check(address, family))

function ipv4Text(ip: bigint): string | undefined {
  if (ip < 0n || ip >= 1n << 32n) return undefined
  return [24n, 16n, 8n, 0n].map((shift) => String((ip >> shift) & 255n)).join('.')
}

function ipv6Text(ip: bigint): string | undefined {
  if (ip < 0n || ip >= 1n << 128n) return undefined
  const groups = ip.toString(16).padStart(32, '0').match(/.{4}/g) ?? []
  // The platform's own way to shorten it (RFC 5952).
  return new URL(`http://[${groups.join(':')}]/`).hostname.slice(1, -1)
}
