import type { ServerResponse } from 'node:http'
import { itemPrefix } from '../../src/demo/rpc/storage-key.ts'

/** A request of the exporter to a node or its Sidecar. */
export interface Asked {
  readonly api: 'sidecar' | 'rpc'
  /** Path and query, or the method; `batch` for several calls. */
  readonly what: string
  /** Counts the requests of the attack. */
  readonly index: number
  /** The truthful response. */
  readonly right: () => Promise<string>
  readonly response: ServerResponse
}

/** An attack by nodes, each read through a Sidecar or by JSON-RPC. */
export interface NodeAttack {
  readonly name: string
  /** Whether it begins before the exporter starts, which reads metadata only then. */
  readonly fromStart?: boolean
  readonly answer: (asked: Asked) => Promise<void> | void
}

const KIB = 1024
const MIB = 1024 * KIB

/** Response limits of the exporter. A node that knows them can send responses just below them. */
function limitOf(what: string): { readonly bytes: number; readonly values: number } {
  if (/^state_getMetadata|\/runtime\/metadata/.test(what)) return { bytes: 16 * MIB, values: 500_000 }
  if (/^chain_getBlock$|^\/blocks\/\d+/.test(what)) return { bytes: 32 * MIB, values: 500_000 }
  if (/pendingExtrinsics|transaction-pool/.test(what)) return { bytes: 44 * MIB, values: 500_000 }
  if (/^state_(getStorage|queryStorageAt)/.test(what)) return { bytes: 16 * MIB, values: 65_536 }
  if (/^\/pallets\//.test(what)) return { bytes: 4 * MIB, values: 65_536 }
  return { bytes: 256 * KIB, values: 10_000 }
}

const send = ({ response }: Asked, body: string | Buffer, status = 200): void => {
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(body),
  })
  response.end(body)
}

/** Calls `next` until the connection is closed, as fast as the exporter reads. */
function stream({ response }: Asked, chunk: Buffer): void {
  const write = () => {
    while (!response.destroyed && response.write(chunk)) continue
  }
  response.on('drain', write)
  write()
}

/** The truthful response with all strings replaced. */
const withStrings = (right: string, replace: (text: string) => string): string => {
  const change = (value: unknown): unknown => {
    if (typeof value === 'string') return replace(value)
    if (Array.isArray(value)) return value.map(change)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) => [key, key === 'jsonrpc' ? each : change(each)]),
    )
  }
  return JSON.stringify(change(JSON.parse(right)))
}

/** Truthful responses with one more property on their first object, which takes most of what the limits allow. */
const paddedBy = (more: (room: number, values: number) => string) => {
  const paddings = new Map<number, string>()
  return async (asked: Asked): Promise<void> => {
    const { bytes, values } = limitOf(asked.what)
    const right = await asked.right()
    // A truthful response that leaves no room for the padding is sent as it is.
    const padding = paddings.get(bytes) ?? `"padding":${more(bytes * 0.8, values * 0.8)},`
    paddings.set(bytes, padding)
    const start = right.indexOf('{') + 1
    const hasRoom = start > 0 && right.length < bytes * 0.15
    send(asked, hasRoom ? right.slice(0, start) + padding + right.slice(start) : right)
  }
}

const hex = (bytes: Buffer): string => bytes.toString('hex')

/** A compact integer of four bytes. */
const compact = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(((value << 2) | 2) >>> 0)
  return bytes
}

/** Metadata of version 14 that begins with so many types, each a tuple that holds the next one. */
function deepMetadata(types: number): Buffer {
  const all = Array.from({ length: types }, (_, index) =>
    // Number, no path, no parameters, tuple of one, its type, no docs.
    Buffer.concat([compact(index), Buffer.from([0, 0, 4, 4]), compact(index + 1), Buffer.from([0])]),
  )
  return Buffer.concat([Buffer.from('meta'), Buffer.from([14]), compact(types), ...all])
}

const REPLACED_SIZE = hex(Buffer.from([0xff, 0xff]))
const SIZE_PREFIX = `0x${itemPrefix('SubtensorModule', 'SubnetworkN')}`
const ADDED_PREFIX = `0x${itemPrefix('SubtensorModule', 'NetworksAdded')}`
const TOTAL_PREFIX = `0x${itemPrefix('SubtensorModule', 'TotalNetworks')}`

/** All 4,096 subnets exist, and each has 65,535 neurons. */
function inventedSubnets({ api, what }: Asked, right: string): string {
  if (api === 'sidecar') {
    const [, item] = /SubtensorModule\/storage\/(TotalNetworks|NetworksAdded|SubnetworkN)\b/i.exec(what) ?? []
    if (item === undefined) return right
    const value = /^T/i.test(item) ? '4096' : /^N/i.test(item) ? true : '65535'
    return JSON.stringify({ ...(JSON.parse(right) as object), value })
  }
  return right.replaceAll(/\["(0x[0-9a-f]{64,})",(?:null|"0x[0-9a-f]*")\]/g, (pair, key: string) => {
    if (key.startsWith(SIZE_PREFIX)) return `["${key}","0x${REPLACED_SIZE}"]`
    if (key.startsWith(ADDED_PREFIX)) return `["${key}","0x01"]`
    return key.startsWith(TOTAL_PREFIX) ? `["${key}","0x0010"]` : pair
  })
}

