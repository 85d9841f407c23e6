/** An error answer to a call; codes and messages are those of a Substrate node. */
export class RpcError extends Error {
  override readonly name = 'RpcError'
  readonly code: number
  readonly data: string | undefined

  constructor(code: number, message: string, data?: string) {
    super(message)
    this.code = code
    this.data = data
  }
}

export const methodNotFound = (): RpcError => new RpcError(-32601, 'Method not found')
export const unsafeMethod = (): RpcError => new RpcError(-32601, 'RPC call is unsafe to be called externally')
export const invalidParams = (data: string): RpcError => new RpcError(-32602, 'Invalid params', data)
export const invalidRequest = (): RpcError => new RpcError(-32600, 'Invalid request')
export const parseError = (): RpcError => new RpcError(-32700, 'Parse error')
export const noBatches = (): RpcError =>
  new RpcError(-32005, 'Batched requests are not supported by this server')

const exceeded = (limit: number): string => `Exceeded max limit of ${limit}`

/** @param limit bytes. */
export const requestTooBig = (limit: number): RpcError =>
  new RpcError(-32007, 'Request is too big', exceeded(limit))
export const responseTooBig = (limit: number): RpcError =>
  new RpcError(-32008, 'Response is too big', exceeded(limit))
export const batchResponseTooBig = (limit: number): RpcError =>
  new RpcError(-32011, 'The batch response was too large', exceeded(limit))

const notFound = (hash: string): string => `Header was not found in the database: ${hash}`

export const unknownBlock = (hash: string): RpcError =>
  new RpcError(4003, `Client error: UnknownBlock: ${notFound(hash)}`)
/** Of calls of the runtime, such as that for its metadata. */
export const unknownBlockOfCall = (hash: string): RpcError =>
  new RpcError(4003, `Client error: Api called for an unknown Block: ${notFound(hash)}`)
/** Of `state_queryStorageAt`. */
export const unknownBlockRange = (hash: string): RpcError =>
  new RpcError(
    4001,
    `Cannot resolve a block range ['"${hash}"' ... '"Some(${hash})"]. UnknownBlock: ${notFound(hash)}`,
  )
export const stateDiscarded = (hash: string): RpcError =>
  new RpcError(4003, `Client error: UnknownBlock: State already discarded for ${hash}`)
export const callStateDiscarded = (hash: string): RpcError =>
  new RpcError(4003, `Client error: Api called for an unknown Block: State already discarded for ${hash}`)
export const tooManyKeys = (count: number): RpcError =>
  new RpcError(4002, `count exceeds maximum value. value: ${count}, max: 1000`)
