import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { renderConfig, renderConfigSchema } from '../../docs/generate/config.ts'
import { COLLECTORS } from '../../src/collectors/index.ts'
import { ConfigError, configFromEnvironment, loadConfigFile } from '../../src/config/file/load.ts'
import { badFiles } from './bad.ts'
import { filesOf, HOTKEY } from './files.ts'

const schemaText = await renderConfigSchema()

describe('the example of CONFIG.md', () => {
  const [, example = ''] = /```yaml\n(# The Subtensor nodes[^]*?)```/.exec(renderConfig()) ?? []
  const files = filesOf({
    'exporter.yml': example,
    'secrets/finney-b-headers.json': '{ "X-Api-Key": "key" }',
    'secrets/finney-b-password': 'password\n',
  })

  test('loads, and is what the defaults are where it names them', async () => {
    const config = await loadConfigFile('exporter.yml', files)
    const standard = configFromEnvironment({ SIDECAR_URL: 'http://a' })
    expect(config.nodes.map(({ name }) => name)).toEqual(['finney-a', 'finney-b'])
    expect(config.keys.map(({ name }) => name)).toEqual(['validator', 'treasury'])
    expect(config.genesis).toMatch(/^0x[0-9a-f]{64}$/)
    const { genesis: _, ...rest } = config
    expect({ ...rest, nodes: [], keys: [] }).toEqual({ ...standard, nodes: [], keys: [] })
  })

  test('has every option', () => {
    const schema = JSON.parse(schemaText) as unknown
    const collectors = new Set(COLLECTORS.map(({ name }) => name))
    const missing = optionsOf(schema).filter((name) => !collectors.has(name) && !example.includes(`${name}:`))
    expect(missing).toEqual([])
  })
})

/** The names of all options in a JSON Schema. */
const optionsOf = (schema: unknown): string[] => {
  if (typeof schema !== 'object' || schema === null) return []
  return Object.entries(schema).flatMap(([key, value]: [string, unknown]) => [
    ...(key === 'properties' ? Object.keys(value as object) : []),
    ...optionsOf(value),
  ])
}

test('the faults that CONFIG.md shows are those there would be', async () => {
  const text = `nodes:
  - name: finney-a
    url: http://127.0.0.1:8080
    header_file: secrets.json
keys:
  - name: validator
    hotkey: ${HOTKEY.slice(0, -1)}4
`
  const attempts = [
    () => loadConfigFile('exporter.yml', filesOf({ 'exporter.yml': text })),
    () =>
      Promise.resolve().then(() =>
        configFromEnvironment({ SIDECAR_URL: 'http://a', HOTKEYS: `${HOTKEY},${HOTKEY}` }),
      ),
  ]
  for (const attempt of attempts) {
    const error: unknown = await attempt().catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(ConfigError)
    expect(renderConfig()).toContain((error as ConfigError).message)
  }
})

describe('config.schema.json', () => {
  const schema = z.fromJSONSchema(JSON.parse(schemaText) as Parameters<typeof z.fromJSONSchema>[0])

  test('takes a file without faults', async () => {
    const good: unknown = parse(await readFile(new URL('good.yml', import.meta.url), 'utf8'))
    expect(schema.safeParse(good).error?.issues ?? []).toEqual([])
  })

  /** JSON Schema cannot say what holds between options or inside other files, nor check an address to its last character. */
  const beyond = [
    'secrets',
    'nodes-same-url',
    'stale-after',
    'alias-bomb',
    'unknown-alias',
    'many-aliases',
    'nested-deeply',
  ]
  const syntax = (lines: readonly string[]) => lines.some((line) => !/^\d+:\d+: [\w.[\]]+: /.test(line))
  const rows = badFiles
    .filter(([name, lines]) => !beyond.includes(name) && !syntax(lines))
    .map(([name]) => name)

  test.each(rows)('refuses bad/%s.yml', async (name) => {
    const bad: unknown = parse(await readFile(new URL(`bad/${name}.yml`, import.meta.url), 'utf8'))
    expect(schema.safeParse(bad).success).toBe(false)
  })

  test('has no words of ours in it', () => {
    expect(schemaText).not.toContain('"x-')
  })
})
