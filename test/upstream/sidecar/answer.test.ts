import { expect, test } from 'vitest'
import { client, failureOf, get, json } from './server.ts'
import { httpServer } from '../../support/servers.ts'

/** Bodies of Sidecar 18.0.0 over specs 240 and 381, their stacks cut after the first line but one. */
const SIDECAR = [
  [
    'no_item',
    500,
    `{"code":500,"message":"Could not find storage item (\\"foo\\") in metadata. storage item names are expected to be in camel case, e.g. 'storageItemId'","stack":"InternalServerError: Could not find storage item (\\"foo\\") in metadata. storage item names are expected to be in camel case, e.g. 'storageItemId'\\n    at PalletsStorageService.findPalletFieldItemMeta (/usr/src/app/build/src/services/AbstractPalletsService.js:132:19)","level":"error"}`,
    `Could not find storage item ("foo") in metadata. storage item names are expected to be in camel case, e.g. 'storageItemId'`,
  ],
  [
    'no_item',
    500,
    `{"code":500,"message":"historicApi.query[palletName][storageItemId] is not a function","stack":"TypeError: historicApi.query[palletName][storageItemId] is not a function\\n    at PalletsStorageService.fetchStorageItem (/usr/src/app/build/src/services/","level":"error"}`,
    'historicApi.query[palletName][storageItemId] is not a function',
  ],
  [
    'unknown_pallet',
    400,
    `{"code":400,"message":"\\"swap\\" was not recognized as a queryable pallet.","stack":"BadRequestError: \\"swap\\" was not recognized as a queryable pallet.\\n    at PalletsStorageService.findPalletMeta (/usr/src/app/build/src/services/AbstractPalletsService.js:71:19)","level":"error"}`,
    '"swap" was not recognized as a queryable pallet.',
  ],
  [
    'bad_key',
    500,
    '{"code":500,"message":"createType(StorageKey):: createType(Lookup0):: Decoding xx: Invalid decoded address length","stack":"Error: createType(StorageKey):: createType(Lookup0):: Decoding xx: Invalid decoded address length\\n    at createTypeUnsafe (/usr/src/app/type.js:54:22)","level":"error"}',
    'createType(StorageKey):: createType(Lookup0):: Decoding xx: Invalid decoded address length',
  ],
  [
    'bad_key',
    500,
    '{"code":500,"message":"subtensorModule.uids(u16, AccountId32) is a map, requiring 2 arguments, 1 found","stack":"Error: subtensorModule.uids(u16, AccountId32) is a map, requiring 2 arguments, 1 found\\n    at extractStorageArgs (/usr/src/app/validate.js:21:19)","level":"error"}',
    'subtensorModule.uids(u16, AccountId32) is a map, requiring 2 arguments, 1 found',
  ],
  [
    'bad_key',
    500,
    '{"code":500,"message":"subtensorModule.totalNetworks() does not take any arguments, 1 found","stack":"Error: subtensorModule.totalNetworks() does not take any arguments, 1 found\\n    at extractStorageArgs (/usr/src/app/validate.js:12:19)","level":"error"}',
    'subtensorModule.totalNetworks() does not take any arguments, 1 found',
  ],
  [
    'bad_key',
    400,
    '{"code":400,"message":"Invalid address format","stack":"BadRequestError: Invalid address format\\n    at validateAddressMiddleware (/usr/src/app/validateAddressMiddleware.js:32:21)","level":"error"}',
    'Invalid address format',
  ],
  [
    'block_gone',
    500,
    '{"code":500,"message":"Unable to retrieve header and parent from supplied hash","stack":"Error: Unable to retrieve header and parent from supplied hash\\n    at ApiPromise._getBlockRegistryViaHash (/usr/src/app/Init.js:151:19)","level":"error"}',
    'Unable to retrieve header and parent from supplied hash',
  ],
  [
    'undecodable',
    500,
    '{"code":500,"message":"createType(SignedBlock):: Struct: failed on block: {\\"header\\":\\"Header\\",\\"extrinsics\\":\\"Vec<Extrinsic>\\"}:: Struct: failed on extrinsics: Vec<Extrinsic>:: createType(ExtrinsicV4):: createType(Call):: findMetaCall: Unable to find Call with index [0, 16]/[0,16]","stack":"Error: createType(SignedBlock):: Struct\\n    at createTypeUnsafe (/usr/src/app/type.js:54:22)","level":"error"}',
    // Cut off after 199 characters.
    'createType(SignedBlock):: Struct: failed on block: {"header":"Header","extrinsics":"Vec<Extrinsic>"}:: Struct: failed on extrinsics: Vec<Extrinsic>:: createType(ExtrinsicV4):: createType(Call):: find…',
  ],
  [
    'status',
    400,
    '{"code":400,"message":"Cannot get block hash for zz. Block IDs must be either 32-byte hex strings or non-negative decimal integers.","stack":"BadRequestError: Cannot get block hash for zz.\\n    at PalletsStorageController.getHashForBlock (/usr/src/app/AbstractController.js:126:23)","level":"error"}',
    'Cannot get block hash for zz. Block IDs must be either 32-byte hex strings or non-negative decimal integers.',
  ],
] as const

