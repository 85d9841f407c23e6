import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { readTextFile } from '../../src/config/file/read-text.ts'
import { ConfigError, loadConfigFile } from '../../src/config/file/load.ts'
import { loadWebConfig } from '../../src/config/web/load-web-config.ts'

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
  ['UTF-16 without a byte order mark', Buffer.from(YAML, 'utf16le'), 'is UTF-16: save it as UTF-8'],
  [
    'a file with a NUL byte',
    Buffer.from(YAML.replace('http', '\0http')),
    'is not a text file: it contains a NUL byte',
  ],
])('%s is an error that says so', async (_, bytes, message) => {
  const file = await written(bytes)
  await expect(loadConfigFile(file, readTextFile)).rejects.toEqual(
    new ConfigError([{ file, path: '', message: `the configuration file ${message}` }]),
  )
})

test.each([
  ['headers_file', Buffer.from('{"A":"caf\u00e9"}', 'latin1'), 'is not UTF-8: save it as UTF-8'],
  ['headers_file', Buffer.from('\ufeff{}', 'utf16le'), 'is UTF-16: save it as UTF-8'],
])(
  'a secret file of %s in another encoding is an error at the option that names it',
  async (option, bytes, message) => {
    const secret = await written(bytes)
    const text = `nodes: [{ name: a, url: http://a, ${option}: ${secret} }]\n`
    const file = await written(Buffer.from(text))
    const issue = { line: 1, column: text.indexOf(secret) + 1, path: `nodes[0].${option}` }
    await expect(loadConfigFile(file, readTextFile)).rejects.toEqual(
      new ConfigError([{ file, ...issue, message: `${secret} ${message}` }]),
    )
  },
)

test('a web configuration file in another encoding is an error', async () => {
  const file = await written(Buffer.from('basic_auth_users: { caf\u00e9: x }\n', 'latin1'))
  await expect(loadWebConfig(file, readTextFile)).rejects.toEqual(
    new ConfigError([
      { file, path: '', message: 'the web configuration file is not UTF-8: save it as UTF-8' },
    ]),
  )
})

test('a headers file with a byte order mark is read', async () => {
  const secret = await written(Buffer.from('\ufeff{"A":"caf\u00e9"}'))
  const file = await written(Buffer.from(`nodes: [{ name: a, url: http://a, headers_file: ${secret} }]\n`))
  const { nodes } = await loadConfigFile(file, readTextFile)
  expect(nodes[0]?.headers).toEqual({ A: 'café' })
})
