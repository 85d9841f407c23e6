// A simulated chain and its nodes: a good one, or two that attack when they are told to. Each in a process of its own, so that the
// good one has time to answer. Both processes simulate the same blocks.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { demoChain } from '../../src/demo/demo.ts'
import { startRpcNode } from '../../src/demo/rpc/server.ts'
import { startSimulatedSidecar } from '../../src/demo/sidecar.ts'
import { NODE_ATTACKS, type Asked, type NodeAttack } from './node-attacks.ts'

/** What the process is started with. */
export interface NodesOptions {
  readonly isGood: boolean
  /** Milliseconds since the epoch. */
  readonly startTime: number
  /** Of 256 neurons each. */
  readonly subnets: number
  /** How often a block comes. */
  readonly blockMs: number
}

/** What the process can be told; each is answered with the number of requests so far. */
export interface Command {
  readonly id: number
  /** The attack that begins; null ends it. */
  readonly attack?: string | null
}

const state: { attack: NodeAttack | undefined; requests: number; index: number } = {
  attack: undefined,
  requests: 0,
  index: 0,
}

/** A server in front of a simulated one, which forwards requests and answers as the attack says. */
async function front(api: Asked['api'], upstream: string): Promise<string> {
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    state.requests += 1
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks).toString()
    const path = request.url ?? '/'
    const right = () =>
      fetch(upstream + path, {
        method: request.method ?? 'GET',
        ...(body === '' ? {} : { body, headers: { 'content-type': 'application/json' } }),
      })
    const { attack } = state
    if (attack === undefined) {
      const truthful = await right()
      response.writeHead(truthful.status, { 'Content-Type': 'application/json' })
      response.end(Buffer.from(await truthful.arrayBuffer()))
      return
    }
    const what = api === 'sidecar' ? decodeURIComponent(path) : methodOf(body)
    await attack.answer({
      api,
      what,
      index: state.index++,
      right: async () => (await right()).text(),
      response,
    })
  }
  const server = createServer({ maxHeaderSize: 64 * 1024 }, (request, response) => {
    response.on('error', () => undefined)
    answer(request, response).catch(() => request.socket.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function methodOf(body: string): string {
  const calls = JSON.parse(body) as { readonly method: string } | readonly { readonly method: string }[]
  return 'method' in calls ? calls.method : 'batch'
}

const { isGood, startTime, subnets, blockMs } = JSON.parse(process.argv[2] ?? '') as NodesOptions
const chain = demoChain({ neurons: 256, subnets, limit: () => 256, startTime })
const sidecar = await startSimulatedSidecar({ chain })
const node = await startRpcNode(chain)
const clock = setInterval(() => {
  chain.advance()
}, blockMs)

process.once('disconnect', () => {
  clearInterval(clock)
  process.exit()
})
process.on('message', ({ id, attack }: Command) => {
  if (attack !== undefined) {
    state.attack = NODE_ATTACKS.find(({ name }) => name === attack)
    state.index = 0
  }
  process.send?.({ id, requests: state.requests })
})
process.send?.(
  isGood
    ? [{ name: 'good', url: await front('sidecar', sidecar.url) }]
    : [
        { name: 'bad-sidecar', url: await front('sidecar', sidecar.url) },
        { name: 'bad-rpc', rpc: await front('rpc', node.url) },
      ],
)