/** Messages known from source, or from nodes other than the ones at hand. */
const OTHERS = [
  [
    'block_gone',
    500,
    { message: '4003: Client error: Api called for an unknown Block: State already discarded for 0x1f' },
    undefined,
  ],
  [
    'block_gone',
    500,
    { message: '-32000: Client error: UnknownBlock: Header was not found in the database: 0x1f' },
    undefined,
  ],
  [
    'block_gone',
    400,
    { message: 'Specified block number is larger than the current largest block. The largest is 9.' },
    undefined,
  ],
  ['block_gone', 404, { error: 'Block not found: 99999999' }, undefined],
  ['block_gone', 400, { error: 'Block 99 not found' }, undefined],
  ['status', 500, { code: 500, message: 'chain is not a function' }, undefined],
  ['status', 400, { message: 'Could not find storage item ("foo") in metadata.' }, undefined],
  ['status', 500, { error: 'Internal\n  server\terror\u0007' }, 'Internal server error\uFFFD'],
  ['status', 500, { message: 'x'.repeat(300) }, `${'x'.repeat(199)}…`],
] as const

const ROWS = [
  ...SIDECAR,
  ...OTHERS.map(
    ([reason, status, body, text]) =>
      [
        reason,
        status,
        JSON.stringify(body),
        text ?? ('message' in body ? body.message : body.error),
      ] as const,
  ),
]

test.each(ROWS)('%s from %i (row %#)', async (reason, status, body, text) => {
  let requests = 0
  const { url } = await httpServer((_request, response) => {
    requests += 1
    response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(body)
  })
  const error = await failureOf(get(client(url)))
  expect(error).toMatchObject({ reason, status, node: 'a', path: '/x' })
  expect(error.message).toBe(`a: GET /x: answered ${status}: ${text}`)
  expect(requests).toBe(1) // Errors of the caller's doing are not asked about again.
})

const NOT_FOUND =
  '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>Error</title>\n</head>\n<body>\n<pre>Cannot GET /nope</pre>\n</body>\n</html>\n'

test.each([
  ['HTML 404', 404, 'text/html; charset=utf-8', NOT_FOUND, 'status', 'answered 404: Error Cannot GET /nope'],
  ['an empty 404', 404, 'text/html', '', 'status', 'answered 404'],
  ['an error that is JSON of another kind', 500, 'application/json', '[1]', 'status', 'answered 500: [1]'],
  [
    'HTML 200',
    200,
    'text/html',
    '<!DOCTYPE html>\n<html>\u001b[31m sign in',
    'not_json',
    'answered 200 with text/html, which is not JSON: <!DOCTYPE html> <html>\uFFFD[31m sign in',
  ],
  [
    'an empty body',
    200,
    'application/json',
    '',
    'not_json',
    'answered 200 with application/json, which is not JSON: the body is empty',
  ],
  [
    'invalid UTF-8',
    200,
    'application/json',
    Buffer.from([0x22, 0xc3, 0x28, 0x22]),
    'not_json',
    'answered 200 with application/json, which is not UTF-8: "\uFFFD("',
  ],
  [
    'a long text',
    200,
    '',
    'é'.repeat(99),
    'not_json',
    `answered 200 with no content type, which is not JSON: ${'é'.repeat(59)}…`,
  ],
] as const)('%s', async (_name, status, type, body, reason, message) => {
  const { url } = await httpServer((_request, response) => {
    response.writeHead(status, type === '' ? {} : { 'content-type': type }).end(body)
  })
  const error = await failureOf(get(client(url)))
  expect(error).toMatchObject({ reason, status, message: `a: GET /x: ${message}` })
})

test('every JSON value is returned as it is', async () => {
  const values = [null, 0, '0', [], { __proto__: null, value: '18446744073709551615' }, { error: 'a field' }]
  const { url } = await httpServer((request, response) => {
    json(response, values[Number(request.url?.slice(1))], 202)
  })
  const http = client(url)
  for (const [index, value] of values.entries()) expect(await get(http, `/${index}`)).toEqual(value)
})

test.each([301, 302, 303, 307, 308])('a redirect (%d) is not followed but reported', async (status) => {
  const elsewhere: (string | undefined)[] = []
  const { url: other } = await httpServer((request, response) => {
    elsewhere.push(request.url)
    json(response, { stolen: request.headers['authorization'] })
  })
  for (const location of ['/elsewhere', `${other}/x`, other.replace('http:', ''), 'file:///etc/passwd']) {
    const paths: (string | undefined)[] = []
    const { url } = await httpServer((request, response) => {
      paths.push(request.url)
      response.writeHead(status, { location }).end('<a href="/elsewhere">Moved</a>')
    })
    const failure = await failureOf(get(client(url, { headers: { authorization: 'Bearer hunter2' } })))
    expect(failure).toMatchObject({ reason: 'status', status })
    expect(failure.message).toContain(`answered ${status}, a redirect, which is not followed`)
    expect(paths).toEqual(['/x'])
  }
  expect(elsewhere).toEqual([])
})

test('a part that nobody asked for is not taken for the whole', async () => {
  const { url } = await httpServer((_request, response) => {
    response.writeHead(206, { 'content-range': 'bytes 0-1/9', 'content-length': 2 }).end('{}')
  })
  expect(await failureOf(get(client(url)))).toMatchObject({ reason: 'status', status: 206 })
})
