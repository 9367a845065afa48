import type { EventLogs } from './event-logs.ts'
import { at, bandSize, bandStart, type Positions } from './positions.ts'

/**
 * Checkpoints: opaque tokens of `{version, epoch, positions}`. `positions` is a vector with one component for each
 * event log, the log's own position: version 1 for one log, version 2 for several, version 3 for one log that has
 * digests. That one also holds the digest of everything up to the position, so that a position of another history
 * is not taken for one of this. A token holds no secret and grants nothing: what a position leads to is limited to
 * what its reader may see.
 */
const tokenShape = /^[A-Za-z0-9_-]{1,512}$/
const contentShape =
  /^([123])~([^~]{1,256})~((?:0|[1-9][0-9]{0,18})(?:\.(?:0|[1-9][0-9]{0,18})){0,15})(?:~([0-9a-z]{1,16}))?$/
const largest = 2n ** 63n - 1n

const versionOf = (positions: Positions, digest: string | undefined): number => {
  if (positions.length > 1) return 2
  return digest === undefined ? 1 : 3
}

export const encodeCheckpoint = (epoch: string, positions: Positions, digest?: string): string => {
  const own = positions.map((position, index) => position - bandStart(index)).join('.')
  const end = digest === undefined ? '' : `~${digest}`
  return Buffer.from(`${versionOf(positions, digest)}~${epoch}~${own}${end}`).toString('base64url')
}

interface Parsed {
  readonly positions: Positions
  readonly digest: string | undefined
}

/** The content of a token that these logs' life issued; undefined for every other text. */
export const parseCheckpoint = (token: string, epoch: string, logs: number): Parsed | undefined => {
  if (!tokenShape.test(token)) return undefined
  const match = contentShape.exec(Buffer.from(token, 'base64url').toString('utf8'))
  if (match === null || match[2] !== epoch) return undefined
  const own = (match[3] ?? '').split('.').map(BigInt)
  const end = logs === 1 ? largest + 1n : bandSize
  if (own.length !== logs || own.some((position) => position >= end)) return undefined
  const positions = own.map((position, index) => bandStart(index) + position)
  const digest = match[4]
  return encodeCheckpoint(epoch, positions, digest) === token ? { positions, digest } : undefined
}

/** Whether a checkpoint is beyond the end of a log that has told its end. */
const isBeyond = (positions: Positions, heads: readonly (bigint | undefined)[]): boolean =>
  heads.some((head, index) => head !== undefined && at(positions, index) > head)

/**
 * Why a checkpoint of this log's epoch means nothing here: the log that issued it had gone further, or another way.
 * This one is an older copy of it, or has lost its end.
 */
export type Foreign = 'ahead' | 'other_history'

export interface Checkpoints {
  /** The token for positions of these logs. */
  encode(positions: Positions): string
  /** Undefined when the token leads nowhere here: it is of another epoch, made up, or foreign. */
  read(token: string, heads: readonly (bigint | undefined)[]): Positions | undefined
}

type Logs = Pick<EventLogs, 'epoch' | 'logs'>

const createFitsHistory = ({ logs }: Logs) => {
  const digests = logs.length === 1 ? logs[0]?.digests : undefined
  return ({ positions: [position = 0n], digest }: Parsed): boolean => {
    if (digests === undefined) return digest === undefined
    return digest === undefined ? position <= digests.since : digests.at(position) === digest
  }
}

/** `onForeign` gets each checkpoint that only another life of the same log can have issued. */
export const createCheckpoints = (log: Logs, onForeign: (why: Foreign) => void = () => {}): Checkpoints => {
  const { epoch, logs } = log
  const fitsHistory = createFitsHistory(log)

  const foreign = (parsed: Parsed, heads: readonly (bigint | undefined)[]): Foreign | undefined => {
    if (isBeyond(parsed.positions, heads)) return 'ahead'
    return fitsHistory(parsed) ? undefined : 'other_history'
  }
  return {
    encode(positions) {
      const digest = logs.length === 1 ? logs[0]?.digests?.at(at(positions, 0)) : undefined
      return encodeCheckpoint(epoch, positions, digest)
    },
    read(token, heads) {
      const parsed = parseCheckpoint(token, epoch, logs.length)
      if (parsed === undefined) return undefined
      const why = foreign(parsed, heads)
      if (why === undefined) return parsed.positions
      onForeign(why)
      return undefined
    },
  }
}
