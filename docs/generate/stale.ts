import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { DASHBOARD_FOLDER } from './dashboards.ts'

/** A generated file whose stored text differs from the rendered one. */
export interface StaleFile {
  readonly path: string
  readonly state: 'outdated' | 'missing' | 'obsolete'
  /** Undefined if the file is obsolete: nothing renders it any more. */
  readonly text?: string
}

/** The stale ones among the generated files, in the order of their paths. */
export async function staleFiles(
  root: string,
  rendered: ReadonlyMap<string, string>,
): Promise<readonly StaleFile[]> {
  const stale: StaleFile[] = []
  for (const [path, text] of rendered) {
    const stored = await read(join(root, path))
    if (stored !== text) stale.push({ path, state: stored === undefined ? 'missing' : 'outdated', text })
  }
  for (const name of await readdir(join(root, DASHBOARD_FOLDER))) {
    const path = `${DASHBOARD_FOLDER}/${name}`
    if (name.endsWith('.json') && !rendered.has(path)) stale.push({ path, state: 'obsolete' })
  }
  return stale.toSorted((a, b) => (a.path < b.path ? -1 : 1))
}

/** Writes the rendered text of stale files, and deletes obsolete ones. */
export async function refresh(root: string, stale: readonly StaleFile[]): Promise<void> {
  for (const { path, text } of stale) {
    const file = join(root, path)
    if (text === undefined) await rm(file)
    else {
      await mkdir(dirname(file), { recursive: true })
      await writeFile(file, text)
    }
  }
}

/** The text of a file, or undefined if it does not exist. Rejects on any other error. */
const read = (file: string): Promise<string | undefined> =>
  readFile(file, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  })
