import type { PublishedEndpoint } from '../../chain/endpoint.ts'
import { parseNetworks, type IpFamily, type Networks } from '../../scope/networks.ts'

/**
 * The scrape target of an endpoint, `address:port`, with IPv6 in brackets. Undefined for an endpoint that must not be listed:
 * its address is invalid, unusable, or neither public nor in the allowed networks, or its port is 0.
 */
export function endpointTarget(endpoint: PublishedEndpoint, allowed: Networks): string | undefined {
  const { ip, port, ipType } = endpoint
  if (!Number.isInteger(port) || port < 1 || port > 65_535) return undefined
  const family = ipType === 4 ? 'ipv4' : ipType === 6 ? 'ipv6' : undefined
  if (family === undefined) return undefined
  const address = family === 'ipv4' ? ipv4Text(ip) : ipv6Text(ip)
  if (address === undefined || UNUSABLE[family].check(address, family)) return undefined
  if (!isPublic(address, family) && !allowed[family].check(address, family)) return undefined
  return family === 'ipv4' ? `${address}:${port}` : `[${address}]:${port}`
}

/** Addresses that are never listed, even if allowed: unspecified, multicast, broadcast, and IPv4-mapped IPv6. */
const UNUSABLE = parseNetworks([
  '0.0.0.0/8',
  '224.0.0.0/4',
  '255.255.255.255/32',
  '::/128',
  '::ffff:0:0/96',
  'ff00::/8',
])

/** Non-public networks: IANA's registries of special-purpose addresses (RFC 6890 and its updates), and cloud metadata services. */
const SPECIAL = parseNetworks([
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10', // carrier-grade NAT
  '127.0.0.0/8',
  '168.63.129.16/32', // Azure's platform services, on an address in the public range
  '169.254.0.0/16', // link-local, which includes the metadata services of most clouds
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
  '2001::/23', // protocol assignments, which include Teredo
  '2001:db8::/32',
  '2002::/16', // 6to4 reaches any IPv4 address
  '3fff::/20',
])

/** Global unicast. Excludes loopback, NAT64, link-local and unique local addresses. */
const GLOBAL_IPV6 = parseNetworks(['2000::/3']).ipv6

const isPublic = (address: string, family: IpFamily): boolean =>
  !SPECIAL[family].check(address, family) && (family === 'ipv4' || GLOBAL_IPV6.check(address, family))

function ipv4Text(ip: bigint): string | undefined {
  if (ip < 0n || ip >= 1n << 32n) return undefined
  return [24n, 16n, 8n, 0n].map((shift) => String((ip >> shift) & 255n)).join('.')
}

function ipv6Text(ip: bigint): string | undefined {
  if (ip < 0n || ip >= 1n << 128n) return undefined
  const groups = ip.toString(16).padStart(32, '0').match(/.{4}/g) ?? []
  // URL shortens the address (RFC 5952).
  return new URL(`http://[${groups.join(':')}]/`).hostname.slice(1, -1)
}
