import type { Address } from './address.ts'

/** The metrics endpoint that a neuron has published (PrometheusInfo, set by serve_prometheus: subnets/serving.rs). Untrusted. */
export interface PublishedEndpoint {
  /** Height at which it was published. */
  readonly block: number
  /** Chosen by the neuron; by convention the version of its software. */
  readonly version: number
  /** The address as an integer: below 2^32 for IPv4, below 2^128 for IPv6. */
  readonly ip: bigint
  readonly port: number
  /** 4 or 6; the chain rejects anything else. */
  readonly ipType: number
}

/** A neuron that has published an endpoint. */
export interface NeuronEndpoint extends PublishedEndpoint {
  readonly netuid: number
  readonly uid: number
  readonly hotkey: Address
  /** Undefined for a hotkey without an owner. */
  readonly coldkey: Address | undefined
}

/** The result of reading the endpoints of one subnet. */
export type EndpointAnswer =
  | { readonly endpoints: readonly NeuronEndpoint[] }
  /** The subnet does not exist. */
  | { readonly missing: true }
  /** The endpoints are unknown at the moment; the text is the reason. */
  | { readonly unavailable: string }
