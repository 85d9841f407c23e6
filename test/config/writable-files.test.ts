import { chmod, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { readTextFile } from '../../src/config/file/read-text.ts'
import { reportingWritable } from '../../src/config/file/writable-files.ts'

test('a file that everybody can write is reported once, also behind a link, and others are not', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'writable-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = async (name: string, mode: number) => {
    await writeFile(join(folder, name), name)
    await chmod(join(folder, name), mode)
    return join(folder, name)
  }
  const [safe, group, open] = [
    await file('safe', 0o600),
    await file('group', 0o664),
    await file('open', 0o606),
  ]
  const link = join(folder, 'link')
  await symlink('open', link)
  const reported: string[] = []
  const read = reportingWritable(
    readTextFile,
    async (name) => (await stat(name)).mode,
    (name) => reported.push(name),
  )
  for (const name of [safe, group, open, open, link]) await read(name)
  expect(reported).toEqual([open, link])
  expect(await read(open)).toBe('open')
  await expect(read(join(folder, 'none'))).rejects.toMatchObject({ code: 'ENOENT' })
})
