import { mkdir, mkdtemp, readFile, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { TrackedFiles } from '../../src/config/file/tracked-files.ts'

let folder = ''
let files = new TrackedFiles(() => Promise.resolve(''))

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tracked-'))
  files = new TrackedFiles((file) => readFile(file, 'utf8'))
  onTestFinished(() => rm(folder, { recursive: true }))
})

const at = (name: string) => join(folder, name)

/** The results of two consecutive checks of the files. */
const looks = async () => [await files.changed(), await files.changed()]

describe('a change is told at the second look, once nobody is writing any more', () => {
  test('of what is in the file, and not of its date', async () => {
    await writeFile(at('a'), 'one')
    await files.read(at('a'))
    await utimes(at('a'), 1, 1)
    expect(await looks()).toEqual([false, false])
    await writeFile(at('a'), 'half')
    expect(await files.changed()).toBe(false)
    await writeFile(at('a'), 'whole')
    expect(await looks()).toEqual([false, true])
  })

  test('of a file that an editor puts in the place of the one that was read', async () => {
    await writeFile(at('a'), 'one')
    await files.read(at('a'))
    await writeFile(at('.a.swp'), 'two')
    await rename(at('.a.swp'), at('a'))
    expect(await looks()).toEqual([false, true])
  })

  test('of a link to a folder that is turned to another, as Kubernetes does with a ConfigMap', async () => {
    for (const [version, text] of [
      ['1', 'one'],
      ['2', 'two'],
    ] as const) {
      await mkdir(at(version))
      await writeFile(join(at(version), 'exporter.yml'), text)
    }
    await symlink('1', at('..data'))
    await symlink(join('..data', 'exporter.yml'), at('exporter.yml'))
    await files.read(at('exporter.yml'))
    await symlink('2', at('..data_tmp'))
    await rename(at('..data_tmp'), at('..data'))
    expect(await looks()).toEqual([false, true])
  })

  test('of a file that goes, and of one that was not there', async () => {
    await writeFile(at('a'), 'one')
    await files.read(at('a'))
    await expect(files.read(at('secret'))).rejects.toThrow()
    expect(await looks()).toEqual([false, false])
    await writeFile(at('secret'), 'x')
    expect(await looks()).toEqual([false, true])
    files.begin()
    await files.read(at('a'))
    await rm(at('a'))
    expect(await looks()).toEqual([false, true])
  })
})

test('after a reload only the files that it read are checked', async () => {
  await writeFile(at('a'), 'one')
  await writeFile(at('b'), 'one')
  await files.read(at('a'))
  await files.read(at('b'))
  await writeFile(at('a'), 'two')
  expect(await looks()).toEqual([false, true])
  files.begin()
  await files.read(at('a'))
  expect(await looks()).toEqual([false, false])
  await writeFile(at('b'), 'two')
  expect(await looks()).toEqual([false, false])
})
