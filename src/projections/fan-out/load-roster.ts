import { conversationStream } from '../../domain/stream-names.ts'
import type { EventLogs } from '../../event-log/event-logs.ts'
import { at } from '../../event-log/positions.ts'
import type { DocumentReader } from '../../ports/document-store.ts'
import type { RecordedEvent } from '../../ports/event-log.ts'
import type { MembershipDocument, VisibilityInterval } from '../documents.ts'
import { createViews } from '../reading/view-reader.ts'
import type { Watermark } from '../watermark/watermark.ts'
import { joiningOf } from './roster.ts'

/** The members after the event at `revision`, exactly. */
export type LoadRosterAt = (conversationId: string, revision: number) => Promise<readonly string[]>

export interface LoadRosterDeps {
  readonly log: Pick<EventLogs, 'readStream' | 'logOf'>
  readonly documents: DocumentReader
  readonly collectionOf: (view: string) => string
  readonly watermark: Pick<Watermark, 'current'>
}

const pageSize = 1000

/** From when on events reach the member; undefined as long as none does. */
const reachedFrom = ({ fromRevision, heldUntil }: VisibilityInterval): number | undefined =>
  heldUntil === undefined ? fromRevision : (heldUntil ?? undefined)

/** The revision that ends a membership is the last one that its member sees: after it the member is out. */
const memberAt = ({ intervals }: MembershipDocument, revision: number): boolean =>
  intervals.some((interval) => {
    const from = reachedFrom(interval)
    return from !== undefined && from <= revision && (interval.toRevision === null || interval.toRevision > revision)
  })

/**
 * Reads the memberships view, which may be behind or ahead of `revision`: its intervals answer for every event up
 * to W, and the events from W to `revision` are folded on top. So a long stream is never read from its start, and
 * nothing waits for the view.
 */
export const createLoadRosterAt = (deps: LoadRosterDeps): LoadRosterAt => {
  const { log, watermark } = deps
  const views = createViews(deps)

  const eventsAfter = async (stream: string, w: bigint, revision: number): Promise<readonly RecordedEvent[]> => {
    const events: RecordedEvent[] = []
    let page = await log.readStream({ stream, after: w, limit: pageSize, withoutBodies: true })
    while (page.length > 0) {
      events.push(...page.filter((event) => event.revision <= revision))
      const last = page.at(-1)
      if (last === undefined || page.length < pageSize || last.revision >= revision) break
      page = await log.readStream({ stream, from: last.revision + 1, limit: pageSize, withoutBodies: true })
    }
    return events
  }

  return async (conversationId, revision) => {
    const stream = conversationStream(conversationId)
    const w = at(watermark.current(), log.logOf(stream))
    const documents = await views.find('memberships', { where: { conversationId: { eq: conversationId } } })
    const members = new Set(documents.filter((one) => memberAt(one, revision)).map((one) => one.userId))
    for (const event of await eventsAfter(stream, w, revision)) {
      const joining = joiningOf(event)
      for (const userId of joining?.joined ?? []) members.add(userId)
      for (const userId of joining?.parted ?? []) members.delete(userId)
    }
    return [...members]
  }
}
