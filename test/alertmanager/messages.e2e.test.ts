import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { alertWith, folder, NASTY, TEMPLATES } from './config.ts'
import { run } from '../support/programs.ts'

describe('the messages', () => {
  async function render(
    template: string,
    name: string,
    type: 'text' | 'html' = 'text',
    status = 'firing',
  ): Promise<string> {
    const alert = { status, ...alertWith(name) }
    const data = join(await folder(), 'data.json')
    await writeFile(
      data,
      JSON.stringify({
        receiver: 'page',
        status,
        alerts: [alert],
        groupLabels: { job: 'bittensor-exporter', subject: 'key', name },
        commonLabels: alert.labels,
        commonAnnotations: alert.annotations,
        externalURL: 'http://alertmanager.example',
      }),
    )
    return run(
      'amtool',
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
  ] as const)('%s has the name of the key and both links', async (template, type) => {
    const text = await render(template, 'treasury', type)
    expect(text).toContain('The nonce of coldkey treasury moved to 262.')
    expect(text).toContain('docs/runbooks/BittensorColdkeySigned.md')
    expect(text).toContain('http://127.0.0.1:3000/d/bittensor-keys/keys?var-job=bittensor-exporter')
    expect(await render(template, 'treasury', type, 'resolved')).toContain('Resolved')
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
      ['bittensor.telegram', 'html'],
      ['bittensor.telegram', 'text'],
      ['bittensor.email.html', 'html'],
      ['bittensor.email.html', 'text'],
    ] as const) {
      const text = await render(template, NASTY, type)
      expect(text).toContain('&lt;script&gt;alert(1)&lt;/script&gt; &amp; ')
      expect(text).not.toMatch(/<script|<!channel/)
    }
  })

  test('a name ends no tag and begins no link, in the table of labels neither', async () => {
    const name = `</b></h3></td><a href="tg://user?id=1" onclick=x>here</a>'"><http://evil.example|here>`
    for (const template of ['bittensor.telegram', 'bittensor.email.html']) {
      const text = await render(template, name, 'html')
      expect(text).toContain('&lt;/b&gt;&lt;/h3&gt;&lt;/td&gt;&lt;a href=')
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
              expect.stringMatching(/^<https:\/\/github\.com\//),
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
