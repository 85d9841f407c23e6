import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { readRunbooks } from '../../../src/web/routes/runbooks.ts'
import { testWeb } from '../../support/web.ts'

const shipped = await readRunbooks(new URL('../../../docs/runbooks/', import.meta.url))

const INVENTED = `# BittensorInvented

Text with <script>alert(1)</script>, \`code & <more>\` and **bold**.

## What to check

\`\`\`sh
curl "$EXPORTER/-/ready" # <b>
\`\`\`

- See [BittensorOther](BittensorOther.md), [docs/SCALING.md](../SCALING.md#x) and [the web](https://example.com/?a=1&b="2").
`

async function page(path: string, runbooks: ReadonlyMap<string, string> = shipped) {
  const { url } = await testWeb({ runbooks })
  const response = await fetch(`${url}${path}`)
  return { response, text: await response.text() }
}

test('a runbook is a page under the name of its alert, without anything that runs or is loaded', async () => {
  const { response, text } = await page(
    '/runbooks/BittensorInvented',
    new Map([['BittensorInvented', INVENTED]]),
  )
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
  const policy = response.headers.get('content-security-policy') ?? ''
  expect(policy).toMatch(/^default-src 'none'; style-src 'sha256-[^']+'; img-src 'self'; base-uri 'none'/)
  expect(text.match(/<h1>.*<\/h1>/g)).toEqual(['<h1>BittensorInvented</h1>'])
  expect(text).toContain('<h2>What to check</h2>')
  expect(text).toContain(
    'Text with &#60;script&#62;alert(1)&#60;/script&#62;, <code>code &amp; &lt;more&gt;</code> and',
  )
  expect(text).toContain('curl &#34;$EXPORTER/-/ready&#34; # &#60;b&#62;')
  expect(text).toContain('<a href="/runbooks/BittensorOther">BittensorOther</a>')
  expect(text).toContain('/blob/main/docs/SCALING.md#x">docs/SCALING.md</a>')
  expect(text).not.toMatch(/<script|<img|<iframe|javascript:/i)
})

test.each([
  'BittensorUnknown',
  'BittensorNodeDown.md',
  '..%2f..%2fpackage.json',
  '__proto__',
  'constructor',
  'x'.repeat(90),
])('/runbooks/%s is not found', async (name) => {
  const { response, text } = await page(`/runbooks/${name}`)
  expect(response.status).toBe(404)
  expect(response.headers.get('content-type')).toMatch(/^text\/plain/)
  expect(text).not.toContain(name)
})

test('the list links to each runbook of the repository, and each link leads to a page', async () => {
  const { url } = await testWeb({ runbooks: shipped })
  const text = await (await fetch(`${url}/runbooks`)).text()
  const names = (await readdir('docs/runbooks')).map((file) => file.replace('.md', '')).toSorted()
  const linked = Array.from(text.matchAll(/href="\/runbooks\/(\w+)"/g), ([, name = '']) => name)
  expect(linked).toEqual(names)
  for (const name of names) {
    const response = await fetch(`${url}/runbooks/${name}`)
    expect([name, response.status]).toEqual([name, 200])
    const body = await response.text()
    expect(body).toContain(`<h1>${name}</h1>`)
    for (const [, other = ''] of body.matchAll(/href="\/runbooks\/([^"]+)"/g)) expect(names).toContain(other)
    // No link is relative: it would lead to a path of the exporter that does not exist.
    for (const [, href = ''] of body.matchAll(/href="([^"]+)"/g)) expect(href).toMatch(/^(?:https:\/\/|\/|#)/)
  }
})

describe('an installation', () => {
  test('without the folder has none', async () => {
    expect(await readRunbooks(new URL('file:///nowhere/docs/runbooks/'))).toEqual(new Map())
    const { response } = await page('/runbooks', new Map())
    expect(response.status).toBe(200)
  })

  test('reads the Markdown files only', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'runbooks-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    await writeFile(join(folder, 'BittensorA.md'), '# BittensorA\n\nText.\n')
    await writeFile(join(folder, 'notes.txt'), 'x')
    expect(await readRunbooks(pathToFileURL(`${folder}/`))).toEqual(
      new Map([['BittensorA', '# BittensorA\n\nText.\n']]),
    )
  })
})
