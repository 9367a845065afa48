import { at, bandSize, bandStart, type Positions } from '../../ports/positions.ts'

/**
 * Checkpoints: opaque tokens of `{version, epoch, positions}`. `positions` is a vector with one component per event log, each the log's own position:
 * version 1 where there is one log, version 2 where there are several. A token holds no secret and grants nothing: what a position leads to is cut to what its
 * reader may see.
 */
const tokenShape = /^[A-Za-z0-9_-]{1,512}$/
const contentShape = /^([12])~([^~]{1,256})~((?:0|[1-9][0-9]{0,18})(?:\.(?:0|[1-9][0-9]{0,18})){0,15})$/
const largest = 2n ** 63n - 1n

export const encodeCheckpoint = (epoch: string, positions: Positions): string => {
  const own = positions.map((position, index) => position - bandStart(index)).join('.')
  return Buffer.from(`${positions.length === 1 ? 1 : 2}~${epoch}~${own}`).toString('base64url')
}

/** The positions of a token that these logs' life gave out, one for each; undefined for every other text. */
export const parseCheckpoint = (token: string, epoch: string, logs: number): Positions | undefined => {
  if (!tokenShape.test(token)) return undefined
  const match = contentShape.exec(Buffer.from(token, 'base64url').toString('utf8'))
  if (match === null || match[2] !== epoch) return undefined
  const own = (match[3] ?? '').split('.').map(BigInt)
  const end = logs === 1 ? largest + 1n : bandSize
  if (own.length !== logs || own.some((position) => position >= end)) return undefined
  const positions = own.map((position, index) => bandStart(index) + position)
  return encodeCheckpoint(epoch, positions) === token ? positions : undefined
}

/** Whether a checkpoint is beyond the end of a log that has told it. */
export const isBeyond = (positions: Positions, heads: readonly (bigint | undefined)[]): boolean =>
  heads.some((head, index) => head !== undefined && at(positions, index) > head)
