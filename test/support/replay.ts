import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { gunzip } from 'node:zlib'
import { promisify } from 'node:util'
import { close, listen } from './servers.ts'

/** One answer of a Sidecar, as it was recorded (test/support/record.mjs). */
export interface RecordedAnswer {
  readonly status: number
  readonly contentType: string
  readonly body: string
}

export type Recording = ReadonlyMap<string, RecordedAnswer>

export async function loadRecording(name: string): Promise<Recording> {
  const text = await readFile(new URL(`../fixtures/recorded/${name}.json`, import.meta.url), 'utf8')
  return new Map(Object.entries(JSON.parse(text) as Record<string, RecordedAnswer>))
}

/** The metadata that Sidecar gave for a runtime; it is too large to be in a recording. */
async function loadMetadata(specVersion: string): Promise<RecordedAnswer> {
  const file = new URL(`../fixtures/metadata/${specVersion}.json.gz`, import.meta.url)
  const body = (await promisify(gunzip)(await readFile(file))).toString('utf8')
  return { status: 200, contentType: 'application/json; charset=utf-8', body }
}

export interface ReplayServer {
  readonly url: string
  /** Paths that were asked for and not recorded: the exporter asks for more than it did when it was recorded. */
  readonly unknown: readonly string[]
  close(): Promise<void>
}

/** The spec that a recording says it is of. */
const specOf = (recording: Recording): string =>
  (JSON.parse(recording.get('/runtime/spec')?.body ?? '') as { specVersion: string }).specVersion

/**
 * Serves a recording on loopback, and metadata.
 * @param metadataOf tells of which spec the metadata at a path is: the recording's, if it is not given.
 */
export async function startReplay(
  recording: Recording,
  metadataOf: (path: string) => string = () => specOf(recording),
): Promise<ReplayServer> {
  const unknown: string[] = []
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    const send = (answer: RecordedAnswer | undefined): void => {
      if (answer === undefined) unknown.push(path)
      response.writeHead(answer?.status ?? 404, { 'content-type': answer?.contentType ?? 'text/plain' })
      response.end(answer?.body ?? 'not recorded')
    }
    if (!path.startsWith('/runtime/metadata')) send(recording.get(path))
    else
      loadMetadata(metadataOf(path)).then(send, () => {
        send(undefined)
      })
  })
  const port = await listen(server)
  return {
    url: `http://127.0.0.1:${port}`,
    unknown,
    close: () => close(server),
  }
}
