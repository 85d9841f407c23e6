import { parse } from 'yaml'
import { source } from './files.ts'

/** A service of docker-compose.yml: what the tests look at. */
export interface Service {
  readonly image: string
  readonly profiles?: readonly string[]
  readonly user?: string
  readonly read_only?: boolean
  readonly mem_limit?: string
  readonly pids_limit?: number
  readonly cap_drop?: readonly string[]
  readonly security_opt?: readonly string[]
  readonly command?: string | readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly healthcheck?: { readonly test: readonly string[] }
  readonly networks: readonly string[] | Readonly<Record<string, { readonly aliases?: readonly string[] }>>
  readonly ports?: readonly string[]
  readonly depends_on?: Readonly<Record<string, unknown>>
  readonly volumes?: readonly string[]
}

/** docker-compose.yml, as far as the tests look at it. */
export interface ComposeFile {
  readonly services: Readonly<Record<string, Service>>
  readonly volumes: Readonly<Record<string, unknown>>
}

/** docker-compose.yml with its anchors merged; variables as they are written. */
export const composeFile = async (): Promise<ComposeFile> =>
  parse(await source('docker-compose.yml'), { merge: true }) as ComposeFile

/** The services that run with a profile, by name. */
export const servicesOf = ({ services }: ComposeFile, profile: string): [name: string, service: Service][] =>
  Object.entries(services).filter(([, { profiles }]) => profiles?.includes(profile) ?? true)

/** A text with the default of each variable in its place. */
export const withDefaults = (text: string): string => text.replace(/\$\{\w+:?-([^}]*)\}/g, '$1')

/** What a service mounts from the repository: [path in the repository, path in the container]. */
export const mountsOf = ({ volumes = [] }: Service): [from: string, to: string][] =>
  volumes
    .map((volume) => withDefaults(volume).split(':'))
    .filter(([from = '']) => from.startsWith('./'))
    .map(([from = '', to = '']) => [from.slice(2), to])

/** The names that a service can be reached by on a network; none when it is not on it. */
export function namesOn(network: string, [name, { networks }]: [string, Service]): string[] {
  if (networks instanceof Array) return networks.includes(network) ? [name] : []
  return Object.entries(networks as Record<string, { aliases?: readonly string[] }>)
    .filter(([on]) => on === network)
    .flatMap(([, { aliases = [] }]) => [name, ...aliases])
}