const NAMES = [
  'clientVersion',
  'clientImplName',
  'chain',
  'specName',
  'hash',
  'system_name',
  'system_version',
]

export const NODE_ATTACKS: readonly NodeAttack[] = [
  {
    name: 'bodies without end',
    answer: (asked) => {
      asked.response.writeHead(200, { 'Content-Type': 'application/json' })
      stream(asked, Buffer.alloc(64 * KIB, '[[[['))
    },
  },
  {
    name: 'a byte at a time',
    answer: ({ response }) => {
      response.writeHead(200, { 'Content-Type': 'application/json' })
      const timer = setInterval(() => response.write('['), 100)
      response.once('close', () => {
        clearInterval(timer)
      })
    },
  },
  {
    name: 'the largest bodies with the most values',
    answer: paddedBy((room, values) => {
      const each = Math.max(1, Math.floor(room / values) - 4)
      return `[${Array.from({ length: values }, () => `"${'x'.repeat(each)}"`).join()}]`
    }),
  },
  {
    name: 'the largest bodies of one text',
    answer: paddedBy((room) => JSON.stringify('\u00e9'.repeat(room / 2))),
  },
  {
    name: 'arrays in arrays',
    answer: paddedBy((_, values) => '['.repeat(values) + ']'.repeat(values)),
  },
  {
    name: 'objects with many names',
    answer: paddedBy(
      (_, values) => `{${Array.from({ length: values / 2 }, (__, index) => `"name-${index}":{}`).join()}}`,
    ),
  },
  {
    name: 'error pages of 20 MB',
    answer: (asked) => {
      asked.response.writeHead(asked.index % 2 === 0 ? 500 : 404, { 'Content-Type': 'text/html' })
      const page = Buffer.alloc(64 * KIB, '<p>\u001b[2Jno</p>')
      for (let sent = 0; sent < 320; sent += 1) asked.response.write(page)
      asked.response.end()
    },
  },
  {
    name: 'headers without end',
    answer: ({ response }) => {
      const { socket } = response
      socket?.write('HTTP/1.1 200 OK\r\n')
      const write = () => {
        while (socket?.destroyed === false && socket.write(`X-${'y'.repeat(1000)}: z\r\n`)) continue
      }
      socket?.on('drain', write)
      write()
    },
  },
  {
    name: 'long texts with control characters',
    answer: async (asked) => {
      const right = await asked.right()
      let left = 4
      send(
        asked,
        withStrings(right, (text) =>
          left-- > 0 ? `${text}${'\u001b[2J\u202e\n'.repeat(5000)}${asked.index}` : text,
        ),
      )
    },
  },
  {
    name: 'other names in every response',
    answer: async (asked) => {
      const right = await asked.right()
      const names = NAMES.some((name) => asked.what.includes(name) || right.includes(`"${name}"`))
      send(asked, names ? withStrings(right, (text) => `${text.slice(0, 60)}${asked.index}`) : right)
    },
  },
  {
    name: 'errors that differ, and truth in between',
    answer: async (asked) => {
      if (asked.index % 2 === 0) send(asked, await asked.right())
      else send(asked, JSON.stringify({ error: `fault ${asked.index}`, message: `${asked.index}` }), 500)
    },
  },
  {
    name: 'metadata of 200,000 types, each in the previous one',
    fromStart: true,
    answer: async (asked) => {
      if (asked.what === 'state_getMetadata') {
        const result = `0x${hex(deepMetadata(200_000))}`
        send(asked, JSON.stringify({ ...(JSON.parse(await asked.right()) as object), result }))
      } else if (asked.what.startsWith('/runtime/metadata')) {
        const types = Array.from({ length: 30_000 }, (_, id) => ({
          id: String(id),
          type: { path: [], params: [], def: { tuple: [String(id + 1)] }, docs: [] },
        }))
        const right = JSON.parse(await asked.right()) as { metadata: { v14: { lookup: object } } }
        right.metadata.v14.lookup = { types }
        send(asked, JSON.stringify(right))
      } else send(asked, await asked.right())
    },
  },
  {
    name: '4,096 subnets of 65,535 neurons',
    answer: async (asked) => {
      send(asked, inventedSubnets(asked, await asked.right()))
    },
  },
  {
    name: 'a hundred informational responses before each response',
    answer: async (asked) => {
      const body = await asked.right()
      const { socket } = asked.response
      socket?.write('HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n'.repeat(100))
      send(asked, body)
    },
  },
]
