import { trafficOf, withoutBundle } from './extrinsics.ts'
import { ErrorResponse } from './fault.ts'
import { hashOfBlock } from './names.ts'
import { pathAddress } from './keys.ts'
import type { KnownBlock, SimulatedNode } from './node.ts'
import { atJson } from './pallets.ts'

/** `GET /node/version` */
export function nodeVersion(node: SimulatedNode): string {
  node.answers()
  const { clientVersion, clientName, chainName } = node.health
  return JSON.stringify({ clientVersion, clientImplName: clientName, chain: chainName })
}

/** `GET /node/network` */
export function nodeNetwork(node: SimulatedNode): string {
  node.answers()
  const { peers, syncing, shouldHavePeers } = node.health
  return JSON.stringify({
    nodeRoles: [{ full: null }],
    numPeers: String(peers),
    isSyncing: syncing,
    shouldHavePeers,
    localPeerId: '12D3KooWSimulatedNode',
    localListenAddresses: ['/ip4/127.0.0.1/tcp/30333/ws'],
    peersInfo: 'Cannot query system_peers from node.',
  })
}

/** `GET /node/transaction-pool` */
export function transactionPool(node: SimulatedNode): string {
  node.answers()
  const pool = Array.from({ length: node.health.pendingExtrinsics }, (_, index) => ({
    hash: hashOfBlock(node.chain.seed, index, 'extrinsic'),
    encodedExtrinsic: '0x280402000b10e3f7c59401',
  }))
  return JSON.stringify({ pool })
}

/** `GET /runtime/spec` */
export function runtimeSpec(node: SimulatedNode, at: string | undefined): string {
  const { height, hash } = node.block(at)
  const { symbol, decimals } = node.chain.token
  return JSON.stringify({
    at: { height: String(height), hash },
    authoringVersion: '1',
    transactionVersion: '1',
    implVersion: '1',
    specName: 'node-subtensor',
    specVersion: String(node.chain.specAt(height)),
    chainType: { live: null },
    properties: {
      isEthereum: false,
      ss58Format: '42',
      tokenDecimals: [String(decimals)],
      tokenSymbol: [symbol],
    },
  })
}

/** `GET /blocks/head/header?finalized=…` */
export function headHeader(node: SimulatedNode, finalized: string | undefined): string {
  if (finalized !== undefined && finalized !== 'true' && finalized !== 'false')
    throw new ErrorResponse(400, `Query parameter: finalized has an invalid boolean value of ${finalized}`)
  node.answers()
  return JSON.stringify(header(node, node.at(finalized === 'false' ? node.bestHeight : node.finalizedHeight)))
}

/** `GET /blocks/{id}/header` */
export function blockHeader(node: SimulatedNode, id: string): string {
  if (node.health.down) throw new ErrorResponse(500, 'Failed while trying to get the latest header.')
  return JSON.stringify(header(node, node.block(id)))
}

function header(node: SimulatedNode, block: KnownBlock) {
  const { parentHash, stateRoot, extrinsicsRoot } = roots(node, block)
  return { parentHash, number: String(block.height), stateRoot, extrinsicsRoot, digest: { logs: [] } }
}

const roots = ({ chain }: SimulatedNode, { height }: KnownBlock) => ({
  parentHash: chain.hashAt(height - 1),
  stateRoot: hashOfBlock(chain.seed, height, 'state'),
  extrinsicsRoot: hashOfBlock(chain.seed, height, 'extrinsics'),
})

/** `GET /blocks/{id}` and, without an id, `GET /blocks/head`. */
export function block(node: SimulatedNode, id: string | undefined): string {
  const { chain } = node
  const known = node.block(id)
  const state = node.state(known)
  // The extrinsics of a block are derived from the state before it, which must therefore be available.
  if (known.height <= chain.height - chain.keepBlocks) node.state(node.at(known.height - 1))
  const { extrinsics, events } = trafficOf(chain, known.height)
  return JSON.stringify({
    number: String(known.height),
    hash: known.hash,
    ...roots(node, known),
    logs: [],
    onInitialize: { events: [] },
    extrinsics: node.health.typesBundle ? extrinsics : withoutBundle(extrinsics),
    onFinalize: { events: [...state.block.events, ...events] },
    finalized: known.height <= node.finalizedHeight,
  })
}

/** `GET /accounts/{address}/balance-info`: answers 400 to invalid addresses, and has text in place of absent fields. */
export function balanceInfo(node: SimulatedNode, address: string, at: string | undefined): string {
  const account = pathAddress(address)
  const known = node.block(at)
  const state = node.state(known)
  const { nonce, free, reserved, frozen } = state.account(account)
  const absent = (field: string): string => `${field} does not exist for this runtime`
  const old = state.block.spec <= 146
  const balance = {
    nonce: String(nonce),
    tokenSymbol: node.chain.token.symbol.toUpperCase(),
    free: String(free),
    reserved: String(reserved),
    miscFrozen: old ? String(frozen) : absent('miscFrozen'),
    feeFrozen: old ? String(frozen / 2n) : absent('feeFrozen'),
    frozen: old ? absent('frozen') : String(frozen),
    locks: [],
  }
  return `{${atJson(known)},${JSON.stringify(balance).slice(1)}`
}
