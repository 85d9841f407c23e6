import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parseEnv } from 'node:util'
import { describe, expect, onTestFinished, test } from 'vitest'
import { parse } from 'yaml'
import { parseCommandLine } from '../../src/config/flags/command-line.ts'
import { readTextFile } from '../../src/config/file/read-text.ts'
import { loadWebConfig } from '../../src/config/web/load-web-config.ts'
import { authority } from '../support/certificates.ts'
import { runProgram } from '../support/programs.ts'
import { composeFile, mountsOf, type ComposeFile } from './compose-file.ts'
import { ROOT, namesIn, source } from './files.ts'

/** An empty folder that is gone after the test. */
async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'bittensor-deploy-'))
  onTestFinished(() => rm(made, { recursive: true }))
  return made
}

describe('docker-compose', () => {
  const configured = async (...args: string[]): Promise<ComposeFile> => {
    const { code, output } = await runProgram('docker-compose', [
      ...['-f', join(ROOT, 'docker-compose.yml'), '--project-directory', ROOT, ...args],
      'config',
    ])
    expect([code, output]).toEqual([0, expect.stringContaining('services:')])
    return parse(output) as ComposeFile
  }

  test.each(['public', 'node', 'sidecar', 'demo'])('accepts the profile %s', async (profile) => {
    const { services } = await configured('--profile', profile)
    expect(Object.keys(services).sort()).toEqual(Object.keys((await composeFile()).services).sort())
  })

  test('reads a public endpoint by default, by .env.example, and takes from it what to watch', async () => {
    const env = parseEnv(await source('.env.example'))
    expect(env['COMPOSE_PROFILES']).toBe('public')
    const text = await source('docker-compose.yml')
    for (const name of Object.keys(env))
      if (name !== 'COMPOSE_PROFILES') expect(text).toMatch(new RegExp(`\\$\\{${name}:?-`))
    const there = await folder()
    await cp(join(ROOT, 'docker-compose.yml'), join(there, 'docker-compose.yml'))
    await writeFile(join(there, '.env'), `${await source('.env.example')}\nHOTKEYS=miner=5CUY\n`)
    const { code, output } = await runProgram('docker-compose', ['--project-directory', there, 'config'])
    expect([code, output]).toEqual([0, expect.stringContaining('services:')])
    const { services } = parse(output) as ComposeFile
    expect(services['exporter-public']?.environment).toEqual({
      NODE_URL: env['PUBLIC_NODE_URL'],
      HOTKEYS: 'miner=5CUY',
      COLDKEYS: '',
      SUBNETS: '',
    })
    expect(services['exporter-node']?.environment).toMatchObject({ NODE_URL: env['NODE_URL'] })
    expect(services['sidecar']?.environment).toMatchObject({ SAS_SUBSTRATE_URL: env['SUBSTRATE_URL'] })
  })

  test('fills in what is not set', async () => {
    const { services } = await configured('--profile', 'sidecar')
    expect(services['sidecar']?.environment).toMatchObject({
      SAS_SUBSTRATE_URL: 'ws://host.docker.internal:9944',
    })
    expect(services['exporter-sidecar']?.environment).toMatchObject({
      SIDECAR_URL: 'finney=http://sidecar:8080',
      HOTKEYS: '',
    })
  })
})

describe('Prometheus', () => {
  test('has its configuration and all rules where they are mounted', async () => {
    const there = await folder()
    const { prometheus } = (await composeFile()).services
    for (const [from, to] of mountsOf(prometheus!)) {
      await mkdir(dirname(join(there, to)), { recursive: true })
      await cp(join(ROOT, from), join(there, to), { recursive: true })
    }
    const { code, output } = await runProgram('promtool', [
      'check',
      'config',
      join(there, 'etc/prometheus/prometheus.yml'),
    ])
    expect([code, output]).toEqual([0, expect.stringContaining('SUCCESS')])
    for (const rules of await namesIn('alertmanager/rules', '.yml'))
      expect(output).toContain(join(there, 'etc/prometheus/rules', rules))
    expect(output).not.toMatch(/rules\/(tests|kustomization)/)
  })
})

