import { readFile, writeFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { renderApiDoc } from '../../src/web/api/document.ts'

test('docs/API.md is what the routes and schemas say (npm run generate writes it)', async () => {
  const file = new URL('../../docs/API.md', import.meta.url)
  const rendered = renderApiDoc()
  if (process.env['UPDATE_DOCS'] === '1') await writeFile(file, rendered)
  expect(await readFile(file, 'utf8')).toBe(rendered)
})
