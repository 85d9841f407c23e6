import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ConfigError, configFromEnvironment, NoNodesError } from '../../src/config/file/load.ts'
import { COLDKEY, HOTKEY } from './files.ts'

const faultsOf = (environment: Readonly<Record<string, string>>): string[] => {
  try {
    configFromEnvironment(environment)
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n')
    throw error
  }
  throw new Error('expected a ConfigError')
}

const SIDECAR_URL = 'http://127.0.0.1:8080'

describe('nodes', () => {
  test.each([
    ['http://127.0.0.1:8080', [['127.0.0.1:8080', 'http://127.0.0.1:8080']]],
    ['http://a/', [['a:80', 'http://a']]],
    ['https://a/v1/', [['a:443', 'https://a/v1']]],
    ['HTTP://a/x=y', [['a:80', 'http://a/x=y']]],
    ['http://[::1]:8080', [['[::1]:8080', 'http://[::1]:8080']]],
    [
      ' http://a , b = http://a/x=y ',
      [
        ['a:80', 'http://a'],
        ['b', 'http://a/x=y'],
      ],
    ],
  ])('%s', (text, nodes) => {
    expect(configFromEnvironment({ SIDECAR_URL: text }).nodes).toEqual(
      nodes.map(([name, url]) => ({ name, api: 'sidecar', url, headers: {} })),
    )
  })

  test('NODE_URL has nodes that are read by JSON-RPC', () => {
    const NODE_URL = 'wss://entrypoint-finney.opentensor.ai:443, local = ws://127.0.0.1:9944/, http://a'
    expect(configFromEnvironment({ NODE_URL }).nodes).toEqual([
      {
        name: 'entrypoint-finney.opentensor.ai:443',
        api: 'rpc',
        url: 'https://entrypoint-finney.opentensor.ai',
        headers: {},
        requestsPerSecond: 1,
      },
      { name: 'local', api: 'rpc', url: 'http://127.0.0.1:9944', headers: {} },
      { name: 'a:80', api: 'rpc', url: 'http://a', headers: {} },
    ])
  })

  test.each([
    [
      { NODE_URL: 'ws://a', SIDECAR_URL },
      'environment: SIDECAR_URL: conflicts with NODE_URL: set one of the two; a configuration file can have both kinds',
    ],
    [
      { SIDECAR_URL: 'wss://a' },
      'environment: SIDECAR_URL[0]: a ws or wss URL is that of the node itself, not of a Sidecar: use NODE_URL',
    ],
    [
      { NODE_URL: 'a:9944' },
      'environment: NODE_URL[0]: not an http, https, ws or wss URL: write it in full, such as ws://127.0.0.1:9944',
    ],
    [
      { NODE_URL: 'ws://a,x=wss://b,x=ws://c' },
      'environment: NODE_URL[2]: the same name as NODE_URL[1]: give each a unique name, as name=URL',
    ],
  ])('%j is a fault', (variables, line) => {
    expect(faultsOf(variables)).toEqual([line])
  })

  test.each([
    [
      'http://a,http://a:80/v1',
      'environment: SIDECAR_URL[1]: the same name as SIDECAR_URL[0]: give each a unique name, as name=URL',
    ],
    [
      'a:80=http://b,http://a',
      'environment: SIDECAR_URL[1]: the same name as SIDECAR_URL[0]: give each a unique name, as name=URL',
    ],
    ['http://a,', 'environment: SIDECAR_URL[1]: is empty: remove the extra comma'],
    ['a=', 'environment: SIDECAR_URL[0]: is empty: remove the extra comma'],
    ['=http://a', 'environment: SIDECAR_URL[0]: before the "=": a name must not be empty'],
    [
      'a:8080',
      'environment: SIDECAR_URL[0]: not an http or https URL: write it in full, such as http://127.0.0.1:8080',
    ],
    [
      'http://user:hunter2@a',
      'environment: SIDECAR_URL[0]: the URL must not contain a user name or password, which would be shown: use basic_auth or headers_file',
    ],
    ['a=http://x,b=http://X:80/', 'environment: SIDECAR_URL[1]: the same URL as SIDECAR_URL[0]'],
    ['"http://a"', 'environment: SIDECAR_URL[0]: has quotes, which are part of the value here: remove them'],
  ])('%s is a fault', (text, line) => {
    expect(faultsOf({ SIDECAR_URL: text })).toEqual([line])
  })

  test('without nodes, the error names both ways to configure one', () => {
    const [line = '', ...more] = faultsOf({ SIDECAR_URL: ' ', HOTKEYS: HOTKEY })
    expect(line).toMatch(/^environment: NODE_URL: is not set/)
    expect(line).toContain('NODE_URL=ws://127.0.0.1:9944')
    expect(line).toContain('SIDECAR_URL=http://127.0.0.1:8080')
    expect(line).toContain('--config.file=FILE')
    expect(line).toContain('npm run demo')
    expect(more).toEqual([])
    expect(() => configFromEnvironment({})).toThrow(NoNodesError)
  })
})

