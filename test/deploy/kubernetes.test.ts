import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { parseCommandLine } from '../../src/config/flags/command-line.ts'
import { loadConfig } from '../../src/config/file/load.ts'
import { composeFile } from './compose-file.ts'
import { BUNDLE, PINNED, packageVersion, source } from './files.ts'
import { COMPONENTS, kustomization, listed, manifestFiles, type Manifest } from './manifests.ts'
import { schemaFault, typeFaults } from './schemas.ts'

const all = (await Promise.all(COMPONENTS.map(listed))).flat()
const manifests = all.map(({ manifest }) => manifest)

interface Selector {
  readonly matchLabels: Readonly<Record<string, string>>
}

interface Container {
  readonly image: string
  readonly args?: readonly string[]
  readonly securityContext: unknown
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[]
  readonly livenessProbe?: Probe
  readonly readinessProbe: Probe
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[]
}

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string }
}

interface Workload extends Manifest {
  readonly spec: {
    readonly replicas: number
    readonly selector: Selector
    readonly template: {
      readonly metadata: { readonly labels: Readonly<Record<string, string>> }
      readonly spec: {
        readonly automountServiceAccountToken: boolean
        readonly securityContext: unknown
        readonly containers: readonly Container[]
        readonly volumes?: readonly {
          readonly name: string
          readonly configMap?: { readonly name: string }
        }[]
      }
    }
  }
}

/** The labels that a Service, a NetworkPolicy or a PodDisruptionBudget looks for in a pod. */
function selectedBy(manifest: Manifest): Readonly<Record<string, string>> {
  if (manifest.kind === 'Service')
    return (manifest as unknown as { spec: { selector: Record<string, string> } }).spec.selector
  const { spec } = manifest as unknown as { spec: { selector?: Selector; podSelector?: Selector } }
  return (spec.podSelector ?? spec.selector)?.matchLabels ?? {}
}

const workloads = manifests.filter((manifest): manifest is Workload =>
  ['StatefulSet', 'Deployment'].includes(manifest.kind),
)
const exporter = workloads.find(({ kind }) => kind === 'StatefulSet')!
const container = exporter.spec.template.spec.containers[0]!

test.each(all.map(({ file, manifest }) => [manifest.kind, manifest.metadata.name, file, manifest] as const))(
  '%s %s of %s is as its schema wants it',
  async (_kind, _name, _file, manifest) => {
    expect(await schemaFault(manifest)).toBe('')
  },
)

test('no object has a field that its kind does not have', () => {
  expect(typeFaults(manifests)).toEqual([])
})

test('both checks find what is wrong', async () => {
  const wrongType = { ...exporter, spec: { ...exporter.spec, replicas: 'two' } }
  expect(await schemaFault(wrongType)).toContain('replicas')
  const misspelt = { ...exporter, spec: { ...exporter.spec, podManagmentPolicy: 'Parallel' } }
  expect(typeFaults([misspelt])).toEqual([expect.stringContaining('podManagmentPolicy')])
}, 60_000)

test.each(COMPONENTS)('the kustomization %s lists every manifest beside it', async (folder) => {
  const { resources = [] } = await kustomization(folder)
  const beside = resources.filter((name) => name.endsWith('.yml') && !name.includes('/'))
  expect(beside.sort()).toEqual(await manifestFiles(folder))
})

describe.each(workloads.map((workload) => [workload.metadata.name, workload] as const))(
  '%s',
  (_, workload) => {
    const { template } = workload.spec

    test('runs under the restricted policy of Kubernetes', () => {
      expect(template.spec).toMatchObject({
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      })
      for (const { securityContext } of template.spec.containers)
        expect(securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        })
    })

    test('has images of one version', () => {
      for (const { image } of template.spec.containers) expect(image).toMatch(PINNED)
    })

    test('is what everything that names it selects', () => {
      const { labels } = template.metadata
      expect(labels).toMatchObject(workload.spec.selector.matchLabels)
      const selecting = manifests.filter(
        ({ kind, metadata }) =>
          metadata.name === workload.metadata.name &&
          /^(Service|NetworkPolicy|PodDisruptionBudget)$/.test(kind),
      )
      expect(selecting.length).toBeGreaterThanOrEqual(2)
      for (const manifest of selecting) {
        const wanted = selectedBy(manifest)
        expect(wanted).not.toEqual({})
        expect(labels).toMatchObject(wanted)
      }
    })
  },
)

