import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { gunzip } from 'node:zlib'
import { promisify } from 'node:util'
import { SimulatedChain } from '../../src/demo/chain.ts'
import { HEALTHY, SimulatedNode } from '../../src/demo/node.ts'
import { answerTo } from '../../src/demo/sidecar.ts'
import { close, listen } from './servers.ts'

/** One response of a Sidecar, as it was recorded (test/support/record.mjs). */
export interface RecordedAnswer {
  readonly status: number
  readonly contentType: string
  readonly body: string
}

/** Responses by path, query included. */
export type Recording = ReadonlyMap<string, RecordedAnswer>

export async function loadRecording(name: string): Promise<Recording> {
  const text = await readFile(new URL(`../fixtures/recorded/${name}.json`, import.meta.url), 'utf8')
  return new Map(Object.entries(JSON.parse(text) as Record<string, RecordedAnswer>))
}

/** The recorded metadata of a runtime. It is too large for the recordings. */
async function loadMetadata(specVersion: string): Promise<RecordedAnswer> {
  const file = new URL(`../fixtures/metadata/${specVersion}.json.gz`, import.meta.url)
  const body = (await promisify(gunzip)(await readFile(file))).toString('utf8')
  return { status: 200, contentType: 'application/json; charset=utf-8', body }
}

export interface ReplayServer {
  readonly url: string
  /** Requested paths that are not recorded and were answered by the simulation, each once. */
  readonly simulated: ReadonlySet<string>
  /** Requested paths that are neither recorded nor simulated, answered with 404. */
  readonly unknown: readonly string[]
  close(): Promise<void>
}

/** The pallet and item of a storage path (`SubtensorModule.Tempo`), or undefined for another path. */
export function itemOf(path: string): string | undefined {
  const [, pallet, item] = /^\/pallets\/(\w+)\/storage\/(\w+)/.exec(path) ?? []
  return pallet === undefined || item === undefined ? undefined : `${pallet}.${item}`
}

/** The spec that the node of a recording reports. */
const specOf = (recording: Recording): string =>
  (JSON.parse(recording.get('/runtime/spec')?.body ?? '') as { specVersion: string }).specVersion

/**
 * A response of the simulated chain to a storage path that a recording lacks, as if read at the recorded block. The simulated chain
 * has the recorded height, spec and netuids, but other keys and values. Undefined for other paths (blocks and runtimes depend on
 * hashes), for a block that is not recorded, and for an item that the simulation lacks.
 */
function simulatedAnswer(recording: Recording, path: string): RecordedAnswer | undefined {
  const [, hash] = /[?&]at=(0x[0-9a-f]{64})$/.exec(path) ?? []
  if (itemOf(path) === undefined || hash === undefined) return undefined
  const upgrade = recording.get(`/pallets/System/storage/LastRuntimeUpgrade?at=${hash}`)
  if (upgrade === undefined) return undefined
  const { at, value } = JSON.parse(upgrade.body) as {
    at: { height: string; hash: string }
    value: { specVersion: string } | null
  }
  const finalityLag = 2
  const chain = new SimulatedChain({
    spec: Number(value?.specVersion ?? specOf(recording)),
    startHeight: Number(at.height) + finalityLag,
    finalityLag,
    neurons: 8,
    still: true,
  })
  const target = path.replace(hash, chain.hashAt(Number(at.height)))
  const answer = answerTo(new SimulatedNode(chain, HEALTHY), 'GET', target, new Map())
  if (answer.status !== 200) return undefined
  const body = JSON.stringify({ ...(JSON.parse(answer.body) as object), at })
  return { ...answer, body }
}

/**
 * Serves a recording on loopback, with metadata. Falls back to the simulation for storage that is not recorded, so that a metric
 * of another storage item can be tested without a node and a Sidecar to record from.
 * @param metadataOf returns the spec whose metadata is at a path; by default the spec of the recording.
 */
export async function startReplay(
  recording: Recording,
  metadataOf: (path: string) => string = () => specOf(recording),
): Promise<ReplayServer> {
  const simulated = new Set<string>()
  const unknown: string[] = []
  const answerOf = async (path: string): Promise<RecordedAnswer | undefined> => {
    if (path.startsWith('/runtime/metadata')) return loadMetadata(metadataOf(path)).catch(() => undefined)
    const recorded = recording.get(path)
    if (recorded !== undefined) return recorded
    const answer = simulatedAnswer(recording, path)
    if (answer !== undefined) simulated.add(path)
    return answer
  }
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    void answerOf(path).then((answer) => {
      if (answer === undefined) unknown.push(path)
      response.writeHead(answer?.status ?? 404, { 'content-type': answer?.contentType ?? 'text/plain' })
      response.end(answer?.body ?? 'neither recorded nor simulated')
    })
  })
  const port = await listen(server)
  return {
    url: `http://127.0.0.1:${port}`,
    simulated,
    unknown,
    close: () => close(server),
  }
}
