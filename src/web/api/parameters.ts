import { NETUID_LIMIT } from '../../chain/subnet.ts'
import { oneOf, valuesOf, wholeNumber } from '../request-parameters.ts'
import { SORTS, type NeuronQuery, type Sort } from './sorting.ts'

const sorts = Object.keys(SORTS) as [Sort, ...Sort[]]

export const NETUID_PARAMETER = {
  netuid: { ...wholeNumber(0, NETUID_LIMIT - 1), description: 'Which subnet.' },
}

/** As many neurons as subnets have room for today. */
export const NEURONS_LIMIT = 256

/** Which neurons of a subnet, in which order: the query of the leaderboard and of the API. */
export const NEURON_PARAMETERS = {
  sort: { ...oneOf(sorts), description: 'What to sort by.', fallback: 'incentive' },
  order: {
    ...oneOf(['asc', 'desc']),
    description: `Which way: desc when it is not given, asc for ${sorts.filter((sort) => SORTS[sort] === 'asc').join(' and ')}.`,
  },
  offset: { ...wholeNumber(0, 65_535), description: 'How many to leave out at the beginning.', fallback: 0 },
  limit: { ...wholeNumber(1, 65_536), description: 'How many at most.', fallback: NEURONS_LIMIT },
} as const

/** Throws RequestError for a netuid that cannot be one. */
export const netuidOf = (params: unknown): number => valuesOf(NETUID_PARAMETER, params).netuid ?? 0

/** Throws RequestError with all that is wrong with the query. */
export function neuronQueryOf(query: unknown): NeuronQuery {
  const { sort, order, offset, limit } = valuesOf(NEURON_PARAMETERS, query)
  return { sort, order: order ?? SORTS[sort], offset, limit }
}
