import { z } from 'zod'
import type { Channels } from '../../ports/channels.ts'
import { presenceChannel } from '../messages/channel-names.ts'

/**
 * Users who have come online or gone offline, or whose settings have changed. A process that misses a message finds
 * the change in its next regular check.
 */
const presenceNews = z.object({ changed: z.array(z.string()).optional(), rules: z.string().optional() })
export type PresenceNews = z.output<typeof presenceNews>

/** Users in one message. */
const usersPerMessage = 1_000

export interface PresenceNewsDeps {
  readonly channels: Pick<Channels, 'publish' | 'listen'>
  readonly onError: (error: unknown) => void
}

/** How processes tell each other about presence. */
export interface PresenceLink {
  changed(userIds: readonly string[]): void
  rulesChanged(userId: string): void
  /** Calls `hear` with the news of every process. Resolves with a function that stops listening. */
  listen(hear: (news: PresenceNews) => void): Promise<() => Promise<void>>
}

export const createPresenceLink = ({ channels, onError }: PresenceNewsDeps): PresenceLink => {
  const tell = (news: PresenceNews): void => {
    channels.publish(presenceChannel, JSON.stringify(news)).catch(onError)
  }
  return {
    changed: (userIds) => {
      for (let at = 0; at < userIds.length; at += usersPerMessage)
        tell({ changed: userIds.slice(at, at + usersPerMessage) })
    },
    rulesChanged: (userId) => tell({ rules: userId }),
    listen: (hear) => channels.listen(presenceChannel, (text) => hear(presenceNews.parse(JSON.parse(text)))),
  }
}
