import { conversationStream, idInStream } from '../../domain/stream-names.ts'
import type { StreamReader } from '../../event-log/event-logs.ts'
import type { RecordedEvent } from '../../ports/event-log.ts'
import { passes } from './retry-attempts.ts'

export interface StandingConversationsDeps {
  readonly log: Pick<StreamReader, 'readStream'>
  /** Streams whose views stand still. */
  readonly parkedStreams: () => Promise<readonly string[]>
}

const pageSize = 500

/** Including events that this version of the program does not understand. */
const names = ({ userId, data }: RecordedEvent, user: string): boolean =>
  userId === user || data.includes(JSON.stringify(user))

/**
 * Conversations whose views stand still: the views do not tell who is in them. So what follows for a user is done
 * in each of them, and the stream decides. One that cannot be decided on at all holds up only the users whom its
 * events name.
 */
export const createStandingConversations = ({ log, parkedStreams }: StandingConversationsDeps) => {
  const isNamed = async (conversationId: string, userId: string): Promise<boolean> => {
    for (let from = 0; ; from += pageSize) {
      const slice = { stream: conversationStream(conversationId), from, limit: pageSize, withoutBodies: true } as const
      const events = await log.readStream(slice)
      if (events.some((event) => names(event, userId))) return true
      if (events.length < pageSize) return false
    }
  }

  return {
    list: async (): Promise<readonly string[]> =>
      (await parkedStreams()).flatMap((stream) => idInStream('conversation', stream) ?? []),
    /** Does it, and ignores a failure in a conversation that does not concern the user. */
    unlessForeign: async (conversationId: string, userId: string, work: () => Promise<void>): Promise<void> => {
      try {
        await work()
      } catch (error) {
        if (passes(error) || (await isNamed(conversationId, userId))) throw error
      }
    },
  }
}
