// What a scrape costs over sending bytes that lie ready.
import { download, interleaved, startProcess } from './lib.mjs'

export async function scraping() {
  const server = await startProcess('./scraped.mjs', {})
  const gzip = { 'accept-encoding': 'gzip' }
  try {
    const get = (path, headers) => async () => {
      const { milliseconds, status, bytes } = await download(server.url + path, headers)
      if (status !== 200 || bytes < 1_000_000) throw new Error(`${path}: ${status}, ${bytes} bytes`)
      return milliseconds
    }
    const times = await interleaved(15, {
      identity: get('/metrics', {}),
      staticIdentity: get('/static', {}),
      gzip: get('/metrics', gzip),
      staticGzip: get('/static-gzip', {}),
    })
    return {
      scrape_identity_vs_static: times.identity / times.staticIdentity,
      scrape_gzip_vs_static: times.gzip / times.staticGzip,
      scrape_identity_ms: times.identity,
      scrape_gzip_ms: times.gzip,
    }
  } finally {
    await server.stop()
  }
}
