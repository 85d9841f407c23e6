import { node as nodeCollector } from '../../collectors/node.ts'
import { runtime as runtimeCollector } from '../../collectors/runtime.ts'
import { transactionPool } from '../../collectors/transaction-pool.ts'
import type { WebState } from '../web-state.ts'
import type { Node, Nodes } from './schema.ts'

export const nodesNow = (state: WebState): Nodes => {
  const source = state.latest.newest()?.node
  return { demo: state.demo, nodes: state.nodes.map((name) => nodeNow(state, name, source)) }
}

function nodeNow({ latest, status }: WebState, name: string, source: string | undefined): Node {
  const reading = latest.of(nodeCollector, name)?.data
  const runtime = latest.of(runtimeCollector, name)?.data
  const rounds = status.filter(({ node }) => node === name)
  return {
    name,
    up: rounds.length === 0 ? null : rounds.some(({ success }) => success),
    source: name === source,
    chain: reading?.version.chain ?? null,
    client_name: reading?.version.clientName ?? null,
    client_version: reading?.version.clientVersion ?? null,
    roles: reading === undefined ? null : [...reading.network.roles],
    peers: reading?.network.peers ?? null,
    syncing: reading?.network.syncing ?? null,
    should_have_peers: reading?.network.shouldHavePeers ?? null,
    best_block_height: reading?.bestHeight ?? null,
    finalized_block_height: reading?.finalizedHeight ?? null,
    block_timestamp_seconds: reading?.finalizedAt ?? null,
    pending_extrinsics: latest.of(transactionPool, name)?.data ?? null,
    runtime_spec_version: runtime?.specVersion ?? null,
    runtime_transaction_version: runtime?.transactionVersion ?? null,
  }
}
