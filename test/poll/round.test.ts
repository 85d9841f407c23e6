import { expect, test } from 'vitest'
import { withDeadline } from '../../src/poll/round.ts'
import { client, failureOf, get, json } from '../upstream/sidecar/server.ts'
import { httpServer } from '../support/servers.ts'

test('what a round leaves in the queue is given up when it ends, and not sent before what comes next', async () => {
  const paths: (string | undefined)[] = []
  const { url } = await httpServer((request, response) => {
    paths.push(request.url)
    if (request.url === '/refused') json(response, {}, 500)
    else if (request.url !== '/hangs') json(response, 1)
  })
  const http = client(url, { concurrency: 1 })
  const left: Promise<{ reason: string }>[] = []
  const round = withDeadline(60_000, new AbortController().signal, async ({ signal }) => {
    const refused = get(http, '/refused', signal)
    left.push(failureOf(get(http, '/hangs', signal)), failureOf(get(http, '/left', signal)))
    await refused
  })
  await expect(round).rejects.toMatchObject({ reason: 'status' })
  expect(await get(http, '/next')).toBe(1)
  expect(await Promise.all(left)).toMatchObject([{ reason: 'aborted' }, { reason: 'aborted' }])
  expect(paths).not.toContain('/left')
})
