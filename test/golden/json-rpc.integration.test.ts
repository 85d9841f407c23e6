import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { COLLECTORS } from '../../src/collectors/index.ts'
import { allSucceed, published, testExporter } from '../support/exporter.ts'
import { loadRecording, startReplay } from '../support/replay.ts'
import { rpcReplay } from '../support/replay-rpc.ts'
import { RECORDED_SPECS } from '../support/specs.ts'
import { ALL, missingFrom } from './golden.config.ts'

/**
 * The golden files are the expectation of both upstreams: what the real Sidecar answered gives the same text when the node answers it
 * by JSON-RPC, in SCALE.
 */
describe.each(RECORDED_SPECS)('spec %d, recorded from Sidecar 18 and served by JSON-RPC', (spec) => {
  test('is exposed as the golden file says', async () => {
    const replay = await startReplay(await loadRecording(String(spec)))
    try {
      const { url } = await rpcReplay({ sidecar: replay.url, specAt: () => spec })
      const exporter = await testExporter({
        urls: [url],
        rpcUrls: [url],
        ...ALL,
        poll: { intervalMs: 600_000, staleAfterMs: 1_200_000, timeoutMs: 30_000 },
      })
      const text = published(await exporter.until((metrics) => allSucceed(metrics, COLLECTORS.length - 1)))
      const golden = await readFile(new URL(`${spec}.prom`, import.meta.url), 'utf8')
      expect(text).toBe(golden)
      expect(missingFrom(replay)).toEqual([])
    } finally {
      await replay.close()
    }
  })
})
