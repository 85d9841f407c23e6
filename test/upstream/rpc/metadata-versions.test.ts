import { expect, test } from 'vitest'
import { KeyParts } from '../../../src/upstream/rpc/keys.ts'
import { RecentMap } from '../../../src/upstream/rpc/registry/recent-map.ts'
import { DecodedRuntime } from '../../../src/upstream/rpc/registry/runtime.ts'
import { scaleMetadata } from '../../support/metadata.ts'

const runtimeOf = (bytes: Uint8Array): DecodedRuntime =>
  new DecodedRuntime(`0x${Buffer.from(bytes).toString('hex')}`, {
    addresses: new RecentMap<string, string>(100),
    keys: new KeyParts(),
  })

/** Metadata whose version, the byte behind "meta", is another one. */
function numbered(version: number): Uint8Array {
  const bytes = new Uint8Array(scaleMetadata(424))
  bytes[4] = version
  return bytes
}

test('metadata of other versions than 14 and 15 is refused with an error that names the version', () => {
  expect(runtimeOf(numbered(14)).specVersion).toBe(424)
  for (const version of [0, 13, 16, 99])
    expect(() => runtimeOf(numbered(version))).toThrow(
      `expected a runtime's metadata in version 14 or 15, got version ${version}`,
    )
})

test('metadata that is not of the version it says, or is cut short, is refused', () => {
  const message = /^expected a runtime's metadata in version 14 or 15: /
  expect(() => runtimeOf(numbered(15))).toThrow(message)
  for (const length of [0, 4, 5, 1000])
    expect(() => runtimeOf(numbered(14).slice(0, length))).toThrow(message)
})