describe('keys', () => {
  test('have the names they were given, or the beginning of their address, never the same twice', () => {
    const { keys } = configFromEnvironment({
      SIDECAR_URL,
      HOTKEYS: HOTKEY,
      COLDKEYS: ` ${HOTKEY} , 5F4tQyWr-2 = ${COLDKEY}`,
    })
    expect(keys).toEqual([
      { name: '5F4tQyWr', role: 'hotkey', address: HOTKEY, expect: undefined },
      { name: '5F4tQyWr-3', role: 'coldkey', address: HOTKEY, expect: undefined },
      { name: '5F4tQyWr-2', role: 'coldkey', address: COLDKEY, expect: undefined },
    ])
  })

  test('have all their faults said at once', () => {
    expect(
      faultsOf({
        SIDECAR_URL,
        HOTKEYS: `${HOTKEY},a=${HOTKEY},${HOTKEY.slice(0, -1)}4,,a\u0007=${COLDKEY}`,
        COLDKEYS: `a=${COLDKEY}`,
      }),
    ).toEqual([
      'environment: HOTKEYS[3]: is empty: remove the extra comma',
      'environment: HOTKEYS[4]: before the "=": a name must not contain control or invisible characters',
      'environment: COLDKEYS[0]: the same name as HOTKEYS[1]',
      'environment: HOTKEYS[1]: the same address as HOTKEYS[0]',
      'environment: HOTKEYS[2]: not a valid SS58 address: its characters, length or checksum are wrong',
    ])
  })
})

describe('subnets', () => {
  test.each([
    [undefined, 'watched'],
    ['', 'watched'],
    ['watched', 'watched'],
    ['all', 'all'],
    ['0', [0]],
    [' 1, 4095 ', [1, 4095]],
  ])('%s', (text, subnets) => {
    expect(configFromEnvironment({ SIDECAR_URL, SUBNETS: text }).subnets).toEqual(subnets)
  })

  test('have all their faults said at once', () => {
    const expected = 'expected watched, all or netuids from 0 to 4095 separated by commas'
    expect(faultsOf({ SIDECAR_URL, SUBNETS: '1,all,4096,-1,,1' })).toEqual([
      `environment: SUBNETS[1]: ${expected}`,
      `environment: SUBNETS[2]: ${expected}`,
      `environment: SUBNETS[3]: ${expected}`,
      `environment: SUBNETS[4]: ${expected}`,
      'environment: SUBNETS[5]: the same netuid as SUBNETS[0]',
    ])
  })
})

test('the rest is as in a file that says nothing of it', () => {
  const { poll, collectors } = configFromEnvironment({ SIDECAR_URL })
  expect(poll).toEqual({ intervalMs: 12_000, timeoutMs: 10_000, concurrency: 16, staleAfterMs: 120_000 })
  expect(collectors).toMatchObject({ chain: true, neurons: true, extrinsics: true })
})

test('whatever the variables hold, it is a configuration or a ConfigError', () => {
  const piece = fc.oneof(
    fc.constantFrom('http://a', HOTKEY, COLDKEY, ',', '=', ' ', '1', 'all'),
    fc.string({ unit: 'binary' }),
  )
  const value = fc.array(piece, { maxLength: 8 }).map((parts) => parts.join(''))
  const environment = fc.record({ SIDECAR_URL: value, HOTKEYS: value, COLDKEYS: value, SUBNETS: value })
  fc.assert(
    fc.property(environment, (variables) => {
      try {
        const { nodes, keys } = configFromEnvironment(variables)
        expect(nodes.length).toBeGreaterThan(0)
        expect(new Set(keys.map(({ name }) => name)).size).toBe(keys.length)
      } catch (error) {
        expect(error).toBeInstanceOf(ConfigError)
      }
    }),
    { numRuns: 500 },
  )
})

