import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { readTextFile } from '../../src/config/file/read-text.ts'
import { ConfigError, loadConfigFile } from '../../src/config/file/load.ts'

const YAML = 'nodes: [{ name: café, url: http://a }]\n'

async function written(bytes: Uint8Array): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'bittensor-exporter-text-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = join(folder, 'exporter.yml')
  await writeFile(file, bytes)
  return file
}

test.each([
  ['UTF-8', Buffer.from(YAML)],
  ['UTF-8 with a byte order mark', Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(YAML)])],
])('%s is read', async (_, bytes) => {
  const { nodes } = await loadConfigFile(await written(bytes), readTextFile)
  expect(nodes[0]?.name).toBe('café')
})

test.each([
  ['Latin-1', Buffer.from(YAML, 'latin1'), 'is not UTF-8: save it as UTF-8'],
  [
    'UTF-16 LE',
    Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(YAML, 'utf16le')]),
    'is UTF-16: save it as UTF-8',
  ],
  [
    'UTF-16 BE',
    Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(YAML, 'utf16le').swap16()]),
    'is UTF-16: save it as UTF-8',
  ],
])('%s is an error that says so', async (_, bytes, message) => {
  const file = await written(bytes)
  await expect(loadConfigFile(file, readTextFile)).rejects.toEqual(
    new ConfigError([{ file, path: '', message: `the configuration file ${message}` }]),
  )
})
