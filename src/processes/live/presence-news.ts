import { z } from 'zod'
import type { Channels } from '../../ports/channels.ts'
import { presenceChannel } from '../messages/channel-names.ts'

/** Users who came or went, and users whose settings changed. Whoever misses it finds out when looking next. */
const presenceNews = z.object({ changed: z.array(z.string()).optional(), rules: z.string().optional() })
export type PresenceNews = z.output<typeof presenceNews>

/** How many users one message names. */
const most = 1_000

export interface PresenceNewsDeps {
  readonly channels: Pick<Channels, 'publish' | 'listen'>
  readonly onError: (error: unknown) => void
}

/** What processes tell each other about presence. */
export interface PresenceLink {
  changed(userIds: readonly string[]): void
  rulesChanged(userId: string): void
  /** Calls `hear` with what any process tells; resolves with a function that stops this. */
  listen(hear: (news: PresenceNews) => void): Promise<() => Promise<void>>
}

export const createPresenceLink = ({ channels, onError }: PresenceNewsDeps): PresenceLink => {
  const tell = (news: PresenceNews): void => {
    channels.publish(presenceChannel, JSON.stringify(news)).catch(onError)
  }
  return {
    changed: (userIds) => {
      for (let at = 0; at < userIds.length; at += most) tell({ changed: userIds.slice(at, at + most) })
    },
    rulesChanged: (userId) => tell({ rules: userId }),
    listen: (hear) => channels.listen(presenceChannel, (text) => hear(presenceNews.parse(JSON.parse(text)))),
  }
}
