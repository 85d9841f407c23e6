import * as answer from './answers.ts'
import { runtimeMetadata } from './metadata.ts'
import type { SimulatedNode } from './node.ts'
import { storageIds, storageItem, versionConstant } from './pallets.ts'

/** The path parameters and query of a request. */
interface RouteRequest {
  readonly params: readonly string[]
  readonly query: URLSearchParams
}

/** A route: its template, and the function that renders its JSON. */
export interface Route {
  readonly template: string
  readonly pattern: RegExp
  readonly answer: (node: SimulatedNode, request: RouteRequest) => string
}

const route = (template: string, answer: Route['answer']): Route => ({
  template,
  pattern: new RegExp(`^${template.replace(/:[a-z]+/g, '([^/]+)')}/?$`, 'i'),
  answer,
})

const at = ({ query }: RouteRequest): string | undefined => query.get('at') ?? undefined

/** Routes in matching order. */
export const ROUTES: readonly Route[] = [
  route('/pallets/:pallet/storage/:item', (node, request) => {
    const [pallet = '', item = ''] = request.params
    return storageItem(node, pallet, item, keysOf(request.query), at(request))
  }),
  route('/pallets/:pallet/storage', (node, request) =>
    storageIds(node, request.params[0] ?? '', at(request)),
  ),
  route('/pallets/:pallet/consts/:constant', (node, request) =>
    versionConstant(node, request.params, at(request)),
  ),
  route('/blocks/head/header', (node, { query }) =>
    answer.headHeader(node, query.get('finalized') ?? undefined),
  ),
  route('/blocks/:block/header', (node, { params }) => answer.blockHeader(node, params[0] ?? '')),
  route('/blocks/head', (node) => answer.block(node, undefined)),
  route('/blocks/:block', (node, { params }) => answer.block(node, params[0] ?? '')),
  route('/runtime/spec', (node, request) => answer.runtimeSpec(node, at(request))),
  route('/runtime/metadata', (node, request) => runtimeMetadata(node, at(request))),
  route('/accounts/:address/balance-info', (node, request) =>
    answer.balanceInfo(node, request.params[0] ?? '', at(request)),
  ),
  route('/node/version', answer.nodeVersion),
  route('/node/network', answer.nodeNetwork),
  route('/node/transaction-pool', answer.transactionPool),
]

/** Parses `keys[]=a&keys[]=b`, `keys[0]=a&keys[1]=b`, or several plain `keys=`; a single plain one is ignored. */
function keysOf(query: URLSearchParams): readonly string[] {
  const plain: string[] = []
  const listed: string[] = []
  const numbered: [number, string][] = []
  for (const [name, value] of query) {
    if (name === 'keys') plain.push(value)
    else if (name === 'keys[]') listed.push(value)
    else {
      const index = /^keys\[(\d+)\]$/.exec(name)?.[1]
      if (index !== undefined) numbered.push([Number(index), value])
    }
  }
  if (listed.length > 0) return listed
  if (numbered.length > 0) return numbered.sort(([a], [b]) => a - b).map(([, value]) => value)
  return plain.length > 1 ? plain : []
}
