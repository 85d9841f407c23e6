import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { parseCommandLine } from '../../src/config/flags/command-line.ts'
import { configFromEnvironment, loadConfig } from '../../src/config/file/load.ts'
import { composeFile, mountsOf, namesOn, servicesOf, withDefaults, type Service } from './compose-file.ts'
import { BUNDLE, PINNED, ROOT, packageVersion, source } from './files.ts'

const compose = await composeFile()
const services = Object.entries(compose.services)

/** The command as a container gets it where no variable is set. */
const argumentsOf = ({ command = '' }: Service): string[] =>
  withDefaults(String(command))
    .split(' ')
    .filter((word) => word !== '')

const defaults = (environment: Readonly<Record<string, string>> = {}): Record<string, string> =>
  Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, withDefaults(value)]))

describe.each(services)('%s', (name, service) => {
  test('has an image of one version', () => {
    expect(service.image).toMatch(PINNED)
  })

  test('can write nowhere but in its volumes, is not root, and cannot become it', () => {
    expect(service).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    })
    expect(service.user).toMatch(/^[1-9]\d*:\d+$/)
  })

  test('has a limit of memory and of processes', () => {
    expect(withDefaults(service.mem_limit ?? '')).toMatch(/^\d+[mg]$/)
    expect(service.pids_limit).toBeGreaterThan(0)
  })

  test('listens on loopback only, Sidecar on no port of the machine', () => {
    expect(service.ports === undefined).toBe(name === 'sidecar')
    for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/)
  })

  test('has a health check', () => {
    const inTheImage = service.image.startsWith('bittensor-exporter:')
    expect(service.healthcheck === undefined).toBe(inTheImage)
  })

  test('mounts what is there, and cannot change it', async () => {
    for (const volume of service.volumes ?? [])
      if (withDefaults(volume).startsWith('./')) expect(volume).toMatch(/:ro$/)
      else expect(Object.keys(compose.volumes)).toContain(volume.split(':')[0])
    for (const [from] of mountsOf(service)) await expect(stat(join(ROOT, from))).resolves.toBeDefined()
  })
})

test.each(['public', 'node', 'sidecar', 'demo'])(
  'with the profile %s Prometheus finds each of its targets, once',
  async (profile) => {
    const { scrape_configs, alerting } = parse(await source('deploy/prometheus/prometheus.yml')) as {
      scrape_configs: { job_name: string; static_configs: { targets: string[] }[] }[]
      alerting: { alertmanagers: { static_configs: { targets: string[] }[] }[] }
    }
    const targets = [...scrape_configs, ...alerting.alertmanagers]
      .flatMap(({ static_configs }) => static_configs)
      .flatMap((group) => group.targets)
      .filter((target) => !target.startsWith('127.0.0.1'))
    expect(targets).toEqual(['exporter:9645', 'alertmanager:9093', 'alertmanager:9093'])
    for (const target of targets) {
      const [host = '', port = ''] = target.split(':')
      const there = servicesOf(compose, profile).filter((entry) => namesOn('metrics', entry).includes(host))
      expect(there.map(([, { ports }]) => ports)).toEqual([[`127.0.0.1:${port}:${port}`]])
    }
    expect(scrape_configs[0]?.job_name).toContain('bittensor-exporter')
  },
)

test('each way to read a chain has a profile of its own, and two never run side by side: they want the same port', () => {
  const inProfiles = services.filter(([, { profiles }]) => profiles !== undefined)
  expect(inProfiles.map(([name, { profiles }]) => [name, profiles])).toEqual([
    ['exporter-public', ['public']],
    ['exporter-node', ['node']],
    ['sidecar', ['sidecar']],
    ['exporter-sidecar', ['sidecar']],
    ['demo', ['demo']],
  ])
  const exporters = inProfiles.filter(([name]) => name !== 'sidecar')
  for (const [, { ports }] of exporters) expect(ports).toEqual(['127.0.0.1:9645:9645'])
})

test('what runs in a profile depends only on what runs in it too', () => {
  for (const profile of ['public', 'node', 'sidecar', 'demo']) {
    const running = servicesOf(compose, profile)
    const names = running.map(([name]) => name)
    for (const [, { depends_on = {} }] of running)
      expect(names).toEqual(expect.arrayContaining(Object.keys(depends_on)))
  }
})

test('Sidecar can be reached by the exporter alone', () => {
  const on = services.filter(([name, service]) => namesOn('chain', [name, service]).length > 0)
  expect(on.map(([name]) => name)).toEqual(['sidecar', 'exporter-sidecar'])
})

test('Sidecar gets the types bundle that is shipped, and it has the extension that Sidecar does not know', async () => {
  const { environment = {}, ...sidecar } = compose.services['sidecar']!
  const [[from, to] = ['', '']] = mountsOf(sidecar)
  expect([from, to]).toEqual([BUNDLE, environment['SAS_SUBSTRATE_TYPES_BUNDLE']])
  expect(to).toMatch(/^\/.+\.json$/)
  expect(JSON.parse(await source(BUNDLE))).toEqual({
    spec: {
      'node-subtensor': {
        signedExtensions: {
          CheckMetadataHash: { extrinsic: { mode: 'u8' }, payload: { metadataHash: 'Option<[u8;32]>' } },
        },
      },
    },
  })
})

test.each(['README.md', 'deploy/README.md', 'docs/runbooks/BittensorNodeMisreadsExtrinsics.md'])(
  '%s tells those who run a Sidecar of their own of the bundle, and which releases not to use',
  async (path) => {
    const text = await source(path)
    for (const word of [
      'SAS_SUBSTRATE_TYPES_BUNDLE',
      'absolute path',
      'types-bundle.json',
      '19.2.1',
      '19.2.2',
    ])
      expect(text).toContain(word)
  },
)

