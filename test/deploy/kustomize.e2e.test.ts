import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { runProgram } from '../support/programs.ts'
import { ROOT } from './files.ts'
import type { Manifest } from './manifests.ts'
import { schemaFault, typeFaults } from './schemas.ts'

/** Debian has no kubectl that is new enough (1.27), so this runs where one has been installed. */
const kubectl = await runProgram('kubectl', ['version', '--client']).catch(() => undefined)
const [, minor = '0'] = /Client Version: v1\.(\d+)/.exec(kubectl?.output ?? '') ?? []

describe.skipIf(Number(minor) < 27)('kubectl 1.27 or newer builds', () => {
  const built = async (folder: string): Promise<Manifest[]> => {
    const { code, output } = await runProgram('kubectl', [
      'kustomize',
      join(ROOT, 'deploy/kubernetes', folder),
    ])
    expect([code, output.startsWith('apiVersion: ')]).toEqual([0, true])
    return parseAllDocuments(output).map((document) => document.toJS() as Manifest)
  }

  test.each(['exporter', 'sidecar', 'monitoring', 'all', 'sharded'])(
    '%s, with good objects',
    async (folder) => {
      const manifests = await built(folder)
      for (const manifest of manifests)
        expect([manifest.metadata.name, await schemaFault(manifest)]).toEqual([manifest.metadata.name, ''])
      expect(typeFaults(manifests)).toEqual([])
      expect(new Set(manifests.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).size).toBe(
        manifests.length,
      )
    },
  )

  test('all in one namespace', async () => {
    const elsewhere = (await built('all')).filter(({ metadata }) => metadata.namespace !== 'bittensor')
    expect(elsewhere.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual(['Namespace bittensor'])
  })

  test('shards that know their number and read all subnets', async () => {
    const manifests = await built('sharded')
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
