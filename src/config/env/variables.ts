/** An environment variable that is read, for --help and CONFIG.md. */
export interface Variable {
  readonly name: string
  readonly description: string
  readonly example: string
}

/** Every environment variable that is read. */
export const VARIABLES: readonly Variable[] = [
  {
    name: 'SIDECAR_URL',
    description:
      'Sidecars to read, comma-separated: URL or name=URL. The name is host:port where none is given.',
    example: 'http://127.0.0.1:8080',
  },
  {
    name: 'HOTKEYS',
    description:
      'Hotkeys to watch, comma-separated: address or name=address. The name is the first 8 characters of the address where none is given.',
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
