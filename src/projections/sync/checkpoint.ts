import type { Position } from '../../ports/event-log.ts'

/**
 * Checkpoints: opaque tokens of `{version, epoch, positions}`. `positions` is a vector with one component per event log
 * (one today). A token holds no secret and grants nothing: what a position leads to is cut to what its reader may see.
 */
const version = 1
const tokenShape = /^[A-Za-z0-9_-]{1,512}$/
const contentShape = /^1~([^~]{1,256})~(0|[1-9][0-9]{0,18})$/
const largest = 2n ** 63n - 1n

export const encodeCheckpoint = (epoch: string, position: Position): string =>
  Buffer.from(`${version}~${epoch}~${position}`).toString('base64url')

/** The position of a token that this log's life gave out; undefined for every other text. */
export const parseCheckpoint = (token: string, epoch: string): Position | undefined => {
  if (!tokenShape.test(token)) return undefined
  const match = contentShape.exec(Buffer.from(token, 'base64url').toString('utf8'))
  if (match === null || match[1] !== epoch) return undefined
  const position = BigInt(match[2] ?? '')
  return position <= largest && encodeCheckpoint(epoch, position) === token ? position : undefined
}
