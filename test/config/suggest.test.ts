import { expect, test } from 'vitest'
import { suggestion } from '../../src/config/file/suggest.ts'

const NODE_KEYS = ['name', 'url', 'headers_file', 'basic_auth']
const EXPECT_KEYS = ['coldkey', 'netuids', 'validator_permit', 'active', 'max_updated_blocks', 'min_free_tao']

test.each([
  ['header_file', NODE_KEYS, 'headers_file'],
  ['headers', NODE_KEYS, 'headers_file'],
  ['headersFile', NODE_KEYS, 'headers_file'],
  ['HEADERS-FILE', NODE_KEYS, 'headers_file'],
  ['uri', NODE_KEYS, 'url'],
  ['nmae', NODE_KEYS, 'name'],
  ['auth', NODE_KEYS, 'basic_auth'],
  ['permit', EXPECT_KEYS, 'validator_permit'],
  ['netuid', EXPECT_KEYS, 'netuids'],
  ['password', NODE_KEYS, undefined],
  ['x', NODE_KEYS, undefined],
  ['', NODE_KEYS, undefined],
  ['name'.repeat(1000), ['url'], undefined],
])('%s', (word, candidates, meant) => {
  expect(suggestion(word, candidates)).toBe(meant)
})
