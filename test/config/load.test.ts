import { readdir, readFile } from 'node:fs/promises'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  ConfigError,
  loadConfig,
  loadConfigFile,
  NoNodesError,
  type Issue,
} from '../../src/config/file/load.ts'
import { badFiles } from './bad.ts'
import { COLDKEY, failure, filesOf, HOTKEY } from './files.ts'

const load = (text: string, files: Readonly<Record<string, string | Error>> = {}) =>
  loadConfigFile('exporter.yml', filesOf({ ...files, 'exporter.yml': text }))

const messageOf = async (loading: Promise<unknown>): Promise<string> => {
  const error: unknown = await loading.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof ConfigError)) throw new Error('expected a ConfigError', { cause: error })
  return error.message
}

describe('a valid file', () => {
  test('is read whole', async () => {
    const text = await readFile(new URL('good.yml', import.meta.url), 'utf8')
    const config = await loadConfigFile(
      '/etc/exporter/good.yml',
      filesOf({
        '/etc/exporter/good.yml': text,
        '/run/secrets/b.json': '{ "X-Api-Key": "k\u00e9y", "x-tenant": "" }',
        '/etc/exporter/secrets/password': 'h\u00fcnter 2 \r\n',
      }),
    )
    expect(config).toEqual({
      nodes: [
        { name: 'finney-a', api: 'rpc', url: 'http://127.0.0.1:9944', headers: {} },
        {
          name: 'finney b',
          api: 'sidecar',
          url: 'https://sidecar.example:8443/v1',
          headers: {
            'X-Api-Key': 'k\u00e9y',
            'x-tenant': '',
            authorization: `Basic ${Buffer.from('exporter:h\u00fcnter 2 ').toString('base64')}`,
          },
        },
      ],
      keys: [
        {
          name: 'validator',
          role: 'hotkey',
          address: HOTKEY,
          expect: {
            coldkey: COLDKEY,
            netuids: [0, 1, 4095],
            validatorPermit: true,
            active: false,
            maxUpdatedBlocks: 360,
            subnets: { 0: { active: true }, 4095: { maxUpdatedBlocks: 7200, validatorPermit: false } },
            minFreeTao: '0.000000001',
          },
        },
        { name: 'treasury', role: 'coldkey', address: COLDKEY, expect: { minFreeTao: '10' } },
        { name: 'the same, as a coldkey', role: 'coldkey', address: HOTKEY, expect: undefined },
      ],
      subnets: [1, 3],
      poll: { intervalMs: 90_000, timeoutMs: 500, concurrency: 256, staleAfterMs: 3_600_000 },
      limits: { maxSeries: 2_000_000 },
      discovery: { allowNetworks: ['10.0.0.0/8', 'fd00::/8'] },
      collectors: {
        node: true,
        runtime: true,
        transaction_pool: true,
        chain: true,
        accounts: true,
        hotkeys: true,
        value: true,
        expectations: true,
        swaps: true,
        subnets: true,
        neurons: false,
        deregistration: true,
        extrinsics: true,
      },
    })
  })

  test('needs nothing but a node', async () => {
    expect(await load('nodes: [{ name: a, url: "HTTP://A.Example:80/" }]')).toEqual({
      nodes: [{ name: 'a', api: 'sidecar', url: 'http://a.example', headers: {} }],
      keys: [],
      subnets: 'watched',
      poll: { intervalMs: 12_000, timeoutMs: 10_000, concurrency: 16, staleAfterMs: 120_000 },
      limits: { maxSeries: 2_000_000 },
      discovery: { allowNetworks: [] },
      collectors: {
        node: true,
        runtime: true,
        transaction_pool: true,
        chain: true,
        accounts: true,
        hotkeys: true,
        value: true,
        expectations: true,
        swaps: true,
        subnets: true,
        neurons: true,
        deregistration: true,
        extrinsics: true,
      },
    })
  })

  test.each([
    ['12s', 120_000],
    ['59s999ms', 120_000],
    ['5m', 600_000],
    ['1h', 7_200_000],
  ])('staleness follows an interval of %s', async (interval, staleAfterMs) => {
    const { poll } = await load(`nodes: [{ name: a, url: http://a }]\npoll: { interval: ${interval} }`)
    expect(poll.staleAfterMs).toBe(staleAfterMs)
  })

  test('may repeat itself with anchors and aliases', async () => {
    const { keys } = await load(
      `nodes: [{ name: a, url: http://a }]\nkeys: [{ name: a, hotkey: &a ${HOTKEY} }, { name: b, coldkey: *a }]`,
    )
    expect(keys.map(({ address }) => address)).toEqual([HOTKEY, HOTKEY])
  })

  test('an expectation of nothing is none', async () => {
    const { keys } = await load(
      `nodes: [{ name: a, url: http://a }]\nkeys: [{ name: a, hotkey: ${HOTKEY}, expect: {} }]`,
    )
    expect(keys).toEqual([{ name: 'a', role: 'hotkey', address: HOTKEY, expect: undefined }])
  })
})

