import { distance } from '../file/suggest.ts'

/** An environment variable, as shown in --help and CONFIG.md. */
export interface Variable {
  readonly name: string
  readonly description: string
  readonly example: string
}

/** Every environment variable that the exporter reads. */
export const VARIABLES: readonly Variable[] = [
  {
    name: 'NODE_URL',
    description:
      'Nodes to read by JSON-RPC, comma-separated: URL or name=URL, with http, https, ws or wss. The default name is host:port.',
    example: 'ws://127.0.0.1:9944',
  },
  {
    name: 'SIDECAR_URL',
    description: 'Sidecars to read instead of nodes, in the same form, with http or https.',
    example: 'http://127.0.0.1:8080',
  },
  {
    name: 'HOTKEYS',
    description:
      'Hotkeys to watch, comma-separated: address or name=address. The default name is the first 8 characters of the address.',
    example: 'validator=5F4tQyWrhfGVcNhoqeiNsR6KjD4wMZ2kfhLj4oHYuyHbZAc3',
  },
  {
    name: 'COLDKEYS',
    description: 'Coldkeys to watch, in the same form.',
    example: 'treasury=5Ccmf1dJKzGtXX7h17eN72MVMRsFwvYjPVmkXPUaapczECf6',
  },
  {
    name: 'SUBNETS',
    description:
      'Subnets to read: watched (those of the watched hotkeys, the default), all, or netuids, comma-separated.',
    example: '1,3',
  },
]

/** A name without what is easily written differently: case, separators, digits, the plural, and the name of this program. */
const bare = (name: string): string =>
  name
    .toUpperCase()
    .replace(/^BITTENSOR_(?:EXPORTER_)?/, '')
    .replace(/[^A-Z]/g, '')
    .replace(/S$/, '')

/** Other names for the same thing. */
const SYNONYMS: ReadonlyMap<string, string> = new Map([
  ['NETUIDS', 'SUBNETS'],
  ['NODE_RPC', 'NODE_URL'],
  ['NODE_RPC_URL', 'NODE_URL'],
  ['RPC_URL', 'NODE_URL'],
  ['SIDECAR', 'SIDECAR_URL'],
  ['SUBTENSOR_URL', 'NODE_URL'],
])

/** The variable that was probably meant by another name: one that differs in `bare` by at most one letter, or a synonym. */
export function meantVariable(name: string): string | undefined {
  const names = VARIABLES.map((variable) => variable.name)
  if (names.includes(name)) return undefined
  return SYNONYMS.get(name) ?? names.find((candidate) => distance(bare(name), bare(candidate)) <= 1)
}