describe('systemd', () => {
  /** The unit with the Node.js and the program of this machine: what verify looks for is there. */
  const unit = async (): Promise<string> => {
    const file = join(await folder(), 'bittensor-exporter.service')
    const text = await source('deploy/systemd/bittensor-exporter.service')
    const moved = text.replace('ExecStart=/usr/bin/node ', `ExecStart=${process.execPath} `)
    expect(moved).toContain(`ExecStart=${process.execPath} `)
    await writeFile(file, moved)
    return file
  }

  test('has nothing to say of the unit', async () => {
    expect(await runProgram('systemd-analyze', ['verify', '--man=no', await unit()])).toEqual({
      code: 0,
      output: '',
    })
  })

  test('finds a mistake in it', async () => {
    const file = await unit()
    await writeFile(file, (await readFile(file, 'utf8')).replace('ProtectHome=', 'ProtectHouse='))
    expect((await runProgram('systemd-analyze', ['verify', '--man=no', file])).output).toContain(
      'ProtectHouse',
    )
  })

  test('rates its exposure at 1.5 of 10 or less', async () => {
    const { code, output } = await runProgram('systemd-analyze', [
      'security',
      '--offline=yes',
      '--threshold=15',
      '--no-pager',
      await unit(),
    ])
    expect([code, output]).toEqual([0, expect.stringMatching(/Overall exposure level .*: [01]\.\d OK/)])
    // V8 would not start.
    expect(await source('deploy/systemd/bittensor-exporter.service')).not.toMatch(/^MemoryDenyWriteExecute=/m)
  })

  /** The parts of the section about TLS in deploy/README.md. */
  const recipe = async () => {
    const text = await source('deploy/README.md')
    const section = text.slice(text.indexOf('### TLS and passwords with systemd'))
    const [, dropIn = ''] = /```ini\n([^]*?)```/.exec(section) ?? []
    const [, webFile = ''] = /```yaml\n([^]*?)```/.exec(section) ?? []
    const credentials = Array.from(
      dropIn.matchAll(/^LoadCredential=([\w.-]+):(.*)$/gm),
      ([, id = '', file = '']) => ({
        id,
        file,
      }),
    )
    return { dropIn, webFile, credentials }
  }

  test('the drop-in for TLS is valid, and its command line is one that the exporter accepts', async () => {
    const { dropIn } = await recipe()
    const file = await unit()
    await mkdir(`${file}.d`)
    await writeFile(
      join(`${file}.d`, 'override.conf'),
      dropIn.replace('ExecStart=/usr/bin/node ', `ExecStart=${process.execPath} `),
    )
    expect(await runProgram('systemd-analyze', ['verify', '--man=no', file])).toEqual({ code: 0, output: '' })
    const [, args = ''] = /^ExecStart=\S+ \S+main\.js (.*)$/m.exec(dropIn) ?? []
    expect(parseCommandLine(args.split(' '))).toMatchObject({
      configFile: '/etc/bittensor-exporter/exporter.yml',
      webConfigFile: '/run/credentials/bittensor-exporter.service/web.yml',
      listen: { host: '', port: 9645 },
    })
  })

  test('with its credentials, which systemd puts into one folder, the web configuration of the recipe loads', async () => {
    const { webFile, credentials } = await recipe()
    const made = await folder()
    const { cert, key } = await (await authority(made, 'ca')).issue('exporter')
    const there = await folder()
    const contents: Readonly<Record<string, string>> = {
      '/etc/bittensor-exporter/web.yml': webFile,
      '/etc/bittensor-exporter/tls/server.crt': await readFile(cert, 'utf8'),
      '/etc/bittensor-exporter/tls/server.key': await readFile(key, 'utf8'),
    }
    expect(credentials.map(({ file }) => file).sort()).toEqual(Object.keys(contents).sort())
    for (const { id, file } of credentials) await writeFile(join(there, id), contents[file]!)
    const { tls, users } = await loadWebConfig(join(there, 'web.yml'), readTextFile)
    expect(tls).toBeDefined()
    expect([...users.keys()]).toEqual(['prometheus'])
  })
})
