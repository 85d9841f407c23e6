import { describe, expect, test } from 'vitest'
import { parseNetworks } from '../../../src/scope/networks.ts'
import { endpointTarget } from '../../../src/web/routes/endpoint-target.ts'

const NONE = parseNetworks([])
const EVERYTHING = parseNetworks(['0.0.0.0/0', '::/0'])

/** An address as the integer that the chain stores. */
const integerOf = (address: string): bigint =>
  address.includes(':')
    ? BigInt(
        `0x${address
          .split(':')
          .map((group) => group.padStart(4, '0'))
          .join('')}`,
      )
    : address.split('.').reduce((sum, byte) => sum * 256n + BigInt(byte), 0n)

const published = (ip: bigint, ipType: number, port = 9100) => ({ block: 1, version: 1, ip, ipType, port })
const v4 = (address: string) => published(integerOf(address), 4)
const v6 = (address: string) => published(integerOf(address), 6)

describe('public unicast addresses are listed', () => {
  test.each([
    ['8.8.8.8', '8.8.8.8:9100'],
    ['1.0.0.0', '1.0.0.0:9100'],
    ['9.255.255.255', '9.255.255.255:9100'],
    ['100.63.255.255', '100.63.255.255:9100'],
    ['100.128.0.0', '100.128.0.0:9100'],
    ['172.15.255.255', '172.15.255.255:9100'],
    ['172.32.0.0', '172.32.0.0:9100'],
    ['223.255.255.255', '223.255.255.255:9100'],
    ['168.63.129.17', '168.63.129.17:9100'],
  ])('%s', (address, target) => {
    expect(endpointTarget(v4(address), NONE)).toBe(target)
  })

  test.each([
    ['2a01:4f8:0:0:0:0:0:1', '[2a01:4f8::1]:9100'],
    ['2001:4860:4860:0:0:0:0:8888', '[2001:4860:4860::8888]:9100'],
    ['2001:200:0:0:0:0:0:1', '[2001:200::1]:9100'],
  ])('%s', (address, target) => {
    expect(endpointTarget(v6(address), NONE)).toBe(target)
  })

  test.each([1, 65_535])('port %d', (port) => {
    expect(endpointTarget(published(integerOf('8.8.8.8'), 4, port), NONE)).toBe(`8.8.8.8:${port}`)
  })
})

describe('a non-public address is listed only if its network is allowed', () => {
  test.each([
    ['10.0.0.1', 'private'],
    ['100.64.0.1', 'carrier-grade NAT'],
    ['100.100.100.200', 'cloud metadata service'],
    ['127.0.0.2', 'loopback, which the chain accepts'],
    ['168.63.129.16', 'cloud platform services'],
    ['169.254.169.254', 'cloud metadata service'],
    ['172.16.0.1', 'private'],
    ['172.31.255.255', 'private'],
    ['192.0.0.192', 'cloud metadata service'],
    ['192.0.2.1', 'documentation'],
    ['192.168.1.1', 'private'],
    ['198.19.255.255', 'benchmarks'],
    ['198.51.100.1', 'documentation'],
    ['203.0.113.1', 'documentation'],
    ['240.0.0.1', 'reserved'],
  ])('%s: %s', (address) => {
    expect(endpointTarget(v4(address), NONE)).toBeUndefined()
    expect(endpointTarget(v4(address), EVERYTHING)).toBe(`${address}:9100`)
    expect(endpointTarget(v4(address), parseNetworks([`${address}/32`]))).toBe(`${address}:9100`)
    expect(endpointTarget(v4(address), parseNetworks(['8.0.0.0/8', '::/0']))).toBeUndefined()
  })

  test.each([
    ['0:0:0:0:0:0:0:1', 'loopback', '[::1]:9100'],
    ['64:ff9b:0:0:0:0:a9fe:a9fe', 'NAT64 to a metadata service', '[64:ff9b::a9fe:a9fe]:9100'],
    ['0:0:0:0:0:0:a00:1', 'IPv4-compatible', '[::a00:1]:9100'],
    ['2001:0:0:0:0:0:0:1', 'Teredo', '[2001::1]:9100'],
    ['2001:db8:0:0:0:0:0:1', 'documentation', '[2001:db8::1]:9100'],
    ['2002:a9fe:a9fe:0:0:0:0:1', '6to4 to a metadata service', '[2002:a9fe:a9fe::1]:9100'],
    ['3fff:0:0:0:0:0:0:1', 'documentation', '[3fff::1]:9100'],
    ['fd00:ec2:0:0:0:0:0:254', 'cloud metadata service', '[fd00:ec2::254]:9100'],
    ['fe80:0:0:0:0:0:0:1', 'link-local', '[fe80::1]:9100'],
    ['fec0:0:0:0:0:0:0:1', 'site-local', '[fec0::1]:9100'],
    ['4000:0:0:0:0:0:0:1', 'unassigned', '[4000::1]:9100'],
  ])('%s: %s', (address, _, target) => {
    expect(endpointTarget(v6(address), NONE)).toBeUndefined()
    expect(endpointTarget(v6(address), EVERYTHING)).toBe(target)
  })
})

describe('never listed', () => {
  test.each([
    ['0.0.0.0', v4('0.0.0.0')],
    ['0.0.0.1', v4('0.0.0.1')],
    ['multicast', v4('224.0.0.1')],
    ['broadcast', v4('255.255.255.255')],
    ['IPv4 beyond 32 bits', published(1n << 32n, 4)],
    ['::', v6('0:0:0:0:0:0:0:0')],
    ['IPv4-mapped IPv6', v6('0:0:0:0:0:ffff:808:808')],
    ['IPv4-mapped loopback', v6('0:0:0:0:0:ffff:7f00:1')],
    ['IPv6 multicast', v6('ff02:0:0:0:0:0:0:1')],
    ['IPv6 beyond 128 bits', published(1n << 128n, 6)],
    ['address type 0', published(integerOf('8.8.8.8'), 0)],
    ['unknown address type', published(integerOf('8.8.8.8'), 5)],
    ['port 0', published(integerOf('8.8.8.8'), 4, 0)],
    ['a port beyond 16 bits', published(integerOf('8.8.8.8'), 4, 65_536)],
  ])('%s', (_, endpoint) => {
    expect(endpointTarget(endpoint, EVERYTHING)).toBeUndefined()
  })
})
