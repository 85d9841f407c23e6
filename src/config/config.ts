import type { Address } from '../chain/address.ts'
import type { Expectation } from '../scope/expectation.ts'

/** A Subtensor node and how it is read. */
export interface NodeConfig {
  /** The `node` label: unique among the nodes. */
  readonly name: string
  /** Whether `url` is that of the node itself (JSON-RPC over HTTP) or of its Sidecar. */
  readonly api: 'rpc' | 'sidecar'
  /** http or https, with no trailing slash, credentials, query or fragment. */
  readonly url: string
  /** Maximum number of requests a second; undefined for no limit. */
  readonly requestsPerSecond?: number
  /** Headers of every request, from headers_file and basic_auth. They are secrets: never log them. */
  readonly headers: Readonly<Record<string, string>>
}

/** A watched key. */
export interface KeyConfig {
  /** The `name` label: unique among the keys. */
  readonly name: string
  readonly role: 'hotkey' | 'coldkey'
  readonly address: Address
  /** Undefined without expectations. */
  readonly expect: Expectation | undefined
}

/** When and how the chain is read. */
export interface PollConfig {
  /** Milliseconds from the start of one poll to the start of the next. */
  readonly intervalMs: number
  /** Maximum duration of one request to a node, in milliseconds. */
  readonly timeoutMs: number
  /** Maximum number of requests in flight per node. */
  readonly concurrency: number
  /** Milliseconds after which values that could not be read again expire. */
  readonly staleAfterMs: number
}

/** The loaded, checked configuration. */
export interface Config {
  /** At least one. */
  readonly nodes: readonly NodeConfig[]
  /** Hash of block 0 of the chain to read, as 0x hex in lower case. Absent if the majority of the nodes decides. */
  readonly genesis?: string
  readonly keys: readonly KeyConfig[]
  /** The subnets of the watched hotkeys, all subnets, or these netuids. */
  readonly subnets: 'watched' | 'all' | readonly number[]
  readonly poll: PollConfig
  readonly limits: { readonly maxSeries: number }
  /** Networks in CIDR notation that /sd/neurons lists in addition to public ones. */
  readonly discovery: { readonly allowNetworks: readonly string[] }
  /** Whether each collector runs, by name. Contains every collector of COLLECTORS. */
  readonly collectors: Readonly<Record<string, boolean>>
}
