import { join } from 'node:path'
import ts from 'typescript'
import { ROOT } from './files.ts'
import type { Manifest } from './manifests.ts'

/** Packages made from the OpenAPI of Kubernetes and from the CRDs of the Prometheus Operator, by API version. */
const SCHEMAS = new Map<string, { readonly module: string; readonly load: () => Promise<object> }>([
  ['v1', { module: 'kubernetes-models/v1', load: () => import('kubernetes-models/v1') }],
  ['apps/v1', { module: 'kubernetes-models/apps/v1', load: () => import('kubernetes-models/apps/v1') }],
  ['policy/v1', { module: 'kubernetes-models/policy/v1', load: () => import('kubernetes-models/policy/v1') }],
  [
    'networking.k8s.io/v1',
    {
      module: 'kubernetes-models/networking.k8s.io/v1',
      load: () => import('kubernetes-models/networking.k8s.io/v1'),
    },
  ],
  [
    'monitoring.coreos.com/v1',
    {
      module: '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1',
      load: () => import('@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1'),
    },
  ],
])

type Model = new (data: Manifest) => { validate(): void }

/** What the schema of an object's kind says of its values: types, formats, required fields. Empty: nothing. */
export async function schemaFault(manifest: Manifest): Promise<string> {
  const models = ((await SCHEMAS.get(manifest.apiVersion)?.load()) ?? {}) as Record<string, Model>
  const KindModel = models[manifest.kind]
  if (KindModel === undefined) return `no schema of ${manifest.apiVersion} ${manifest.kind}`
  try {
    new KindModel(manifest).validate()
    return ''
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** Leaves out a field that the PrometheusRule of the Operator has had since 2023 (its pull request 5651), and the types here have not. */
const asTyped = (key: string, value: unknown): unknown => (key === 'keep_firing_for' ? undefined : value)

/**
 * What the compiler says of objects written as literals of their kinds' types. It finds what the schemas let pass: a field
 * that the kind does not have.
 */
export function typeFaults(manifests: readonly Manifest[]): string[] {
  const file = join(ROOT, 'manifests-as-types.ts')
  const text = manifests
    .map(
      (manifest, index) =>
        `import type { I${manifest.kind} as T${index} } from '${SCHEMAS.get(manifest.apiVersion)?.module ?? ''}'\n` +
        `export const m${index}: T${index} = ${JSON.stringify(manifest, asTyped, 1)}\n`,
    )
    .join('')
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2023,
    types: [],
  }
  const host = ts.createCompilerHost(options)
  const onDisk = host.getSourceFile.bind(host)
  host.getSourceFile = (name, languageVersion, ...rest) =>
    name === file ? ts.createSourceFile(name, text, languageVersion) : onDisk(name, languageVersion, ...rest)
  const program = ts.createProgram([file], options, host)
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '))
}
