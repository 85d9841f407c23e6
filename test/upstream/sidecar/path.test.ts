import fc from 'fast-check'
import { expect, test } from 'vitest'
import { storagePath } from '../../../src/upstream/client.ts'
import { sidecarClient } from '../../../src/upstream/sidecar/client.ts'
import { client, failureOf, json } from './server.ts'
import { httpServer } from '../../support/servers.ts'

const BLOCK = { height: 1, hash: `0x${'ab'.repeat(32)}` }
const ITEM = { pallet: 'SubtensorModule', item: 'Owner' }

test('no key leaves the path of its item, whatever is in it', () => {
  const nasty = fc.constantFrom(
    '../',
    '..%2f',
    '?',
    '#',
    '&at=',
    '//evil.example/',
    '\\',
    '\r\n',
    '@',
    '%',
    ' ',
    '\0',
  )
  const keys = fc.array(
    fc.oneof(
      fc.string(),
      fc.array(nasty).map((parts) => parts.join('')),
    ),
    { maxLength: 3 },
  )
  fc.assert(
    fc.property(keys, (values) => {
      const { origin, pathname, search, hash } = new URL(
        storagePath(ITEM, values, BLOCK),
        'http://sidecar.example',
      )
      expect([origin, pathname, hash]).toEqual([
        'http://sidecar.example',
        '/pallets/SubtensorModule/storage/Owner',
        '',
      ])
      const query = new URLSearchParams(search)
      expect(query.getAll('keys[]')).toEqual(values)
      expect(query.getAll('at')).toEqual([BLOCK.hash])
    }),
  )
})

test('a path that begins like a host is asked of the configured Sidecar all the same', async () => {
  const asked: (string | undefined)[] = []
  const { url } = await httpServer((request, response) => {
    asked.push(request.url)
    json(response, {})
  })
  const http = client(`${url}/base`)
  await http.get('/:x', '//evil.example/x')
  await http.get('/:x', '/@evil.example')
  expect(asked).toEqual(['/base//evil.example/x', '/base/@evil.example'])
})

test('a hash that is none goes into no path', async () => {
  const asked: (string | undefined)[] = []
  const { url } = await httpServer((request, response) => {
    asked.push(request.url)
    json(response, {
      at: { height: '1', hash: '0x00/../../evil?x=' },
      specName: 'node-subtensor',
      specVersion: '240',
      implVersion: '1',
      authoringVersion: '1',
      transactionVersion: '1',
      chainType: { live: null },
    })
  })
  const sidecar = sidecarClient(client(url))
  expect(await failureOf(sidecar.finalizedHead(new AbortController().signal))).toMatchObject({
    reason: 'shape',
  })
  expect(asked).toEqual(['/runtime/spec'])
})
