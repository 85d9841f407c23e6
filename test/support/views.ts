import { sidecarClient } from '../../src/upstream/sidecar/client.ts'
import { openSidecarHttp } from '../../src/upstream/sidecar/http.ts'
import { openView, type LayoutCache } from '../../src/storage/view.ts'
import { simulate } from './simulation.ts'

/** Opens views on a simulated chain's finalized head, and counts the requests they make. */
export async function reader(options: Parameters<typeof simulate>[0]) {
  const { chain, urls, sidecars } = await simulate(options)
  const http = openSidecarHttp({
    name: 'a',
    url: urls[0] ?? '',
    headers: {},
    timeoutMs: 5000,
    concurrency: 32,
  })
  const client = sidecarClient(http)
  const layouts: LayoutCache = new Map<string, never>()
  const view = async () =>
    openView(client, await client.finalizedHead(new AbortController().signal), layouts, new AbortController())
  const requests = () =>
    Array.from(sidecars[0]?.requests.values() ?? []).reduce((sum, count) => sum + count, 0)
  return { chain, sidecars, view, requests, close: () => http.close() }
}
