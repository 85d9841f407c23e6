import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { parse, stringify } from 'yaml'
import {
  alertWith,
  folder,
  installed,
  NASTY,
  NOBODY,
  olden,
  withReceivers,
  type Config,
  type Receiver,
} from './config.ts'
import { alertmanagers, startAlertmanager } from '../support/alertmanager.ts'
import { mailSink, sink } from './sinks.ts'
import { until } from '../support/until.ts'

describe.each(await alertmanagers())('Alertmanager $release', ({ path, amtool }) => {
  async function started(config: unknown): Promise<string> {
    const made = await folder()
    const file = join(made, 'alertmanager.yml')
    // The shipped times are for people. Only these are shortened.
    const text = stringify(config)
      .replaceAll(/group_wait: \w+/g, 'group_wait: 200ms')
      .replaceAll(/group_interval: \w+/g, 'group_interval: 1s')
    await writeFile(file, text)
    const alertmanager = await startAlertmanager(file, made, path)
    onTestFinished(() => alertmanager.close())
    return alertmanager.url
  }

  const post = async (url: string, alerts: readonly unknown[]) => {
    const response = await fetch(`${url}/api/v2/alerts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(alerts),
    })
    expect(response.status).toBe(200)
  }

  test('tells the shipped receivers', async () => {
    const { url, told } = await sink()
    const alertmanager = await started(
      JSON.parse(JSON.stringify(withReceivers([])).replaceAll(NOBODY, url)) as unknown,
    )
    await post(alertmanager, [alertWith('treasury')])
    await until(() => told.length >= 2)
    expect(told.map(({ path }) => path).sort()).toEqual(['/custody', '/page'])
    expect(told[0]?.body).toContain('BittensorColdkeySigned')
  })

  const job = { job: 'bittensor-exporter' }
  const on = { ...job, instance: 'exporter:9645' }
  const node = (alertname: string, severity = 'warning', name = 'finney-a') => ({
    ...on,
    alertname,
    severity,
    subject: 'node',
    node: name,
  })
  const neuron = (alertname: string, severity = 'warning', more = {}) => ({
    ...job,
    alertname,
    severity,
    subject: 'neuron',
    collector: 'neurons',
    netuid: '1',
    uid: '7',
    hotkey: '5C',
    name: 'miner',
    ...more,
  })
  const key = (alertname: string, severity: string, name = 'treasury') => ({
    ...job,
    alertname,
    severity,
    subject: 'key',
    collector: 'accounts',
    name,
    address: '5F',
  })
  const exporter = (alertname: string, severity: string, more = {}) => ({
    ...job,
    alertname,
    severity,
    subject: 'exporter',
    ...more,
  })
  const watchdog = { alertname: 'BittensorWatchdog', severity: 'info', subject: 'exporter' }
  const other = { job: 'bittensor-exporter-test' }

  test.each([
    [
      'no exporter answers',
      [exporter('BittensorExporterDown', 'critical')],
      [
        exporter('BittensorExporterInstanceDown', 'warning', on),
        key('BittensorColdkeySigned', 'critical'),
        node('BittensorNodeDown'),
      ],
      [watchdog, { ...key('BittensorColdkeySigned', 'critical'), ...other }],
    ],
    [
      'one exporter of two does not answer',
      [exporter('BittensorExporterInstanceDown', 'warning', on)],
      [node('BittensorNodeStalled', 'critical')],
      [
        key('BittensorColdkeySigned', 'critical'),
        neuron('BittensorNeuronInactive', 'critical'),
        node('BittensorNodeDown', 'warning', 'x'),
      ].map((alert) => ({ ...alert, ...('instance' in alert ? { instance: 'second:9645' } : {}) })),
    ],
    [
      'no node answers',
      [{ ...job, alertname: 'BittensorAllNodesDown', severity: 'critical', subject: 'node' }],
      [
        node('BittensorNodeDown'),
        exporter('BittensorExporterNotReady', 'critical'),
        exporter('BittensorExporterDataStale', 'critical', { collector: 'neurons' }),
        exporter('BittensorExporterCollectorFailing', 'warning', { ...on, collector: 'neurons' }),
        exporter('BittensorExporterFollowerBehind', 'warning', { collector: 'extrinsics' }),
        neuron('BittensorNeuronInactive', 'critical'),
      ],
      [exporter('BittensorExporterReloadFailed', 'warning', on)],
    ],
    [
      'the neurons are stale',
      [exporter('BittensorExporterDataStale', 'critical', { collector: 'neurons' })],
      [
        neuron('BittensorNeuronInactive', 'critical'),
        exporter('BittensorExporterCollectorFailing', 'warning', { ...on, collector: 'neurons' }),
      ],
      [
        key('BittensorColdkeySigned', 'critical'),
        exporter('BittensorExporterDataStale', 'critical', { collector: 'subnets' }),
      ],
    ],
    [
      'the chain stands still',
      [{ ...job, alertname: 'BittensorChainStateOld', severity: 'critical', subject: 'chain' }],
      [neuron('BittensorNeuronInactive', 'critical'), key('BittensorColdkeySigned', 'critical')],
      [node('BittensorNodeStalled', 'critical')],
    ],
    [
      'a node does not answer',
      [node('BittensorNodeDown')],
      [
        node('BittensorNodeSyncing'),
        exporter('BittensorExporterCollectorFailing', 'warning', {
          ...on,
          collector: 'node',
          node: 'finney-a',
        }),
      ],
      [
        node('BittensorNodeSyncing', 'warning', 'finney-b'),
        exporter('BittensorExporterCollectorFailing', 'warning', { ...on, collector: 'neurons' }),
      ],
    ],
    [
      'a node is catching up',
      [node('BittensorNodeSyncing')],
      [node('BittensorNodeBehind')],
      [node('BittensorNodePeersLow'), node('BittensorNodeBehind', 'warning', 'finney-b')],
    ],
    [
      'a place is lost',
      [{ ...neuron('BittensorNeuronDeregistered', 'critical'), uid: '' }],
      [{ ...neuron('BittensorHotkeyRegistrationsFell'), netuid: '', uid: '', collector: 'hotkeys' }],
      [
        {
          ...neuron('BittensorHotkeyRegistrationsFell'),
          netuid: '',
          uid: '',
          collector: 'hotkeys',
          hotkey: '5D',
        },
      ],
    ],
    [
      'a critical alert says enough',
      [
        neuron('BittensorNeuronUpdateOverdue', 'critical'),
        node('BittensorNodePeersFalling', 'critical'),
        key('BittensorFreeBalanceFell', 'critical'),
      ],
      [
        neuron('BittensorNeuronUpdateLate'),
        node('BittensorNodePeersLow'),
        key('BittensorReservedBalanceChanged', 'warning'),
      ],
      [
        neuron('BittensorNeuronUpdateLate', 'warning', { netuid: '3' }),
        node('BittensorNodePeersLow', 'warning', 'finney-b'),
        key('BittensorReservedBalanceChanged', 'warning', 'other'),
        key('BittensorKeyOperation', 'warning'),
        key('BittensorChildKeysPending', 'warning'),
        key('BittensorHotkeyTakeChanged', 'warning'),
        key('BittensorColdkeyIdentityChanged', 'warning'),
      ],
    ],
    [
      'a swap is disputed',
      [{ ...key('BittensorColdkeySwapDisputed', 'critical'), coldkey: '5F' }],
      [{ ...key('BittensorColdkeySwapAnnounced', 'critical'), coldkey: '5F' }],
      [
        { ...key('BittensorColdkeySwapAnnounced', 'critical', 'other'), coldkey: '5G' },
        key('BittensorColdkeySigned', 'critical'),
      ],
    ],
    [
      'the operations of keys are stale',
      [exporter('BittensorExporterDataStale', 'critical', { collector: 'extrinsics' })],
      [exporter('BittensorExporterFollowerBehind', 'warning', { collector: 'extrinsics' })],
      [exporter('BittensorExporterBlocksSkipped', 'warning', { ...on, result: 'skipped' })],
    ],
    [
      'a neuron is next to go',
      [neuron('BittensorNeuronPruningNear', 'critical', { collector: 'deregistration' })],
      [
        neuron('BittensorNeuronPruningSoon', 'warning', { collector: 'deregistration' }),
        neuron('BittensorNeuronImmunityEnding', 'info', { collector: 'deregistration' }),
      ],
      [neuron('BittensorNeuronPruningSoon', 'warning', { collector: 'deregistration', uid: '8' })],
    ],
  ])('knows what is silent when %s', async (_, sources, silent, loud) => {
    const { url } = await sink()
    const alertmanager = await started(
      JSON.parse(JSON.stringify(withReceivers([])).replaceAll(NOBODY, url)) as unknown,
    )
    const labelSets: readonly Readonly<Record<string, string>>[] = [...sources, ...silent, ...loud]
    await post(
      alertmanager,
      labelSets.map((labels) => ({ labels })),
    )
    const states = async () => {
      const answer = await (await fetch(`${alertmanager}/api/v2/alerts`)).json()
      const alerts = answer as { labels: Record<string, string>; status: { state: string } }[]
      return alerts.map(({ labels, status }) => ({ name: textOf(labels), state: status.state }))
    }
    const textOf = (labels: Readonly<Record<string, string>>) =>
      Object.entries(labels)
        .filter(([, value]) => value !== '')
        .sort()
        .join(' ')
    await until(async () => !(await states()).some(({ state }) => state === 'unprocessed'))
    const suppressed = (await states()).filter(({ state }) => state === 'suppressed').map(({ name }) => name)
    expect(suppressed.sort()).toEqual(silent.map((labels) => textOf(labels as Record<string, string>)).sort())
    expect(await states()).toHaveLength(labelSets.length)
  })

  test('writes to Slack, Telegram and by e-mail, with the names of strangers made harmless', async () => {
    const { url, told } = await sink()
    const { address, mails } = await mailSink()
    const secret = join(await folder(), 'slack')
    await writeFile(secret, `${url}/slack`)
    const own = async (file: string) =>
      (parse(await readFile(`alertmanager/receivers/${file}`, 'utf8')) as Config).receivers[0]!
    const slack = JSON.stringify({ ...(await own('slack.yml')), name: 'page' }).replace(/\/etc[^"]*/, secret)
    const telegram = JSON.parse(
      JSON.stringify(olden(await own('telegram.yml'), await installed(amtool))),
      (_, part: unknown) =>
        typeof part === 'object' && part !== null && 'chat_id' in part ? { ...part, api_url: url } : part,
    ) as Receiver
    const mail = JSON.parse(JSON.stringify(await own('email.yml')), (name, part: unknown) =>
      name === 'smarthost'
        ? address
        : name === 'require_tls'
          ? false
          : name.startsWith('auth_')
            ? undefined
            : part,
    ) as Receiver
    const tokens = join(await folder(), 'token')
    await writeFile(tokens, '1:token')
    const config = withReceivers([
      JSON.parse(slack) as Receiver,
      JSON.parse(JSON.stringify(telegram).replace(/\/etc[^"]*/, tokens)) as Receiver,
      mail,
    ])
    const alertmanager = await started(config)
    const signed = alertWith(NASTY)
    const ticket = {
      ...signed,
      labels: { ...signed.labels, alertname: 'BittensorNodePeersLow', severity: 'warning', subject: 'node' },
    }
    await post(alertmanager, [signed, ticket])
    await until(() => told.length >= 2 && mails.length >= 1)
    const slackBody = told.find(({ path }) => path === '/slack')?.body ?? ''
    expect((JSON.parse(slackBody) as { attachments: { text: string }[] }).attachments[0]?.text).toContain(
      '&lt;!channel&gt;',
    )
    const telegramText = told.find(({ path }) => path.endsWith('/sendMessage'))?.body ?? ''
    expect((JSON.parse(telegramText) as { text: string }).text).toContain('‹script›alert(1)‹/script› ＆ ')
    const html = mails[0]!.slice(mails[0]!.indexOf('text/html')).replaceAll(/=\r\n/g, '')
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt; &amp;')
    expect(html).not.toMatch(/<script/)
  })
})
