import { NETUID_LIMIT } from '../../chain/subnet.ts'
import { oneOf, valuesOf, wholeNumber } from '../request-parameters.ts'
import { SORTS, type NeuronQuery, type Sort } from './sorting.ts'

const sorts = Object.keys(SORTS) as [Sort, ...Sort[]]

export const NETUID_PARAMETER = {
  netuid: { ...wholeNumber(0, NETUID_LIMIT - 1), description: 'Netuid of the subnet.' },
}

/** Default number of neurons: the current maximum of subnets. */
export const NEURONS_LIMIT = 256

/** Query parameters of the leaderboard and of the API's neurons. */
export const NEURON_PARAMETERS = {
  sort: { ...oneOf(sorts), description: 'Sort key.', fallback: 'incentive' },
  order: {
    ...oneOf(['asc', 'desc']),
    description: `Sort order. Default: asc for ${sorts.filter((sort) => SORTS[sort] === 'asc').join(' and ')}, otherwise desc.`,
  },
  watched: {
    ...oneOf(['true', 'false']),
    description: 'Whether to list the watched neurons alone.',
    fallback: 'false',
  },
  offset: { ...wholeNumber(0, 65_535), description: 'Number of neurons to skip.', fallback: 0 },
  limit: { ...wholeNumber(1, 65_536), description: 'Maximum number of neurons.', fallback: NEURONS_LIMIT },
} as const

/** Throws RequestError for an invalid netuid. */
export const netuidOf = (params: unknown): number => valuesOf(NETUID_PARAMETER, params).netuid ?? 0

/** Throws RequestError with all invalid parameters. */
export function neuronQueryOf(query: unknown): NeuronQuery {
  const { sort, order, watched, offset, limit } = valuesOf(NEURON_PARAMETERS, query)
  return { sort, order: order ?? SORTS[sort], isWatchedOnly: watched === 'true', offset, limit }
}