describe('what other programs leave in lists, and misspelled names', () => {
  test.each([
    ['HOTKEYS', `'${HOTKEY}'`, 'HOTKEYS[0]: has quotes, which are part of the value here: remove them'],
    ['HOTKEYS', `v="${HOTKEY}"`, 'HOTKEYS[0]: has quotes, which are part of the value here: remove them'],
    [
      'COLDKEYS',
      `${COLDKEY}\n${HOTKEY}`,
      'COLDKEYS[0]: contains a space or line break: separate entries with commas',
    ],
    [
      'HOTKEYS',
      `${HOTKEY} ${COLDKEY}`,
      'HOTKEYS[0]: contains a space or line break: separate entries with commas',
    ],
    ['HOTKEYS', `${HOTKEY};${COLDKEY}`, 'HOTKEYS[0]: contains a semicolon: separate entries with commas'],
    [
      'COLDKEYS',
      `${COLDKEY}\u200b`,
      'COLDKEYS[0]: has an invisible character: type or copy the address again',
    ],
    ['SUBNETS', '"1,3"', 'SUBNETS: has quotes, which are part of the value here: remove them'],
    ['HOTKEY', HOTKEY, 'HOTKEY: is not read: did you mean HOTKEYS?'],
    ['hotkeys', HOTKEY, 'hotkeys: is not read: did you mean HOTKEYS?'],
    ['HOT_KEYS', HOTKEY, 'HOT_KEYS: is not read: did you mean HOTKEYS?'],
    ['HOTKYES', HOTKEY, 'HOTKYES: is not read: did you mean HOTKEYS?'],
    ['HOTKEY_1', HOTKEY, 'HOTKEY_1: is not read: did you mean HOTKEYS?'],
    ['BITTENSOR_EXPORTER_HOTKEYS', HOTKEY, 'BITTENSOR_EXPORTER_HOTKEYS: is not read: did you mean HOTKEYS?'],
    ['COLDKEY', COLDKEY, 'COLDKEY: is not read: did you mean COLDKEYS?'],
    ['SUBNET', '1', 'SUBNET: is not read: did you mean SUBNETS?'],
    ['NETUIDS', '1', 'NETUIDS: is not read: did you mean SUBNETS?'],
  ])('%s=%s', (variable, value, line) => {
    expect(faultsOf({ SIDECAR_URL, [variable]: value })).toEqual([`environment: ${line}`])
  })

  test.each([
    ['NODE_URLS', 'NODE_URL'],
    ['NODE_URI', 'NODE_URL'],
    ['node_url', 'NODE_URL'],
    ['RPC_URL', 'NODE_URL'],
    ['BITTENSOR_NODE_URL', 'NODE_URL'],
    ['SIDECAR_URLS', 'SIDECAR_URL'],
    ['SIDECAR', 'SIDECAR_URL'],
  ])('%s instead of %s, when no node is configured', (wrong, right) => {
    const [first = '', ...more] = faultsOf({ [wrong]: 'http://a' })
    expect(first).toMatch(/^environment: NODE_URL: is not set/)
    expect(more).toEqual([`environment: ${wrong}: is not read: did you mean ${right}?`])
    expect(configFromEnvironment({ SIDECAR_URL, [wrong]: 'http://a' }).nodes).toHaveLength(1)
  })

  test('variables that other programs and platforms set are not mistaken for the own ones', () => {
    const others = [
      ...['PATH', 'HOME', 'NODE_ENV', 'NODE_OPTIONS', 'NODE_PATH', 'NODE_NAME', 'NODE_EXTRA_CA_CERTS'],
      ...['SIDECAR_SERVICE_HOST', 'SIDECAR_PORT', 'SUBNET_ID', 'WALLET_HOTKEY', 'API_KEY', 'SSH_KEYS'],
      ...[
        'KUBERNETES_SERVICE_HOST',
        'npm_config_user_agent',
        'BITTENSOR_EXPORTER_REVISION',
        'PUBLIC_NODE_URL',
      ],
      ...['SUBSTRATE_URL', 'SAS_SUBSTRATE_URL'],
    ]
    const environment = Object.fromEntries(others.map((name) => [name, 'x']))
    expect(configFromEnvironment({ ...environment, SIDECAR_URL }).nodes).toHaveLength(1)
    expect(faultsOf(environment)).toHaveLength(1)
  })

  test('HOTKEY of another program does not matter beside HOTKEYS', () => {
    expect(configFromEnvironment({ SIDECAR_URL, HOTKEY: 'x', HOTKEYS: HOTKEY }).keys).toHaveLength(1)
  })
})