describe('an invalid file', () => {
  const secrets = {
    '/run/not-json': '{"X-Key": hunter2}',
    'list.json': '["hunter2"]',
    'number.json': '{"A":"b","hunter2": 1}',
    'bad-name.json': '{"hunter2:": "x"}',
    'line-break.json': '{"A":"hunter2\\r\\nB: c"}',
    'twice.json': '{"Hunter2":"a","hunter2":"b"}',
    'host.json': '{"Host":"hunter2"}',
    'token.json': '{"Authorization":"Bearer hunter2"}',
    password: 'hunter2\n',
    empty: '\n',
    'two-lines': 'hunter2\nhunter2\n',
    'denied.json': failure('EACCES'),
    folder: failure('EISDIR'),
  }

  test.each(badFiles)('%s', async (name, lines) => {
    const file = `${name}.yml`
    const text = await readFile(new URL(`bad/${file}`, import.meta.url), 'utf8')
    const message = await messageOf(loadConfigFile(file, filesOf({ ...secrets, [file]: text })))
    expect(message.split('\n')).toEqual(lines.map((line) => `${file}:${line}`))
  })

  test('every file in bad/ is in the table', async () => {
    const files = await readdir(new URL('bad', import.meta.url))
    expect(files.sort()).toEqual(badFiles.map(([name]) => `${name}.yml`).sort())
  })

  test('has its issues as data', async () => {
    const error: unknown = await load('nodes: [{ name: a, url: 1 }]').catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(ConfigError)
    expect(error).not.toBeInstanceOf(NoNodesError)
    const issues: readonly Issue[] = [
      {
        file: 'exporter.yml',
        line: 1,
        column: 25,
        path: 'nodes[0].url',
        message: 'expected an http or https URL, got a number: put it in quotes',
      },
    ]
    expect(error).toHaveProperty('issues', issues)
  })

  test.each([
    ['ENOENT', 'exporter.yml: the configuration file does not exist'],
    ['EACCES', 'exporter.yml: the configuration file cannot be read: permission denied'],
    ['EIO', 'exporter.yml: the configuration file cannot be read (EIO)'],
  ])('cannot be read: %s', async (code, line) => {
    expect(await messageOf(loadConfigFile('exporter.yml', filesOf({ 'exporter.yml': failure(code) })))).toBe(
      line,
    )
  })

  test('is too large to be a configuration', async () => {
    expect(await messageOf(load('#'.repeat(2 ** 20 + 1)))).toBe(
      'exporter.yml:1:1: the file is larger than 1 MiB',
    )
  })

  test('reports a hundred issues and the number of the rest', async () => {
    const nodes = Array.from({ length: 150 }, () => '  - 1\n').join('')
    const lines = (await messageOf(load(`nodes:\n${nodes}`))).split('\n')
    expect(lines).toHaveLength(101)
    expect(lines.at(-1)).toBe('and 50 more')
  })
})

