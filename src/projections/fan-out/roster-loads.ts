import { conversationStream } from '../../domain/stream-names.ts'
import type { EventReader, Position } from '../../ports/event-log.ts'
import type { LoadRosterAt } from './load-roster.ts'
import { createRoster, noteSender, type Roster } from './roster.ts'

export interface RosterLoadsDeps {
  readonly log: Pick<EventReader, 'readStream'>
  readonly loadRosterAt: LoadRosterAt
}

/** How many events back to look for senders. */
const lookBack = 64

/** What has to be read when a conversation's roster is not in memory. */
export const createRosterLoads = ({ log, loadRosterAt }: RosterLoadsDeps) => {
  /** Exactly before the event at `revision`. */
  const before = async (conversationId: string, revision: number): Promise<Roster> =>
    createRoster(revision - 1, revision === 0 ? [] : await loadRosterAt(conversationId, revision - 1))

  const newest = (conversationId: string, upTo: Position, limit: number) =>
    log.readStream({
      stream: conversationStream(conversationId),
      upTo,
      direction: 'backwards',
      limit,
      withoutBodies: true,
    })

  /** As of a position; undefined when the conversation did not exist then. */
  const asOf = async (conversationId: string, position: Position): Promise<Roster | undefined> => {
    const [last] = await newest(conversationId, position, 1)
    return last === undefined
      ? undefined
      : createRoster(last.revision, await loadRosterAt(conversationId, last.revision))
  }

  /** As of a position, with the senders of the messages before it. */
  const withSenders = async (
    conversationId: string,
    known: Roster | undefined,
    position: Position,
  ): Promise<Roster> => {
    const roster = known ?? (await asOf(conversationId, position)) ?? createRoster(-1, [])
    const members = new Set(roster.audience)
    const later = [...roster.senders]
    const events = (await newest(conversationId, position, lookBack)).toReversed()
    const earlier = events.filter(({ type }) => type === 'MessageSent').map(({ userId }) => userId)
    for (const userId of [...earlier, ...later]) if (members.has(userId)) noteSender(roster, userId)
    roster.sendersKnown = true
    return roster
  }

  return { before, asOf, withSenders }
}
