import { createServer } from 'node:net'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseCommandLine } from '../../src/config/flags/command-line.ts'
import { EXIT_CODES, FLAGS, usage } from '../../src/config/flags/flags.ts'
import { ConfigError } from '../../src/config/file/load.ts'
import { VARIABLES } from '../../src/config/env/variables.ts'

const DEFAULTS = {
  command: 'run',
  configCheck: false,
  configWatch: false,
  once: false,
  json: false,
  lifecycle: false,
  explorerUrl: 'https://taostats.io/account/{address}',
  listen: { host: '127.0.0.1', port: 9645 },
  logLevel: 'info',
  logFormat: 'auto',
  version: false,
  help: false,
}

const faultsOf = (argv: readonly string[]): string[] => {
  try {
    parseCommandLine(argv)
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n')
    throw error
  }
  throw new Error('expected a ConfigError')
}

test.each([
  [[], {}],
  [['demo'], { command: 'demo' }],
  [
    ['--log.level=debug', 'demo', '--log.format', 'pretty'],
    { command: 'demo', logLevel: 'debug', logFormat: 'pretty' },
  ],
  [['--config.file=a=b.yml', '--config.check'], { configFile: 'a=b.yml', configCheck: true }],
  [['--config.file', '-'], { configFile: '-' }],
  [['--web.config.file=web.yml'], { webConfigFile: 'web.yml' }],
  [['--config.file=x.yml', '--config.watch'], { configFile: 'x.yml', configWatch: true }],
  [['--web.enable-lifecycle'], { lifecycle: true }],
  [
    ['--web.explorer-url=http://explorer.example/#/{address}'],
    { explorerUrl: 'http://explorer.example/#/{address}' },
  ],
  [['--web.explorer-url=none'], { explorerUrl: undefined }],
  [
    ['--web.allowed-hosts=Exporter.example,exporter_1,localhost'],
    { allowedHosts: ['exporter.example', 'exporter_1', 'localhost'] },
  ],
  [['--version'], { version: true }],
  [['--help'], { help: true }],
  [['-h'], { help: true }],
  [['check', '--json'], { command: 'check', json: true }],
  [['--once'], { once: true }],
  [
    ['storage', 'System.Account', '5Gx', '--config.file=x.yml'],
    {
      command: 'storage',
      configFile: 'x.yml',
      storage: { pallet: 'System', item: 'Account', keys: ['5Gx'] },
    },
  ],
  [
    ['storage', 'SubtensorModule.Uids', '1', '5Gx'],
    { command: 'storage', storage: { pallet: 'SubtensorModule', item: 'Uids', keys: ['1', '5Gx'] } },
  ],
])('%j', (argv, expected) => {
  expect(parseCommandLine(argv)).toEqual({ ...DEFAULTS, ...expected })
})

test.each([
  [['--config.flie=x'], ['command line: --config.flie: unknown flag: did you mean --config.file?']],
  [['-config.file=x'], ['command line: -config.file: unknown flag: did you mean --config.file?']],
  ...['taostats.io/{address}', 'javascript:{address}', 'https://taostats.io', 'https://[{address}'].map(
    (url): [string[], string[]] => [
      [`--web.explorer-url=${url}`],
      ['command line: --web.explorer-url: expected an http or https URL with {address}, or none'],
    ],
  ),
  ...['a.example:9645', 'a.example,', 'a b', '.example', 'https://a.example', '[::1]'].map(
    (names): [string[], string[]] => [
      [`--web.allowed-hosts=${names}`],
      [
        'command line: --web.allowed-hosts: expected host names without ports, such as exporter.example,exporter',
      ],
    ],
  ),
  [
    ['--web.allowed-hosts=localhost,10.0.0.1'],
    [
      'command line: --web.allowed-hosts: IP addresses are always allowed: list only host names, or localhost alone',
    ],
  ],
  [['--quiet'], ['command line: --quiet: unknown flag']],
  [['--\u0007=hunter2'], ['command line: unknown flag']],
  [['--config.file'], ['command line: --config.file: needs a value: --config.file=FILE']],
  [['--config.file='], ['command line: --config.file: needs a value: --config.file=FILE']],
  [['--config.file', '--log.level=warn'], ['command line: --config.file: needs a value: --config.file=FILE']],
  [['--config.check=true'], ['command line: --config.check: takes no value']],
  [['--config.watch'], ['command line: --config.watch: needs --config.file']],
  [
    ['demo', '--config.watch'],
    ['command line: --config.watch: is not allowed with demo, which has its own configuration'],
  ],
  [['--web.enable-lifecycle=yes'], ['command line: --web.enable-lifecycle: takes no value']],
  [['--help', '--help'], ['command line: --help: is given twice']],
  [['--log.level=verbose'], ['command line: --log.level: expected one of debug, info, warn, error']],
  [['--log.format=text'], ['command line: --log.format: expected one of auto, json, pretty']],
  [['dmeo'], ['command line: unknown command: the commands are check, demo and storage']],
  [['run'], ['command line: unknown command: the commands are check, demo and storage']],
  [
    ['exporter.yml'],
    [
      'command line: unknown command: the commands are check, demo and storage; a configuration file is given as --config.file=FILE',
    ],
  ],
  [
    ['help'],
    ['command line: unknown command: the commands are check, demo and storage; this is a flag: --help'],
  ],
  [
    ['exporter.json', '--config.check'],
    [
      'command line: unknown command: the commands are check, demo and storage; a configuration file is given as --config.file=FILE',
    ],
  ],
  [['--json'], ['command line: --json: is only for check']],
  [['check', '--once'], ['command line: --once: is not allowed with check']],
  [
    ['--once', '--web.enable-lifecycle'],
    ['command line: --web.enable-lifecycle: is not allowed with --once'],
  ],
  [['demo', 'demo'], ['command line: more than one command']],
  ...[[], ['System'], ['system.account'], ['System.Account.x'], ['x.yml']].map(
    (words): [string[], string[]] => [
      ['storage', ...words],
      ['command line: storage: expected an item of a pallet, such as System.Account, and its keys'],
    ],
  ),
  [['storage', 'System.Account', ''], ['command line: storage: a key is empty']],
  [['storage', 'System.Number', '--once'], ['command line: --once: is not allowed with storage']],
  [
    ['demo', '--config.file=x.yml'],
    ['command line: --config.file: is not allowed with demo, which has its own configuration'],
  ],
  [
    ['--nonsense', '--log.level=x', '--web.listen-address=x'],
    [
      'command line: --nonsense: unknown flag',
      'command line: --web.listen-address: expected HOST:PORT such as 127.0.0.1:9645, or :9645 for every interface',
      'command line: --log.level: expected one of debug, info, warn, error',
    ],
  ],
])('%j is a fault', (argv, lines) => {
  expect(faultsOf(argv)).toEqual(lines)
})

