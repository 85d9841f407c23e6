import { callsIn } from '../../src/demo/rpc/dispatch.ts'
import { rpcAnswers } from '../../src/demo/rpc/server.ts'
import type { SimulatedNode } from '../../src/demo/node.ts'
import { answerTo } from '../../src/demo/sidecar.ts'
import type { Answer } from './faults.ts'

/** One request as it arrives: the path and query, and the body of a POST. */
export interface Incoming {
  readonly path: string
  readonly body: string
}

/** A node's API in front of which a proxy stands: its Sidecar, or its JSON-RPC. */
export interface Upstream {
  /** The requested path, or the methods of the calls. Faults are aimed at it. */
  subjectOf(incoming: Incoming): string
  /** The hash of the block that is read; undefined if the request names none. */
  hashIn(incoming: Incoming): string | undefined
  /** The same request for another block, if the response tells which block it is of; otherwise undefined. */
  atBlock(incoming: Incoming, hash: string, other: string): Incoming | undefined
  answer(incoming: Incoming): Answer
  /** The answer of a node that has discarded the state of the block. */
  discarded(incoming: Incoming, hash: string): Answer
}

const JSON_TYPE = 'application/json; charset=utf-8'

const json = (value: unknown, status = 200): Answer => ({
  status,
  contentType: JSON_TYPE,
  body: Buffer.from(JSON.stringify(value)),
})

const discardedText = (hash: string): string => `UnknownBlock: State already discarded for ${hash}`

/** The Sidecar of a node. */
export function sidecarOf(node: SimulatedNode): Upstream {
  const requests = new Map<string, number>()
  return {
    subjectOf: ({ path }) => path,
    hashIn: ({ path }) => /[?&]at=(0x[0-9a-f]{64})/.exec(path)?.[1],
    atBlock: ({ path, body }, hash, other) => ({ path: path.replace(hash, other), body }),
    answer({ path }) {
      const answer = answerTo(node, 'GET', path, requests)
      return { ...answer, body: Buffer.from(answer.body) }
    },
    discarded: (_, hash) => json({ code: 500, message: `-32000: ${discardedText(hash)}` }, 500),
  }
}

/** Methods whose results tell which block they are of: by the hash, or by the header. */
const TELLS_BLOCK: ReadonlySet<string> = new Set([
  'state_queryStorageAt',
  'chain_getBlock',
  'chain_getHeader',
])

/** The JSON-RPC of a node. */
export function rpcOf(node: SimulatedNode): Upstream {
  const answers = rpcAnswers(node)
  const hashOf = ({ body }: Incoming): string | undefined => {
    const hashes = callsIn(body).map(({ params }) => params.at(-1))
    return hashes.find((hash): hash is string => typeof hash === 'string' && /^0x[0-9a-f]{64}$/.test(hash))
  }
  return {
    subjectOf: ({ body }) =>
      callsIn(body)
        .map(({ method }) => method)
        .join(' '),
    hashIn: hashOf,
    atBlock: ({ path, body }, hash, other) =>
      callsIn(body).every(({ method }) => TELLS_BLOCK.has(method))
        ? { path, body: body.replaceAll(`"${hash}"`, `"${other}"`) }
        : undefined,
    answer: ({ body }) => ({ status: 200, contentType: JSON_TYPE, body: Buffer.from(answers(body)) }),
    discarded({ body }, hash) {
      const request: unknown = JSON.parse(body)
      const failureOf = (call: { readonly id?: unknown }) => ({
        jsonrpc: '2.0',
        id: call.id,
        error: { code: 4003, message: `Client error: ${discardedText(hash)}` },
      })
      return json(Array.isArray(request) ? request.map(failureOf) : failureOf(request as { id?: unknown }))
    },
  }
}