describe('whatever a file holds', () => {
  const onlyConfigErrors = async (text: string) => {
    const error: unknown = await load(text).then(
      () => undefined,
      (reason: unknown) => reason,
    )
    if (error === undefined) return
    expect(error).toBeInstanceOf(ConfigError)
    const { issues } = error as ConfigError
    const lines = text.split(/\r\n|\n/).length
    expect(issues.length).toBeGreaterThan(0)
    for (const { line = 0, column = 0 } of issues) {
      expect(line).toBeGreaterThanOrEqual(1)
      expect(line).toBeLessThanOrEqual(lines)
      expect(column).toBeGreaterThanOrEqual(1)
    }
  }

  test('it is a configuration or a ConfigError', async () => {
    const pieces = [
      'nodes',
      'keys',
      'name',
      'url',
      'expect',
      ':',
      ' ',
      '\n',
      '  ',
      '- ',
      '[',
      ']',
      '{',
      '}',
      ',',
    ]
    const odd = [
      '"',
      "'",
      '&a',
      '*a',
      '!x',
      '!!set',
      '|',
      '>',
      '%',
      '#',
      '\t',
      '---',
      '?',
      '<<',
      '\0',
      '__proto__',
      '1',
    ]
    const yamlish = fc
      .array(fc.constantFrom(...pieces, ...odd), { maxLength: 60 })
      .map((parts) => parts.join(''))
    await fc.assert(fc.asyncProperty(fc.oneof(yamlish, fc.string({ unit: 'binary' })), onlyConfigErrors), {
      numRuns: 400,
    })
  })

  test('also with values of any type anywhere', async () => {
    const node = fc.record(
      { name: fc.jsonValue(), url: fc.jsonValue(), headers_file: fc.jsonValue(), basic_auth: fc.jsonValue() },
      { requiredKeys: [] },
    )
    const key = fc.record(
      { name: fc.jsonValue(), hotkey: fc.jsonValue(), coldkey: fc.jsonValue(), expect: fc.jsonValue() },
      { requiredKeys: [] },
    )
    const file = fc.record(
      {
        nodes: fc.oneof(fc.array(fc.oneof(node, fc.jsonValue())), fc.jsonValue()),
        keys: fc.oneof(fc.array(fc.oneof(key, fc.jsonValue())), fc.jsonValue()),
        subnets: fc.jsonValue(),
        poll: fc.oneof(fc.record({ interval: fc.jsonValue(), stale_after: fc.jsonValue() }), fc.jsonValue()),
        collectors: fc.jsonValue(),
      },
      { requiredKeys: [] },
    )
    await fc.assert(
      fc.asyncProperty(file, (value) => onlyConfigErrors(JSON.stringify(value))),
      { numRuns: 200 },
    )
  })

  test('no message has a secret in it, wherever it was put and whatever is wrong around it', async () => {
    const secret = 's3cr3t-hunter2'
    const texts = [
      `nodes: [{ name: a, url: 'http://u:${secret}@a' }]`,
      `nodes: [{ name: a, url: http://a?token=${secret} }]`,
      `nodes: [{ name: a, url:http://u:${secret}@a }]`,
      `nodes: [{ name: a, url: http://a, basic_auth: { username: u, password: ${secret} } }]`,
      `nodes: [{ name: a, url: http://a, basic_auth: {username:u,password:${secret}} }]`,
      `nodes: [{ name: a, url: http://a, headers: { Authorization: Bearer ${secret} } }]`,
      `nodes: [{ name: a, url: http://a, headers_file: f, basic_auth: { username: u, password_file: p } }]`,
    ]
    const damage = fc.tuple(
      fc.nat(200),
      fc.constantFrom('', '"', "'", '!', '@', '%', '\t', '[', '{', '}', ': ', '- ', '*', '&', '\n'),
    )
    const file = fc.oneof(
      fc.constantFrom(
        `{"A": "${secret}"`,
        `{"${secret}": 1}`,
        `["${secret}"]`,
        `{"A": "${secret}\\n"}`,
        secret,
      ),
      fc.string().map((noise) => `{"A": "${noise}${secret}"}`),
    )
    const password = fc.constantFrom(secret, `${secret}\n${secret}`, `\0${secret}`)
    let invalid = 0
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...texts), damage, file, password, async (text, [at, piece], f, p) => {
        const damaged = text.slice(0, at) + piece + text.slice(at)
        const error: unknown = await load(damaged, { f, p }).catch((reason: unknown) => reason)
        if (!(error instanceof ConfigError)) return
        invalid += 1
        expect(error.message).not.toContain(secret.slice(0, 6))
        expect(JSON.stringify(error)).not.toContain(secret.slice(0, 6))
        expect(error.stack).not.toContain(secret.slice(0, 6))
      }),
      { numRuns: 800 },
    )
    expect(invalid).toBeGreaterThan(200)
  })
})