describe('--web.listen-address', () => {
  test.each([
    [':9645', { host: '', port: 9645 }],
    ['localhost:0', { host: 'localhost', port: 0 }],
    ['0.0.0.0:65535', { host: '0.0.0.0', port: 65_535 }],
    ['[::1]:9645', { host: '::1', port: 9645 }],
    ['[::]:9645', { host: '::', port: 9645 }],
    ['my-host.example:80', { host: 'my-host.example', port: 80 }],
  ])('%s', (text, listen) => {
    expect(parseCommandLine([`--web.listen-address=${text}`]).listen).toEqual(listen)
  })

  test('without a host, Node listens on every interface', async () => {
    const { listen } = parseCommandLine(['--web.listen-address=:0'])
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(listen, resolve))
    try {
      expect(server.address()).toHaveProperty('address', expect.stringMatching(/^(::|0\.0\.0\.0)$/))
    } finally {
      await new Promise((resolve) => server.close(resolve))
    }
  })

  const shape = 'expected HOST:PORT such as 127.0.0.1:9645, or :9645 for every interface'
  const brackets = 'an IPv6 address needs brackets, such as [::1]:9645'
  test.each([
    ['9645', shape],
    ['localhost', shape],
    ['localhost:', shape],
    ['localhost:http', shape],
    ['http://localhost:9645', shape],
    [':-1', shape],
    [':65536', 'a port is at most 65535'],
    ['::1', brackets],
    ['::1:9645', brackets],
    ['fe80::1:9645', brackets],
    ['[127.0.0.1]:9645', 'the text in brackets is not an IPv6 address'],
    ['a b:9645', 'the host is not a host name or IP address; omit it for every interface'],
    ['*:9645', 'the host is not a host name or IP address; omit it for every interface'],
  ])('%s is a fault', (text, message) => {
    expect(faultsOf([`--web.listen-address=${text}`])).toEqual([
      `command line: --web.listen-address: ${message}`,
    ])
  })
})

test('whatever the arguments are, it is a command line or a ConfigError', () => {
  const words = ['demo', '--config.file', '--config.check', '--help', '--log.level=', '=', ':1', '-', '--']
  const argument = fc.oneof(fc.constantFrom(...words), fc.string())
  fc.assert(
    fc.property(fc.array(argument, { maxLength: 6 }), (argv) => {
      try {
        expect(['run', 'demo']).toContain(parseCommandLine(argv).command)
      } catch (error) {
        expect(error).toBeInstanceOf(ConfigError)
      }
    }),
  )
})

test('--help has every flag, variable and exit code, on lines that fit', () => {
  for (const { name } of [...FLAGS, ...VARIABLES]) expect(usage).toMatch(new RegExp(`^  ${name}[ =]`, 'm'))
  for (const [code] of EXIT_CODES) expect(usage).toMatch(new RegExp(`^  ${code}  `, 'm'))
  expect(Math.max(...usage.split('\n').map((line) => line.length))).toBeLessThanOrEqual(115)
  expect(usage).not.toContain('`')
})
