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
import { pinnedTool } from '../support/pinned-tools.mjs'
import { run } from '../support/programs.ts'
import { readAlerts } from './rules.ts'

const { path: pinned } = await pinnedTool('amtool')
/** Debian's amtool, and the pinned one if it has been built. */
const AMTOOLS = ['amtool', ...(pinned === undefined ? [] : [pinned])]

const snippets = await readdir('alertmanager/receivers')

describe.each(AMTOOLS)('the configuration by %s', (amtool) => {
  test('is accepted as it is shipped, and needs no secret', async () => {
    const said = await run(amtool, 'check-config', CONFIG)
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
      amtool,
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
    const said = await run(amtool, 'config', 'routes', 'test', `--config.file=${CONFIG}`, ...labels)
    expect(said.split('\n')[0]).toBe('watchdog')
  })
})

describe('the configuration', () => {
  test('repeats every notification before Alertmanager forgets that it sent it', () => {
    const hours = Array.from(
      shippedText.matchAll(/repeat_interval: (\d+)([smhd])/g),
      ([, count, unit = '']) => {
        const per = { s: 1 / 3600, m: 1 / 60, h: 1, d: 24 }[unit]
        return Number(count) * per!
      },
    )
    expect(hours.length).toBeGreaterThan(3)
    // The default of --data.retention, which docker-compose.yml does not change.
    expect(Math.max(...hours)).toBeLessThan(120)
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
  test.each(AMTOOLS)('replaces a receiver of the configuration, and is accepted by %s', async (amtool) => {
    const text = await readFile(`alertmanager/receivers/${name}`, 'utf8')
    const { receivers } = parse(text) as Config
    for (const receiver of receivers) expect(shipped.receivers.map((of) => of.name)).toContain(receiver.name)
    const file = join(await folder(), 'alertmanager.yml')
    await writeFile(file, stringify(olden(withReceivers(receivers), await installed(amtool))))
    expect(await run(amtool, 'check-config', file)).toContain('SUCCESS')
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
