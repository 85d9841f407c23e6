import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { runProgram } from '../support/programs.ts'
import { ROOT, namesIn, source } from './files.ts'
import type { Manifest } from './manifests.ts'
import { schemaFault, typeFaults } from './schemas.ts'

/** Debian has no kubectl that is new enough (1.27), so this runs where one has been installed. */
const kubectl = await runProgram('kubectl', ['version', '--client']).catch(() => undefined)
const [, minor = '0'] = /Client Version: v1\.(\d+)/.exec(kubectl?.output ?? '') ?? []

describe.skipIf(Number(minor) < 27)('kubectl 1.27 or newer builds', () => {
  const built = async (folder: string): Promise<Manifest[]> => {
    const { code, output } = await runProgram('kubectl', ['kustomize', join(ROOT, folder)])
    expect([code, output.startsWith('apiVersion: ')]).toEqual([0, true])
    return parseAllDocuments(output).map((document) => document.toJS() as Manifest)
  }

  test.each([
    ...['exporter', 'sidecar', 'monitoring', 'all', 'direct', 'sharded'].map(
      (name) => `deploy/kubernetes/${name}`,
    ),
    'alertmanager/rules',
  ])('%s: valid objects, each once', async (folder) => {
    const manifests = await built(folder)
    for (const manifest of manifests)
      expect([manifest.metadata.name, await schemaFault(manifest)]).toEqual([manifest.metadata.name, ''])
    expect(typeFaults(manifests)).toEqual([])
    expect(new Set(manifests.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).size).toBe(
      manifests.length,
    )
  })

  test('ConfigMaps with the dashboards and rules as they are stored, within the size limits', async () => {
    const objects = [...(await built('deploy/kubernetes/monitoring')), ...(await built('alertmanager/rules'))]
    const data = new Map(
      objects
        .filter(({ kind }) => kind === 'ConfigMap')
        .map((object) => [object.metadata.name, (object as { data?: unknown }).data]),
    )
    const dashboards = await namesIn('grafana/dashboards', '.json')
    const rules = await namesIn('alertmanager/rules', '.yml')
    expect(data.size).toBe(dashboards.length + 1)
    for (const name of dashboards)
      expect(data.get(`bittensor-dashboard-${name.replace('.json', '')}`)).toEqual({
        [`bittensor-${name}`]: await source(`grafana/dashboards/${name}`),
      })
    const texts = rules.map(async (name) => [name, await source(`alertmanager/rules/${name}`)] as const)
    expect(data.get('bittensor-rules')).toEqual(Object.fromEntries(await Promise.all(texts)))
    // A client-side apply stores each object in an annotation; Kubernetes limits all annotations of an object to 256 KiB.
    const annotationLimit = 256 * 1024
    for (const object of objects)
      expect(Buffer.byteLength(JSON.stringify(object)), object.metadata.name).toBeLessThan(annotationLimit)
  })

  test.each(['all', 'direct'])('%s in one namespace', async (folder) => {
    const elsewhere = (await built(`deploy/kubernetes/${folder}`)).filter(
      ({ metadata }) => metadata.namespace !== 'bittensor',
    )
    expect(elsewhere.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual(['Namespace bittensor'])
  })

  test('shards that know their number and read all subnets', async () => {
    const manifests = await built('deploy/kubernetes/sharded')
    const set = manifests.find(({ kind }) => kind === 'StatefulSet') as unknown as {
      spec: {
        replicas: number
        template: {
          spec: {
            containers: { args: string[]; env: { name: string }[] }[]
            volumes: { name: string; configMap?: { name: string } }[]
          }
        }
      }
    }
    const { containers, volumes } = set.spec.template.spec
    expect(containers[0]?.args).toContain(`--shard=$(SHARD)/${set.spec.replicas}`)
    expect(containers[0]?.env.map(({ name }) => name)).toEqual(['SHARD'])
    const mounted = volumes.find(({ name }) => name === 'config')?.configMap?.name
    const config = manifests.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === mounted)
    expect(config).toMatchObject({
      data: { 'exporter.yml': expect.stringContaining('subnets: all') as string },
    })
  })
})
