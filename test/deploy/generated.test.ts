import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { ROOT, namesIn, source } from './files.ts'
import { generated, UPDATE } from './generated.ts'
import { documents, listed } from './manifests.ts'

const DASHBOARDS = 'deploy/kubernetes/monitoring/dashboards'

test('rules and dashboards for Kubernetes are those of alertmanager/rules and grafana/dashboards', async () => {
  const files = await generated()
  if (process.env['UPDATE_MANIFESTS'] === '1') {
    await rm(join(ROOT, DASHBOARDS), { recursive: true, force: true })
    for (const [path, text] of files) {
      await mkdir(dirname(join(ROOT, path)), { recursive: true })
      await writeFile(join(ROOT, path), text)
    }
  }
  for (const [path, text] of files)
    expect((await source(path).catch(() => '')) === text, `${path} is out of date: ${UPDATE}`).toBe(true)
  const expected = [...files.keys()].filter((path) => path.startsWith(DASHBOARDS))
  expect((await namesIn(DASHBOARDS, '.yml')).map((name) => `${DASHBOARDS}/${name}`)).toEqual(expected)
})

test('every rule reaches the cluster as it is written', async () => {
  const there = (await documents('monitoring/prometheusrules.yml')).map(
    ({ metadata, ...rest }) => [metadata.name, (rest as unknown as { spec: unknown }).spec] as const,
  )
  for (const name of await namesIn('alertmanager/rules', '.yml'))
    expect(new Map(there).get(`bittensor-${name.replace('.yml', '')}`)).toEqual(
      parse(await source(`alertmanager/rules/${name}`)),
    )
})

test('every dashboard reaches the cluster, labelled, and small enough for a ConfigMap', async () => {
  const maps = (await listed('monitoring')).filter(({ manifest }) => manifest.kind === 'ConfigMap')
  const names = await namesIn('grafana/dashboards', '.json')
  expect(maps).toHaveLength(names.length)
  for (const { manifest } of maps) {
    const { data } = manifest as unknown as { data: Record<string, string> }
    expect(manifest.metadata.labels).toMatchObject({ grafana_dashboard: '1' })
    const [[key, json] = ['', '']] = Object.entries(data)
    expect(JSON.parse(json)).toEqual(
      JSON.parse(await source(`grafana/dashboards/${key.replace('bittensor-', '')}`)),
    )
    expect(Buffer.byteLength(json)).toBeLessThan(1024 * 1024)
  }
})
