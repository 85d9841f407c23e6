import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { alertWith, folder, NASTY, TEMPLATES } from './config.ts'
import { pinnedTool } from '../support/pinned-tools.mjs'
import { run } from '../support/programs.ts'

const amtool = await pinnedTool('amtool')
/** Debian's amtool, and the pinned one if it has been built. */
const AMTOOLS = ['amtool', ...(amtool.path === undefined ? [] : [amtool.path])]

/**
 * Documented limits: Bot API sendMessage (text 1-4096 characters), Discord embeds (title 256, description 4096), Slack (text of a
 * message 40,000), PagerDuty Events API (summary 1024, event 512 KiB). Characters are counted before entities are parsed, as the stricter
 * way.
 */
const LIMITS = [
  ['bittensor.telegram', 'html', 4096],
  ['bittensor.discord.text', 'text', 4096],
  ['bittensor.discord.title', 'text', 256],
  ['bittensor.slack.text', 'text', 40_000],
  ['bittensor.slack.title', 'text', 1024],
  ['bittensor.title', 'text', 1024],
  ['bittensor.text', 'text', 100_000],
  ['bittensor.email.html', 'html', 200_000],
] as const

/** Not the text of a message: the address of Grafana, of constant length. */
const NO_TEXT = ['bittensor.grafana']

test('every template that a receiver sends has a limit here', async () => {
  const receivers = await readdir('alertmanager/receivers')
  expect(receivers.length).toBeGreaterThan(5)
  const used = new Set<string>()
  for (const file of receivers) {
    const text = await readFile(`alertmanager/receivers/${file}`, 'utf8')
    for (const [, name = ''] of text.matchAll(/template "([\w.]+)"/g)) used.add(name)
  }
  expect([...used].sort()).toEqual([...LIMITS.map(([name]) => name), ...NO_TEXT].sort())
})