test.each([
  ['rpc: ws://a, rate_limit: 1/s', 1],
  ['rpc: ws://a, rate_limit: 30/m', 0.5],
  ['url: http://a, rate_limit: 2.5/s', 2.5],
  ['rpc: ws://a', undefined],
  // The public endpoints of opentensor.ai document one request a second.
  ["rpc: 'wss://entrypoint-finney.opentensor.ai:443'", 1],
  ["rpc: 'wss://entrypoint-finney.opentensor.ai:443', rate_limit: 3/s", 3],
  ['rpc: wss://opentensor.ai.example', undefined],
])('a node with %s is sent at most %s requests a second', async (options, limit) => {
  const { nodes } = await load(`nodes: [{ name: a, ${options} }]`)
  expect(nodes[0]?.requestsPerSecond).toBe(limit)
})

describe('the file or the environment', () => {
  const good = 'nodes: [{ name: a, url: http://a }]'

  test('a file is enough', async () => {
    const config = await loadConfig(
      'exporter.yml',
      { SIDECAR_URL: ' ', PATH: '/bin' },
      filesOf({ 'exporter.yml': good }),
    )
    expect(config.nodes).toEqual([{ name: 'a', api: 'sidecar', url: 'http://a', headers: {} }])
  })

  test('so is the environment', async () => {
    const config = await loadConfig(undefined, { SIDECAR_URL: 'http://b:1' }, filesOf({}))
    expect(config.nodes).toEqual([{ name: 'b:1', api: 'sidecar', url: 'http://b:1', headers: {} }])
  })

  test('setting both is an error that names both', async () => {
    const environment = { SIDECAR_URL: 'http://b', SUBNETS: 'all' }
    expect(await messageOf(loadConfig('exporter.yml', environment, filesOf({ 'exporter.yml': good })))).toBe(
      [
        'environment: SIDECAR_URL: conflicts with --config.file=exporter.yml: unset SIDECAR_URL, or start without the file',
        'environment: SUBNETS: conflicts with --config.file=exporter.yml: unset SUBNETS, or start without the file',
      ].join('\n'),
    )
  })

  test('is reported together with the issues of the file', async () => {
    expect(
      await messageOf(loadConfig('exporter.yml', { HOTKEYS: 'x' }, filesOf({ 'exporter.yml': '' }))),
    ).toBe(
      [
        'environment: HOTKEYS: conflicts with --config.file=exporter.yml: unset HOTKEYS, or start without the file',
        'exporter.yml:1:1: the file is empty: it needs at least `nodes`',
      ].join('\n'),
    )
  })

  test('rejects if neither is given', async () => {
    await expect(loadConfig(undefined, {}, filesOf({}))).rejects.toBeInstanceOf(NoNodesError)
  })
})