test('the ServiceMonitor finds the Service, and the job gets the name that the rules look for', () => {
  const service = manifests.find(
    ({ kind, metadata }) => kind === 'Service' && metadata.name === 'bittensor-exporter',
  )
  const monitor = manifests.find(({ kind }) => kind === 'ServiceMonitor') as unknown as {
    spec: { selector: Selector; jobLabel: string; endpoints: { port: string }[] }
  }
  expect(service?.metadata.labels).toMatchObject(monitor.spec.selector.matchLabels)
  expect(service?.metadata.labels?.[monitor.spec.jobLabel]).toContain('bittensor-exporter')
  expect(monitor.spec.endpoints.map(({ port }) => port)).toEqual(container.ports.map(({ name }) => name))
})

describe('the exporter', () => {
  test('accepts how it is started, and listens at the port that is named', () => {
    expect(parseCommandLine(container.args ?? [])).toMatchObject({
      configFile: '/etc/bittensor-exporter/exporter.yml',
      listen: { host: '', port: container.ports[0]?.containerPort },
    })
  })

  test.each(['exporter', 'sharded'])(
    'accepts the configuration of %s, whose Sidecar is there',
    async (folder) => {
      const read = (): Promise<string> => source(`deploy/kubernetes/${folder}/exporter.yml`)
      const { nodes } = await loadConfig('exporter.yml', {}, read)
      const services = manifests.filter(({ kind }) => kind === 'Service').map(({ metadata }) => metadata.name)
      for (const { url } of nodes) expect(services).toContain(new URL(url).hostname)
    },
  )

  test('may reach the nodes that it reads directly, at their ports', async () => {
    const read = (): Promise<string> => source('deploy/kubernetes/direct/exporter.yml')
    const { nodes } = await loadConfig('exporter.yml', {}, read)
    const patch = parse(await source('deploy/kubernetes/direct/egress.yml')) as {
      path: string
      value: { ports: { protocol: string; port: number }[] }
    }[]
    const [added] = patch
    expect(patch.length).toBe(1)
    expect(added?.path).toBe('/spec/egress/-')
    const open = added?.value.ports.map(({ protocol, port }) => `${protocol} ${port}`) ?? []
    expect(nodes.map(({ api }) => api)).toEqual(['rpc', 'rpc'])
    // The default port of https, which URL leaves out, is 443.
    for (const { url } of nodes) expect(open).toContain(`TCP ${new URL(url).port || '443'}`)
  })

  test('is restarted when it does not answer, not when its nodes do not', () => {
    expect([container.livenessProbe?.httpGet.path, container.readinessProbe.httpGet.path]).toEqual([
      '/-/healthy',
      '/-/ready',
    ])
  })

  test('has this version', async () => {
    const version = await packageVersion()
    expect(container.image).toBe(`bittensor-exporter:${version}`)
    for (const folder of ['all', 'direct']) {
      const { images } = await kustomization(folder)
      expect(images).toMatchObject([{ name: 'bittensor-exporter', newTag: version }])
    }
  })
})

test('Sidecar is the same one as in docker-compose.yml', async () => {
  const { services } = await composeFile()
  const sidecar = workloads.find(({ kind }) => kind === 'Deployment')
  expect(sidecar?.spec.template.spec.containers.map(({ image }) => image)).toEqual([
    services['sidecar']?.image,
  ])
})

test('Sidecar gets the types bundle where its variable says it is', async () => {
  const { configMapGenerator = [] } = await kustomization('sidecar')
  const files = configMapGenerator.filter(({ files }) => files?.includes('types-bundle.json'))
  const sidecar = workloads.find(({ kind }) => kind === 'Deployment')
  const { containers, volumes = [] } = sidecar!.spec.template.spec
  const volume = volumes.find(({ configMap }) => configMap?.name === files[0]?.name)
  const mount = containers[0]?.volumeMounts?.find(({ name }) => name === volume?.name)
  const set = configMapGenerator.flatMap(({ literals = [] }) => literals)
  expect(set).toContain(`SAS_SUBSTRATE_TYPES_BUNDLE=${mount?.mountPath}/types-bundle.json`)
  expect(mount?.mountPath).toMatch(/^\/./)
  await expect(source(BUNDLE)).resolves.toContain('CheckMetadataHash')
})

test('every pod is a shard of its own, and there are as many as pods', async () => {
  const patch = parse(await source('deploy/kubernetes/sharded/shards.yml')) as {
    path: string
    value: unknown
  }[]
  const valueAt = (path: string): unknown => patch.find((operation) => operation.path === path)?.value
  const flag = String(valueAt('/spec/template/spec/containers/0/args/-'))
  const count = Number(valueAt('/spec/replicas'))
  expect(count).toBeGreaterThan(1)
  for (let index = 0; index < count; index++) {
    const args = [...(container.args ?? []), flag.replace('$(SHARD)', String(index))]
    expect(parseCommandLine(args)).toMatchObject({ shard: { index, count } })
  }
})