describe.each(AMTOOLS)('the messages of %s', (program) => {
  async function render(
    template: string,
    name: string,
    type: 'text' | 'html' = 'text',
    status = 'firing',
    count = 1,
  ): Promise<string> {
    const times = { startsAt: '2026-03-04T06:05:06+01:00', endsAt: '2026-03-04T08:07:06+01:00' }
    const alert = { status, ...times, ...alertWith(name) }
    const data = join(await folder(), 'data.json')
    await writeFile(
      data,
      JSON.stringify({
        receiver: 'page',
        status,
        alerts: Array.from({ length: count }, () => alert),
        groupLabels: { job: 'bittensor-exporter', subject: 'key', name },
        commonLabels: alert.labels,
        commonAnnotations: alert.annotations,
        externalURL: 'http://alertmanager.example',
      }),
    )
    return run(
      program,
      'template',
      'render',
      `--template.glob=${TEMPLATES}`,
      `--template.text={{ template "${template}" . }}`,
      `--template.type=${type}`,
      `--template.data=${data}`,
    )
  }

  test.each([
    ['bittensor.text', 'text'],
    ['bittensor.slack.text', 'text'],
    ['bittensor.discord.text', 'text'],
    ['bittensor.telegram', 'html'],
    ['bittensor.email.html', 'html'],
  ] as const)('%s has the name of the key, the time, and both links', async (template, type) => {
    const text = await render(template, 'treasury', type)
    expect(text).toContain('The nonce of coldkey treasury moved to 262.')
    expect(text).toContain('/runbooks/BittensorColdkeySigned')
    expect(text).toContain('http://127.0.0.1:3000/d/bittensor-keys/keys?var-job=bittensor-exporter')
    expect(text).toMatch(/Since 2026-03-04 05:05 UTC(?:<\/p>)?$/m)
    const resolved = await render(template, 'treasury', type, 'resolved')
    expect(resolved).toContain('Resolved')
    expect(resolved).toContain('Since 2026-03-04 05:05 UTC until 2026-03-04 07:07 UTC')
  })

  test.each(['bittensor.title', 'bittensor.slack.title', 'bittensor.discord.title'])(
    '%s says what and who',
    async (template) => {
      expect((await render(template, 'treasury')).trim()).toBe('[CRITICAL:1] BittensorColdkeySigned treasury')
      expect((await render(template, 'treasury', 'text', 'resolved')).trim()).toBe(
        '[RESOLVED] BittensorColdkeySigned treasury',
      )
    },
  )

  test('HTML has no markup of strangers, escaped once', async () => {
    for (const [template, type] of [
      ['bittensor.email.html', 'html'],
      ['bittensor.email.html', 'text'],
    ] as const) {
      const text = await render(template, NASTY, type)
      expect(text).toContain('&lt;script&gt;alert(1)&lt;/script&gt; &amp; ')
      expect(text).not.toMatch(/<script|<!channel/)
    }
  })

  test('Telegram gets no markup of strangers', async () => {
    for (const type of ['html', 'text'] as const) {
      const text = await render('bittensor.telegram', NASTY, type)
      expect(text).toContain('‹script›alert(1)‹/script› ＆ ')
      expect(text).not.toMatch(/<script|<!channel/)
    }
  })

  test.each(LIMITS)('%s as %s has at most %d characters, whole to its end', async (template, type, limit) => {
    for (const count of [1, 3, 4, 15, 200])
      for (const name of ['treasury', '&'.repeat(64), '"+<'.repeat(21), '宝'.repeat(64), '*_'.repeat(32)]) {
        const text = await render(template, name, type, 'firing', count)
        expect(Array.from(text).length, `${count} alerts of ${name}`).toBeLessThanOrEqual(limit)
        if (template !== 'bittensor.telegram') continue
        const open = (tag: string) => text.split(`<${tag}`).length
        const closed = (tag: string) => text.split(`</${tag}>`).length
        for (const tag of ['b', 'a ']) expect(open(tag)).toBe(closed(tag.trim()))
        if (count > 15) expect(text).toContain('200 alerts in all')
      }
  })

  test('many alerts are listed with what they are about', async () => {
    for (const [template, type] of [
      ['bittensor.telegram', 'html'],
      ['bittensor.discord.text', 'text'],
      ['bittensor.slack.text', 'text'],
    ] as const) {
      const text = await render(template, 'treasury', type, 'firing', 16)
      expect(text.match(/treasury/g)).toHaveLength(15)
      expect(await render(template, 'treasury', type, 'resolved', 16)).toContain('Resolved')
    }
  })

  test('a name ends no tag and begins no link, in the table of labels neither', async () => {
    const name = `</b></h3></td><a href="tg://user?id=1" onclick=x>here</a>'"><http://evil.example|here>`
    for (const [template, harmless] of [
      ['bittensor.telegram', '‹/b›‹/h3›‹/td›‹a href='],
      ['bittensor.email.html', '&lt;/b&gt;&lt;/h3&gt;&lt;/td&gt;&lt;a href='],
    ] as const) {
      const text = await render(template, name, 'html')
      expect(text).toContain(harmless)
      const links = Array.from(text.matchAll(/<a [^>]*>/g), ([tag]) => tag)
      expect(links.map((tag) => /^<a href="http(s:\/\/github|:\/\/127)\S*">$/.test(tag))).toEqual([
        true,
        true,
      ])
      expect(text).not.toMatch(/<http|<a href="tg/)
    }
    expect(await render('bittensor.slack.text', name)).toContain('&lt;http://evil.example|here&gt;')
  })

  test('Slack gets no mention or link of strangers', async () => {
    for (const template of ['bittensor.slack.text', 'bittensor.slack.title']) {
      const text = await render(template, NASTY)
      expect(text).toContain('&lt;!channel&gt;')
      expect(text.match(/<[^|>]*/g) ?? []).toEqual(
        template === 'bittensor.slack.title'
          ? []
          : [
              expect.stringMatching(/^<http:\/\/127\.0\.0\.1:9645\/runbooks\//),
              expect.stringMatching(/^<http:\/\/127\.0\.0\.1:3000\//),
            ],
      )
    }
  })

  test('Discord gets no mention, link or style of strangers', async () => {
    for (const template of ['bittensor.discord.text', 'bittensor.discord.title']) {
      const text = await render(template, NASTY)
      expect(text).toContain('\\@everyone \\[x\\]\\(http://evil.example\\) \\*b\\* \\`c\\`')
      expect(text).not.toMatch(/(?<!\\)\[x/)
    }
  })
})
