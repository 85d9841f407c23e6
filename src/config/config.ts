import type { Address } from '../chain/address.ts'
import type { Expectation } from '../scope/expectation.ts'

/** One Subtensor node, reached through its Sidecar. */
export interface NodeConfig {
  /** The `node` label: unique among the nodes. */
  readonly name: string
  /** http or https, with no trailing slash, credentials, query or fragment. */
  readonly url: string
  /** Headers of every request, from headers_file and basic_auth. They are secrets: never log them. */
  readonly headers: Readonly<Record<string, string>>
}

/** A watched key. */
export interface KeyConfig {
  /** The `name` label: unique among the keys. */
  readonly name: string
  readonly role: 'hotkey' | 'coldkey'
  readonly address: Address
  /** Undefined where nothing is expected. */
  readonly expect: Expectation | undefined
}

/** When and how chains are read. */
export interface PollConfig {
  /** Milliseconds from the beginning of one poll to that of the next. */
  readonly intervalMs: number
  /** Milliseconds one request to Sidecar may take. */
  readonly timeoutMs: number
  /** Requests under way to one Sidecar at a time, at most. */
  readonly concurrency: number
  /** Milliseconds after which what could not be read again is no longer exposed. */
  readonly staleAfterMs: number
}

/** The loaded, checked configuration. */
export interface Config {
  /** At least one. */
  readonly nodes: readonly NodeConfig[]
  /** Hash of block 0 of the chain to read, as 0x hex in lower case; not there where the nodes decide. */
  readonly genesis?: string
  readonly keys: readonly KeyConfig[]
  /** Those of the watched hotkeys, all there are, or these netuids. */
  readonly subnets: 'watched' | 'all' | readonly number[]
  readonly poll: PollConfig
  readonly limits: { readonly maxSeries: number }
  /** Networks in CIDR notation that /sd/neurons lists besides the public ones. */
  readonly discovery: { readonly allowNetworks: readonly string[] }
  /** Whether each collector runs, by its name. Every collector of COLLECTORS is in it. */
  readonly collectors: Readonly<Record<string, boolean>>
}
