import type { z } from 'zod'
import type { WebState } from '../web-state.ts'
import { valuesOf, type Parameters } from '../request-parameters.ts'
import { collectorsNow } from './collectors.ts'
import { keysNow } from './keys.ts'
import { neuronsNow } from './neurons.ts'
import { nodesNow } from './nodes.ts'
import { netuidOf, NETUID_PARAMETER, NEURON_PARAMETERS, neuronQueryOf } from './parameters.ts'
import * as schema from './schema.ts'
import { statusNow } from './status.ts'
import { problemsNow } from '../problems/problems.ts'
import { requiredSubnet, subnetsNow } from './subnets.ts'

/** The unparsed parameters of a request. */
export interface Asked {
  readonly params: unknown
  readonly query: unknown
}

/** An endpoint: its parameters, the schema of its response, and its handler. */
export interface Route<Schema extends z.ZodType = z.ZodType> {
  /** Below /api/v1, with :name for a parameter. */
  readonly path: string
  readonly summary: string
  readonly params: Parameters
  readonly query: Parameters
  readonly answer: Schema
  /** Throws RequestError. */
  readonly read: (state: WebState, asked: Asked) => z.output<Schema>
}

/** Makes the compiler check the handler's result against the schema. */
const route = <Schema extends z.ZodType>(definition: Route<Schema>): Route => definition

const plain = <Schema extends z.ZodType>(
  path: string,
  summary: string,
  answer: Schema,
  now: (state: WebState) => z.output<Schema>,
): Route =>
  route({
    path,
    summary,
    params: {},
    query: {},
    answer,
    read(state, { query }) {
      valuesOf({}, query)
      return now(state)
    },
  })

/** Every endpoint except openapi.json, which is generated from them. */
export const ROUTES: readonly Route[] = [
  plain('/status', 'Summary of the exporter and the chain', schema.status, statusNow),
  plain('/problems', 'What is wrong now', schema.problems, (state) => problemsNow(state, Date.now())),
  plain('/nodes', 'The nodes', schema.nodes, nodesNow),
  plain('/keys', 'The watched keys', schema.keys, keysNow),
  plain('/subnets', 'The subnets', schema.subnets, subnetsNow),
  route({
    path: '/subnets/:netuid',
    summary: 'One subnet',
    params: NETUID_PARAMETER,
    query: {},
    answer: schema.subnetAnswer,
    read(state, { params, query }) {
      valuesOf({}, query)
      return requiredSubnet(state, netuidOf(params))
    },
  }),
  route({
    path: '/subnets/:netuid/neurons',
    summary: 'The neurons of a subnet, sorted',
    params: NETUID_PARAMETER,
    query: NEURON_PARAMETERS,
    answer: schema.neurons,
    read: (state, { params, query }) => neuronsNow(state, netuidOf(params), neuronQueryOf(query)),
  }),
  plain('/collectors', 'The collectors', schema.collectors, collectorsNow),
]
