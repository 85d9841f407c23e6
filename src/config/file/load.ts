import { dirname } from 'node:path'
import { configOf } from '../assemble.ts'
import type { Config } from '../config.ts'
import { checkTogether, recordOf } from '../check.ts'
import { configFromEnvironment, nodeVariables, type Environment } from '../env/environment.ts'
import { check, pathText, type Finding } from './explain.ts'
import { jsonSchema } from './json-schema.ts'
import { ConfigError, inOrder, NoNodesError, type Issue } from '../error.ts'
import { fileSchema } from './schema.ts'
import { readSecrets, unreadable, type ReadText, type Secrets } from './secrets.ts'
import { readYaml } from './yaml.ts'

export { configFromEnvironment, ConfigError, NoNodesError, type Issue, type ReadText }

/**
 * Loads the configuration from the file if one is given, otherwise from the environment. Rejects with ConfigError, also if
 * both are given, because one of them would be ignored.
 */
export async function loadConfig(
  file: string | undefined,
  environment: Environment,
  readText: ReadText,
): Promise<Config> {
  if (file === undefined) return configFromEnvironment(environment)
  const both = nodeVariables(environment).map((variable) => ({
    file: 'environment',
    path: variable,
    message: `conflicts with --config.file=${file}: unset ${variable}, or start without the file`,
  }))
  try {
    const config = await loadConfigFile(file, readText)
    if (both.length === 0) return config
  } catch (error) {
    if (error instanceof ConfigError) throw new ConfigError([...both, ...error.issues])
    throw error
  }
  throw new ConfigError(both)
}

/** Loads and checks a configuration file and its secret files. Rejects with ConfigError, which has all issues in file order. */
export async function loadConfigFile(file: string, readText: ReadText): Promise<Config> {
  const text = await readText(file).catch((error: unknown) => {
    throw new ConfigError([{ file, path: '', message: `the configuration file ${unreadable(error)}` }])
  })
  const yaml = readYaml(text)
  const issues: Issue[] = yaml.issues.map((issue) => ({ file, path: '', ...issue }))
  if (yaml.value === undefined) throw new ConfigError(inOrder(issues))

  const result = check(fileSchema, yaml.value, jsonSchema)
  const secrets = await secretsOf(yaml.value, dirname(file), readText)
  const findings: Finding[] = [
    ...('findings' in result ? result.findings : []),
    ...checkTogether(yaml.value),
    ...secrets.flatMap(({ findings: found }, index) =>
      found.map((finding) => ({ ...finding, path: ['nodes', index, ...finding.path] })),
    ),
  ]
  for (const { path, part, message } of findings)
    issues.push({ file, ...yaml.positionOf(path, part), path: pathText(path), message })
  if (issues.length > 0 || !('data' in result)) throw new ConfigError(inOrder(issues))
  return configOf(
    result.data,
    secrets.map(({ headers }) => headers),
  )
}

async function secretsOf(value: unknown, folder: string, readText: ReadText): Promise<Secrets[]> {
  const nodes = recordOf(value)['nodes']
  const secrets: Secrets[] = []
  for (const node of Array.isArray(nodes) ? (nodes as unknown[]) : [])
    secrets.push(await readSecrets(node, folder, readText))
  return secrets
}
