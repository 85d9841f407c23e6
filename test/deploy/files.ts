import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

/** The root of the repository. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** A file of the repository, by its path from the root. */
export const source = (path: string): Promise<string> =>
  readFile(new URL(`../../${path}`, import.meta.url), 'utf8')

/** What makes Sidecar 18 decode the signed extrinsics of finney. */
export const BUNDLE = 'deploy/kubernetes/sidecar/types-bundle.json'

/** The names in a folder of the repository that end so, sorted. */
export async function namesIn(folder: string, ending: string): Promise<string[]> {
  const names = await readdir(new URL(`../../${folder}`, import.meta.url))
  return names.filter((name) => name.endsWith(ending)).sort()
}

/** An image that says which version it is: not a moving tag, and not none. */
export const PINNED = /^[\w./-]+:v?\d+\.\d+\.\d+(-[\w.-]+)?$/

/** The version in package.json. */
export async function packageVersion(): Promise<string> {
  return (JSON.parse(await source('package.json')) as { version: string }).version
}