test('the README of the deployment names each profile, its variable, and what a node needs for it', async () => {
  const text = await source('deploy/README.md')
  for (const word of [
    ...['`public`', '`node`', '`sidecar`', '`demo`', 'PUBLIC_NODE_URL', 'NODE_URL', 'SUBSTRATE_URL'],
    ...['--rpc-external --rpc-cors=all', 'Provided Host header is not whitelisted', '403'],
  ])
    expect(text).toContain(word)
})

describe('the exporter accepts how it is started', () => {
  test.each([
    ['exporter-public', 'rpc', 'https://entrypoint-finney.opentensor.ai'],
    ['exporter-node', 'rpc', 'http://host.docker.internal:9944'],
    ['exporter-sidecar', 'sidecar', 'http://sidecar:8080'],
  ])('%s, by the environment', (name, api, url) => {
    const service = compose.services[name]!
    expect(parseCommandLine(argumentsOf(service))).toMatchObject({
      command: 'run',
      listen: { host: '', port: 9645 },
    })
    const { nodes, keys } = configFromEnvironment(defaults(service.environment))
    expect(nodes).toMatchObject([{ name: 'finney', api, url }])
    expect(keys).toEqual([])
  })

  test('Sidecar listens where its exporter looks for it', () => {
    expect(compose.services['sidecar']?.environment).toMatchObject({ SAS_EXPRESS_PORT: '8080' })
  })

  test.each(['exporter-public', 'exporter-node', 'exporter-sidecar'])(
    '%s, by the file that is mounted',
    async (name) => {
      const [[folder, mounted] = ['', '']] = mountsOf(compose.services[name]!)
      expect(mounted).toBe('/etc/bittensor-exporter')
      const read = (): Promise<string> => source(`${folder}/exporter.example.yml`)
      const { nodes } = await loadConfig('exporter.yml', {}, read)
      expect(nodes).toMatchObject([{ url: 'http://sidecar:8080' }])
    },
  )

  test.each(['exporter-public', 'exporter-node'])(
    '%s, by the node that the file has in a comment for it',
    async (name) => {
      const text = await source('deploy/compose/exporter/exporter.example.yml')
      const [profile] = compose.services[name]!.profiles!
      const [, node = ''] = new RegExp(`^  #   (- \\{.*\\}) +# ${profile}$`, 'm').exec(text) ?? []
      const read = (): Promise<string> => Promise.resolve(`nodes: [${node.slice(2)}]\n`)
      const { nodes } = await loadConfig('exporter.yml', {}, read)
      const [expected] = configFromEnvironment(defaults(compose.services[name]?.environment)).nodes
      expect(nodes).toMatchObject([{ name: 'finney', api: 'rpc', url: expected?.url }])
    },
  )

  test('as a demonstration', () => {
    expect(parseCommandLine(argumentsOf(compose.services['demo']!))).toMatchObject({
      command: 'demo',
      listen: { host: '', port: 9645 },
    })
  })

  test('from an image of this version', async () => {
    const images = services.map(([, { image }]) => image).filter((image) => image.startsWith('bittensor'))
    expect(images).toEqual(Array(4).fill(`bittensor-exporter:${await packageVersion()}`))
  })
})

test('Grafana finds what it is given where its provisioning looks', async () => {
  const { grafana } = compose.services
  const { providers } = parse(await source('grafana/provisioning/dashboards/bittensor.yml')) as {
    providers: { options: { path: string } }[]
  }
  const mounts = new Map(mountsOf(grafana!).map(([from, to]) => [to, from]))
  expect(providers.map(({ options }) => mounts.get(options.path))).toEqual(['grafana/dashboards'])
  const home = grafana?.environment?.['GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH'] ?? ''
  const [, file = ''] = /^\/var\/lib\/grafana\/dashboards\/bittensor\/(.*)$/.exec(home) ?? []
  await expect(source(`grafana/dashboards/${file}`)).resolves.toContain('"uid"')
  const datasource = await source('grafana/provisioning/datasources/prometheus.yml')
  for (const [, variable] of datasource.matchAll(/\$(?:\{)?([A-Z_]{4,})/g))
    expect(Object.keys(grafana?.environment ?? {})).toContain(variable)
})

test('Alertmanager is given the copy that .env names', async () => {
  const [, named = ''] = /^# ALERTMANAGER_CONFIG=\.\/(.*)$/m.exec(await source('.env.example')) ?? []
  expect(named).toBe('deploy/compose/alertmanager/alertmanager.yml')
  expect(compose.services['alertmanager']?.volumes).toContain(
    '${ALERTMANAGER_CONFIG:-./alertmanager/alertmanager.yml}:/etc/alertmanager/alertmanager.yml:ro',
  )
})

test('the shipped receivers reach nobody, on any machine, and the files that operators read state it', async () => {
  const { receivers } = parse(await source('alertmanager/alertmanager.yml')) as {
    receivers: { name: string; webhook_configs: { url: string }[] }[]
  }
  for (const { name, webhook_configs } of receivers)
    expect(webhook_configs.map(({ url }) => url)).toEqual([
      `http://no-receiver-is-configured.invalid/${name}`,
    ])
  for (const path of [
    'alertmanager/alertmanager.yml',
    'alertmanager/README.md',
    'deploy/README.md',
    '.env.example',
  ])
    expect((await source(path)).toLowerCase()).toMatch(/\bnobody\b/)
})
