import type { RpcAnswer } from './dispatch.ts'

/** What a test wants instead of the right answer. What is not given stays as it is. */
export interface RpcFault {
  readonly status?: number
  readonly contentType?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Makes the body from the right one. */
  readonly body?: (right: string) => string
  /** Makes the result of a call from the right one; may throw RpcError. */
  readonly result?: (right: unknown) => unknown
  /** Makes the answers of a request from the right ones, in their order. */
  readonly answers?: (right: readonly RpcAnswer[]) => readonly RpcAnswer[]
  /** Milliseconds before the answer. */
  readonly delayMs?: number
  /** Cuts the connection: before anything is sent, or after half of the body. */
  readonly cut?: 'before' | 'half'
  /** How many requests it is for; all of them when not given. */
  readonly times?: number
}

/** An HTML page, as a proxy in front of a node answers. */
export const html = (status = 502): RpcFault => ({
  status,
  contentType: 'text/html',
  body: () => '<html><head><title>502 Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>',
})

/** Half of the body, then the end of the connection. */
export const halfBody: RpcFault = { cut: 'half' }

/** Half of the body, of the length that the headers say. */
export const truncatedJson: RpcFault = { body: (right) => right.slice(0, right.length / 2) }

export const dead: RpcFault = { cut: 'before' }

export const slow = (delayMs: number): RpcFault => ({ delayMs })

/** Ids that were not asked for. */
export const wrongIds: RpcFault = {
  answers: (right) => right.map((answer) => ({ ...answer, id: `${String(answer.id)}-wrong` })),
}

/** All answers have the id of the first. */
export const sameIds: RpcFault = {
  answers: (right) => right.map((answer) => ({ ...answer, id: right[0]?.id ?? null })),
}

/** The answers of an array of calls, the last one first: JSON-RPC allows it. */
export const otherOrder: RpcFault = { answers: (right) => right.toReversed() }

/** The last answer is missing. */
export const missingAnswer: RpcFault = { answers: (right) => right.slice(0, -1) }

/** Calls without a result. */
export const missingResults: RpcFault = { result: () => undefined }

/** The last key of `state_queryStorageAt` is not answered. */
export const missingChange: RpcFault = {
  result: (right) => withChanges(right, (changes) => changes.slice(0, -1)),
}

/** The first key of `state_queryStorageAt` is answered twice. */
export const repeatedChange: RpcFault = {
  result: (right) => withChanges(right, (changes) => [...changes.slice(0, 1), ...changes]),
}

/** The keys of `state_queryStorageAt` get the values of their neighbours. */
export const shiftedValues: RpcFault = {
  result: (right) =>
    withChanges(right, (changes) => changes.map(([key], index) => [key, changes.at(index - 1)?.[1] ?? null])),
}

/** Values of `state_queryStorageAt` and `state_getStorage` with a byte more at their ends. */
export const longerValues: RpcFault = { result: (right) => withValues(right, (value) => `${value}00`) }

/** Values of `state_queryStorageAt` and `state_getStorage` with a byte less, where they have one. */
export const shorterValues: RpcFault = {
  result: (right) => withValues(right, (value) => (value.length > 2 ? value.slice(0, -2) : value)),
}

/** State of a block that was not asked for. */
export const otherBlock = (hash: string): RpcFault => ({
  result: (right) => (Array.isArray(right) ? right.map((set: object) => ({ ...set, block: hash })) : right),
})

/** @param metadata of another runtime, 0x hex. */
export const otherMetadata = (metadata: string): RpcFault => ({ result: () => metadata })

/** A body that is longer than anything a node answers. */
export const tooLarge = (bytes: number): RpcFault => ({ body: (right) => right.padEnd(bytes) })

/** @param retryAfter seconds; no such header when undefined. */
export const tooManyRequests = (retryAfter?: number): RpcFault => ({
  status: 429,
  contentType: 'text/plain',
  body: () => 'Too Many Requests',
  ...(retryAfter === undefined ? {} : { headers: { 'Retry-After': String(retryAfter) } }),
})

export const redirect = (location: string, status = 307): RpcFault => ({
  status,
  contentType: 'text/html',
  headers: { Location: location },
  body: () => '',
})

type Change = readonly [key: string, value: string | null]
interface ChangeSet {
  readonly block: string
  readonly changes: readonly Change[]
}

const withChanges = (right: unknown, make: (changes: readonly Change[]) => readonly Change[]): unknown =>
  Array.isArray(right)
    ? (right as readonly ChangeSet[]).map((set) => ({ ...set, changes: make(set.changes) }))
    : right

const withValues = (right: unknown, make: (value: string) => string): unknown =>
  typeof right === 'string'
    ? make(right)
    : withChanges(right, (changes) =>
        changes.map(([key, value]) => [key, value === null ? null : make(value)] as const),
      )
