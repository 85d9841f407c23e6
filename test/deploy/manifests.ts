import { parse, parseAllDocuments } from 'yaml'
import { namesIn, source } from './files.ts'

/** A Kubernetes object, as far as every one is alike. */
export interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly labels?: Readonly<Record<string, string>>
  }
}

/** A kustomization, as far as the tests look at it. */
export interface Kustomization {
  readonly resources?: readonly string[]
  readonly patches?: readonly { readonly path: string }[]
  readonly configMapGenerator?: readonly {
    readonly name: string
    readonly files?: readonly string[]
    readonly literals?: readonly string[]
  }[]
  readonly generatorOptions?: { readonly labels?: Readonly<Record<string, string>> }
  readonly images?: readonly { readonly name: string; readonly newTag: string }[]
}

const FOLDER = 'deploy/kubernetes'

/** Where the kustomizations are that hold manifests, below deploy/kubernetes. */
export const COMPONENTS = ['exporter', 'sidecar', 'monitoring', 'all', 'direct'] as const

/** A kustomization below deploy/kubernetes. */
export const kustomization = async (folder: string): Promise<Kustomization> =>
  parse(await source(`${FOLDER}/${folder}/kustomization.yml`)) as Kustomization

/** Every YAML document of a file below deploy/kubernetes. */
export async function documents(path: string): Promise<Manifest[]> {
  return parseAllDocuments(await source(`${FOLDER}/${path}`)).map((document) => {
    if (document.errors[0] !== undefined) throw document.errors[0]
    return document.toJS() as Manifest
  })
}

/** Every object that a kustomization lists itself, with the file it is in. */
export async function listed(folder: string): Promise<{ file: string; manifest: Manifest }[]> {
  const { resources = [] } = await kustomization(folder)
  const files = resources.filter((name) => name.endsWith('.yml')).map((name) => `${folder}/${name}`)
  const found = await Promise.all(
    files.map(async (file) => (await documents(file)).map((manifest) => ({ file, manifest }))),
  )
  return found.flat()
}

/** The manifests in a folder that its kustomization ought to list. */
export const manifestFiles = async (folder: string): Promise<string[]> => {
  const { patches = [] } = await kustomization(folder)
  const others = ['kustomization.yml', 'exporter.yml', ...patches.map(({ path }) => path)]
  return (await namesIn(`${FOLDER}/${folder}`, '.yml')).filter((name) => !others.includes(name))
}
