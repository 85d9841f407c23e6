import type { SimulatedChain } from '../../src/demo/chain.ts'
import { ErrorResponse, errorBody } from '../../src/demo/fault.ts'
import { HEALTHY, SimulatedNode } from '../../src/demo/node.ts'
import { ROUTES } from '../../src/demo/routes.ts'
import { readAnswer } from '../../src/upstream/sidecar/answer.ts'
import { UpstreamError } from '../../src/upstream/errors.ts'
import type { SidecarHttp } from '../../src/upstream/sidecar/http.ts'
import { oneLine } from '../../src/text.ts'
import { mutated, type Mutation } from './hostile.ts'

/** What is wrong with the answers whose path has a text in it: with all of them, or (of storage) with their values. */
export interface Damage {
  readonly place: string
  readonly whole: boolean
  readonly mutation: Mutation
}

/** A Sidecar before a simulated chain, without a network, that answers wrongly in some places. */
export function damagedSidecar(chain: SimulatedChain, damages: readonly Damage[]): SidecarHttp {
  const node = new SimulatedNode(chain, HEALTHY)
  return {
    node: 'a',
    state: { node: 'a', circuitOpen: false },
    scrub: (text) => text,
    get: (_route, path) =>
      Promise.resolve().then(() => {
        let answer = JSON.parse(rightAnswer(node, path)) as unknown
        for (const { place, whole, mutation } of damages) {
          if (!path.includes(place)) continue
          if (!whole && typeof answer === 'object' && answer !== null && 'value' in answer)
            answer = { ...answer, value: mutated(answer.value, mutation) }
          else answer = mutated(answer, mutation)
        }
        return answer
      }),
    close: () => Promise.resolve(),
  }
}

function rightAnswer(node: SimulatedNode, target: string): string {
  const [path = '', search = ''] = target.split('?')
  for (const { pattern, answer } of ROUTES) {
    const match = pattern.exec(path)
    if (match === null) continue
    try {
      const params = match.slice(1).map(decodeURIComponent)
      return answer(node, { params, query: new URLSearchParams(search) })
    } catch (error) {
      if (!(error instanceof ErrorResponse)) throw error
      const body = Buffer.from(errorBody(error))
      const outcome = readAnswer({ status: error.status, contentType: 'application/json', body }, oneLine)
      if ('failure' in outcome) throw new UpstreamError({ node: 'a', path: target, ...outcome.failure })
    }
  }
  throw new Error(`the simulation has no ${target}`)
}
