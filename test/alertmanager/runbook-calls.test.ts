import { readdir, readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { recordedMetadata } from '../support/metadata.ts'
import { RECORDED_SPECS } from '../support/specs.ts'

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
