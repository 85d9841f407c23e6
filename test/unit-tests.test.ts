import { readdir, readFile } from 'node:fs/promises'
import ts from 'typescript'
import { expect, test } from 'vitest'

/** Modules that start processes. */
const PROCESSES =
  /^node:child_process$|support\/programs?\.ts$|support\/(?:alertmanager|certificates|prometheus|tls)\.ts$/

test('only integration tests and end-to-end tests start processes', async () => {
  const found: string[] = []
  let files = 0
  for (const file of await readdir('test', { recursive: true })) {
    if (!file.endsWith('.test.ts') || /\.(?:integration|e2e)\.test\.ts$/.test(file)) continue
    files += 1
    const { importedFiles } = ts.preProcessFile(await readFile(`test/${file}`, 'utf8'))
    for (const { fileName } of importedFiles) if (PROCESSES.test(fileName)) found.push(`${file}: ${fileName}`)
  }
  expect(files).toBeGreaterThan(80)
  expect(found).toEqual([])
})
