import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse, stringify } from 'yaml'
import {
  CONFIG,
  folder,
  installed,
  olden,
  shipped,
  shippedText,
  SINCE,
  withReceivers,
  type Config,
} from './config.ts'
import { run } from '../support/programs.ts'
import { readAlerts } from './rules.ts'

const snippets = await readdir('alertmanager/receivers')

describe('the configuration', () => {
  test('is accepted as it is shipped, and needs no secret', async () => {
    const said = await run('amtool', 'check-config', CONFIG)
    expect(said).toMatch(/SUCCESS[\s\S]*5 receivers[\s\S]*1 templates/)
    expect(shippedText).not.toMatch(/secrets|_file/)
  })

  const routes: [severity: string, subject: string, receivers: string][] = [
    'node',
    'chain',
    'neuron',
    'exporter',
  ].flatMap((subject): [string, string, string][] => [
    ['critical', subject, 'page'],
    ['warning', subject, 'ticket'],
    ['info', subject, 'note'],
  ])
  test.each([
    ...routes,
    ['critical', 'key', 'custody,page'],
    ['warning', 'key', 'custody,ticket'],
    ['info', 'key', 'note'],
    ['', '', 'ticket'],
  ])('sends %s %s to %s', async (severity, subject, receivers) => {
    const said = await run(
      'amtool',
      'config',
      'routes',
      'test',
      `--config.file=${CONFIG}`,
      'alertname=BittensorAny',
      ...(severity === '' ? [] : [`severity=${severity}`, `subject=${subject}`]),
    )
    expect(said.split('\n')[0]).toBe(receivers)
  })

  test('sends the watchdog where it is waited for, and nowhere else', async () => {
    const labels = ['alertname=BittensorWatchdog', 'severity=info', 'subject=exporter']
    const said = await run('amtool', 'config', 'routes', 'test', `--config.file=${CONFIG}`, ...labels)
    expect(said.split('\n')[0]).toBe('watchdog')
  })

  test('names only alerts that there are', async () => {
    const names = (await readAlerts()).map(({ alert }) => alert)
    for (const [, value = ''] of shippedText.matchAll(/alertname !?[=~]{1,2} "([^"]+)"/g))
      expect(
        names.filter((name) => new RegExp(`^(?:${value})$`).test(name)),
        value,
      ).not.toHaveLength(0)
    for (const name of shippedText.match(/Bittensor[A-Z]\w+\b(?!\.\+)/g) ?? []) expect(names).toContain(name)
  })
})

describe.each(snippets)('receivers/%s', (name) => {
  test('replaces a receiver of the configuration, and is accepted', async () => {
    const text = await readFile(`alertmanager/receivers/${name}`, 'utf8')
    const { receivers } = parse(text) as Config
    for (const receiver of receivers) expect(shipped.receivers.map((of) => of.name)).toContain(receiver.name)
    const file = join(await folder(), 'alertmanager.yml')
    await writeFile(file, stringify(olden(withReceivers(receivers), await installed())))
    expect(await run('amtool', 'check-config', file)).toContain('SUCCESS')
    const needs = Number(/Needs Alertmanager 0\.(\d+) or later/.exec(text)?.[1])
    for (const [option, [release]] of Object.entries(SINCE))
      if (new RegExp(`\\b(?<!api_)${option}:`).test(text)) expect(needs).toBeGreaterThanOrEqual(release)
  })

  test('has its secret in a file, and uses templates that there are', async () => {
    const text = await readFile(`alertmanager/receivers/${name}`, 'utf8')
    expect(text).toMatch(/_file: \/etc\/alertmanager\/secrets\//)
    const templates = await readFile('alertmanager/templates/bittensor.tmpl', 'utf8')
    for (const [, used = ''] of text.matchAll(/template "([^"]+)"/g))
      expect(templates).toContain(`define "${used}"`)
  })
})
