import { ProtocolError } from '@backscroll/protocol/errors'
import { limits } from '@backscroll/protocol/limits'
import { conversationStream, userStream } from '../../domain/stream-names.ts'
import type { StreamReader } from '../../event-log/event-logs.ts'
import type { Position } from '../../ports/event-log.ts'
import type { MembershipDocument } from '../documents.ts'
import type { Redaction } from '../reading/redaction.ts'
import type { Views } from '../reading/view-reader.ts'
import { visibleRevisions } from '../reading/visibility.ts'
import { createSource, type Source } from '../reading/visible-events.ts'
import { createMerge, type Merge } from './merge-by-position.ts'
import { type Moved, movedSince } from './moved-conversations.ts'
import { type PlacedReceipt, receiptsSince } from './receipts-since.ts'

/** What one log contributes to a resume. */
export interface LogCatchUp {
  /** The index of the log. */
  readonly index: number
  readonly merge: Merge
  readonly receipts: readonly PlacedReceipt[]
  /** W of this log when the resume began. */
  readonly upTo: Position
}

/** How much a resume may still take, over all logs: beyond it the device takes a snapshot. */
export interface Allowance {
  conversations: number
  events: number
  receipts: number
}

export const newAllowance = (): Allowance => ({ ...limits.resume, receipts: limits.resume.events })

export interface LogCatchUpDeps {
  readonly views: Views
  readonly redaction: Redaction
  /** This log, or all of them. */
  readonly log: StreamReader
}

export interface LogCatchUpSpec {
  readonly index: number
  readonly userId: string
  readonly hasUser: boolean
  /** The conversations in this log. */
  readonly memberships: readonly MembershipDocument[]
  readonly after: Position
  readonly upTo: Position
}

/**
 * How many events are read at once over all conversations of one resume, and how many bytes of events it keeps in
 * memory.
 */
const heldEvents = 2048
const heldBytes = 512 * 1024

const everything = [{ from: 0, to: Number.POSITIVE_INFINITY }]

/**
 * Where a conversation begins in a resume: after the checkpoint, except for one that was accepted since, from which
 * nothing has come yet. Its events from before the checkpoint come first. All their pages have the checkpoint that
 * the resume began with, so there are few.
 */
const startOf = ({ joinedPosition, invitedPosition }: MembershipDocument, after: Position): Position => {
  if (invitedPosition === null || joinedPosition <= Number(after)) return after
  return lower(BigInt(invitedPosition) - 1n, after)
}
const mostReleased = 200

const lower = (one: Position, other: Position): Position => {
  if (one < other) return one
  return other
}

/** How many events the member may see from the source's first one on. */
const remaining = (source: Source, { conversation, membership }: Moved): number => {
  const first = source.peek()
  if (first === undefined) return 0
  const bounds = { from: first.revision, to: conversation.lastRevision }
  return visibleRevisions(membership, bounds).reduce((sum, range) => sum + range.to - range.from + 1, 0)
}

/**
 * Opens and fills a source for each conversation, one after the other, and stops as soon as there is too much to
 * resume: `snapshot_required` then.
 */
export const openLogCatchUp = async (
  deps: LogCatchUpDeps,
  spec: LogCatchUpSpec,
  left: Allowance,
): Promise<LogCatchUp> => {
  const { views, redaction, log } = deps
  const { index, userId, hasUser, memberships, after, upTo } = spec
  const moved = await movedSince(views, memberships, after, left.conversations)
  left.conversations -= moved.length
  const chunk = Math.max(8, Math.min(512, Math.floor(heldEvents / Math.max(1, moved.length))))
  // All sources together stay within what the merge may hold, if possible: what it drops is read again.
  const chunkBytes = Math.max(1, Math.floor(heldBytes / 2 / Math.max(1, moved.length)))
  const merge = createMerge(heldBytes)
  for (const { conversation, membership } of moved) {
    const stream = conversationStream(conversation.conversationId)
    const redact = redaction.of(stream, conversation)
    const ranges = visibleRevisions(membership)
    const from = startOf(membership, after)
    const source = createSource(log, { stream, ranges, after: from, upTo, chunk, chunkBytes, redact })
    await source.fill()
    const most = remaining(source, { conversation, membership })
    if (from < after && most > mostReleased) throw new ProtocolError('snapshot_required')
    left.events -= most
    if (left.events < 0) throw new ProtocolError('snapshot_required')
    merge.add(source)
  }
  if (hasUser) {
    // What happened to the user's own account: few events, for this user alone, all of them visible.
    const stream = userStream(userId)
    const source = createSource(log, { stream, ranges: everything, after, upTo, chunk: 64, chunkBytes, redact: null })
    await source.fill()
    merge.add(source)
  }
  const receipts = await receiptsSince(views, userId, memberships, after, left.receipts)
  left.receipts -= receipts.length
  return { index, merge, receipts, upTo }
}
