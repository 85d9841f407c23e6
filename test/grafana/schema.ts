import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import ts from 'typescript'

const TYPES = join(import.meta.dirname, 'schema-types.ts')
const { resolve } = createRequire(import.meta.url)

/**
 * Grafana's types of two releases: the one that docker-compose.yml pins, and the oldest that is supported. That is 10.4, the last
 * minor release of Grafana 10. It ignores properties that it does not know, so the test names those.
 */
const SCHEMAS = {
  pinned: { folder: dirname(resolve('@grafana/schema/package.json')), index: 'dist/types/index.d.ts' },
  oldest: { folder: dirname(resolve('grafana-schema-oldest/package.json')), index: 'dist/index.d.ts' },
} as const

/** An error of the compiler: the line of the dashboard, and the message. */
export interface SchemaFault {
  /** Index of the dashboard. */
  readonly dashboard: number
  readonly line: string
  readonly message: string
}

/**
 * What the compiler reports about dashboards that are written as literals of Grafana's type. Only in literals does it find properties
 * that the type does not have.
 */
export function schemaFaults(
  release: keyof typeof SCHEMAS,
  dashboards: readonly unknown[],
): readonly SchemaFault[] {
  const { folder, index } = SCHEMAS[release]
  const file = join(import.meta.dirname, 'dashboards-as-types.ts')
  const literals = dashboards.map(
    (dashboard, at) => `export const d${at}: BuiltDashboard = ${JSON.stringify(dashboard, null, 1)}\n`,
  )
  const text = `import type { BuiltDashboard } from ${JSON.stringify(TYPES)}\n${literals.join('')}`
  const options: ts.CompilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    skipLibCheck: true,
    allowImportingTsExtensions: true,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    target: ts.ScriptTarget.ES2023,
    lib: ['lib.es2023.d.ts'],
    types: [],
    paths: { '@grafana/schema': [join(folder, index)], '@grafana/schema/*': [join(folder, '*')] },
  }
  const host = ts.createCompilerHost(options)
  const onDisk = host.getSourceFile.bind(host)
  host.getSourceFile = (name, languageVersion, ...rest) =>
    name === file ? ts.createSourceFile(name, text, languageVersion) : onDisk(name, languageVersion, ...rest)
  return ts
    .getPreEmitDiagnostics(ts.createProgram([file], options, host))
    .map(({ messageText, start = 0 }) => ({
      dashboard: text.slice(0, start).split('export const').length - 2,
      line: text.slice(text.lastIndexOf('\n', start) + 1, text.indexOf('\n', start)).trim(),
      message: ts.flattenDiagnosticMessageText(messageText, ' '),
    }))
}
