import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { onTestFinished } from 'vitest'
import { parse } from 'yaml'
import { run } from '../support/programs.ts'

export const CONFIG = 'alertmanager/alertmanager.yml'
export const TEMPLATES = 'alertmanager/templates/*.tmpl'

/** The host of the shipped webhooks, which cannot exist: RFC 6761 reserves .invalid. */
export const NOBODY = 'http://no-receiver-is-configured.invalid'

export interface Receiver {
  readonly name: string
  readonly [kind: string]: unknown
}

export interface Config {
  readonly receivers: readonly Receiver[]
  readonly templates: readonly string[]
  readonly [part: string]: unknown
}

export const shippedText = await readFile(CONFIG, 'utf8')
export const shipped = parse(shippedText) as Config

export async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'alertmanager-'))
  onTestFinished(() => rm(made, { recursive: true, force: true }))
  return made
}

/** The shipped configuration with some receivers replaced, as its README says to do it. */
export const withReceivers = (receivers: readonly Receiver[]): Config => ({
  ...shipped,
  receivers: shipped.receivers.map(
    (receiver) => receivers.find(({ name }) => name === receiver.name) ?? receiver,
  ),
  templates: [resolve(TEMPLATES)],
})

/** Options that read a secret from a file, by the release of Alertmanager that has them, and what stood for them before. */
export const SINCE: Readonly<Record<string, readonly [release: number, before: string, example: string]>> = {
  webhook_url_file: [28, 'webhook_url', 'http://127.0.0.1/hook'],
  bot_token_file: [26, 'bot_token', '1:token'],
  url_file: [26, 'url', 'http://127.0.0.1/hook'],
}

/** A receiver as the installed release can read it: newer names of an option are replaced by the older one. */
export function olden<Value>(value: Value, release: number): Value {
  return JSON.parse(JSON.stringify(value), (_, part: unknown) => {
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part
    return Object.fromEntries(
      Object.entries(part).map(([key, inner]) => {
        const since = SINCE[key]
        return since === undefined || release >= since[0] ? [key, inner] : [since[1], since[2]]
      }),
    )
  }) as Value
}

/** Minor version of Alertmanager 0.x: that of an amtool, by default the installed one. */
export const installed = async (amtool = 'amtool'): Promise<number> => {
  const match = /version (\d+)\.(\d+)\./.exec(await run(amtool, '--version'))
  return match?.[1] === '0' ? Number(match[2]) : 1000
}

/** What strangers may put into a name. */
export const NASTY = `<script>alert(1)</script> & "q" <!channel> @everyone [x](http://evil.example) *b* \`c\``

export const alertWith = (name: string) => ({
  labels: {
    alertname: 'BittensorColdkeySigned',
    severity: 'critical',
    subject: 'key',
    job: 'bittensor-exporter',
    name,
    address: '5F66EHJWc6ZjATkAmC2dP9RefHjgWmLp9KswW2L7ymR3aMBh',
  },
  annotations: {
    summary: 'A watched coldkey signed a transaction.',
    description: `The nonce of coldkey ${name} moved to 262.`,
    runbook_url: 'http://127.0.0.1:9645/runbooks/BittensorColdkeySigned',
    dashboard_url: '/d/bittensor-keys/keys?var-job=bittensor-exporter&var-name=treasury',
  },
})
