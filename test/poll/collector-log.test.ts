import { pino } from 'pino'
import { expect, test } from 'vitest'
import { logDecoding } from '../../src/poll/collector-log.ts'

const CHANGE = { node: 'a', decodes: false, before: undefined, block: 7, error: 'reads past its end' }

test.each([
  ['sidecar', /types-bundle\.json/, /^Sidecar does not decode signed extrinsics/],
  ['rpc', /^update the exporter/, /^the blocks of the node cannot be decoded/],
] as const)(
  'blocks of a node that is read by %s and cannot be decoded are logged with a remedy',
  (api, remedy, msg) => {
    const log: object[] = []
    const logger = pino({}, { write: (line: string) => void log.push(JSON.parse(line) as object) })
    logDecoding(logger, CHANGE, api)
    logDecoding(logger, { ...CHANGE, decodes: true, before: false }, api)
    expect(log).toEqual([
      expect.objectContaining({
        level: 40,
        node: 'a',
        block: 7,
        remedy: expect.stringMatching(remedy) as string,
        msg: expect.stringMatching(msg) as string,
      }),
      expect.objectContaining({ level: 30, msg: expect.stringMatching(/decode.* again$/) as string }),
    ])
  },
)
