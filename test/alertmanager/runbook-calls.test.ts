import { readdir, readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { recordedMetadata } from '../support/metadata.ts'
import { RECORDED_SPECS } from '../support/specs.ts'
import { readAlerts } from './rules.ts'

const FOLDER = 'docs/runbooks'

const snake = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

/** Calls that the runbooks tell readers to sign, such as `proxy.removeProxies`, by runbook. */
async function callsInRunbooks(): Promise<readonly (readonly [string, string])[]> {
  const files = await readdir(FOLDER)
  const found = files.map(async (file) => {
    const text = await readFile(`${FOLDER}/${file}`, 'utf8')
    return Array.from(
      text.matchAll(/`(?:proxy|subtensorModule)\.([a-z]\w+)[`(]/g),
      ([, name = '']) => [file, name] as const,
    )
  })
  return (await Promise.all(found)).flat()
}

test('calls and items that runbooks name exist in the newest runtime', async () => {
  const named = await callsInRunbooks()
  expect(named.map(([, name]) => name)).toEqual(
    expect.arrayContaining(['removeProxies', 'transferStake', 'disputeColdkeySwap']),
  )
  const text = JSON.stringify(await recordedMetadata(Math.max(...RECORDED_SPECS)))
  const exists = (name: string) =>
    text.includes(`"name":"${snake(name)}"`) ||
    text.includes(`"name":"${name[0]!.toUpperCase()}${name.slice(1)}"`)
  for (const [file, name] of named) expect(exists(name), `${file}: ${name}`).toBe(true)
  expect(exists('removeEverything')).toBe(false)
})

/** Where the emergency steps for a compromised key are, and whom to tell. */
const EMERGENCY = 'BittensorColdkeySigned'

/** Alerts about keys that no signature causes. */
const UNSIGNED = new Set(['BittensorExpectationNotMet', 'BittensorFreeBalanceBelowMinimum'])

const keyAlerts = (await readAlerts()).filter(
  ({ alert, labels }) => labels['subject'] === 'key' && labels['severity'] !== 'info' && !UNSIGNED.has(alert),
)

const runbook = (alert: string): Promise<string> => readFile(`${FOLDER}/${alert}.md`, 'utf8')

test('the emergency steps have a new key, the proxies, the stake, the balance, and whom to tell', async () => {
  const text = await runbook(EMERGENCY)
  for (const step of [
    'btcli wallet new-coldkey',
    'proxy.removeProxies',
    'btcli stake transfer',
    'btcli wallet transfer',
    'polkadot.js.org/apps',
    'Tell:',
  ])
    expect(text).toContain(step)
})

test.each(keyAlerts.map(({ alert }) => alert))(
  'the runbook of %s leads to an explorer and to the emergency steps',
  async (alert) => {
    const text = await runbook(alert)
    expect(text).toMatch(/https:\/\/taostats\.io\/account\/(?:ADDRESS|COLDKEY|HOTKEY)/)
    const links = Array.from(text.matchAll(/\]\((\w+)\.md\)/g), ([, name = '']) => name)
    const next = await Promise.all(links.map(runbook))
    expect([alert, ...links, ...next].join(' ')).toContain(EMERGENCY)
  },
)
