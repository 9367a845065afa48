import { directConversationId } from '@backscroll/protocol/direct-conversation-id'
import type { Address } from '../content/address.ts'
import { createInbox, type Inbox, type InboxOptions } from './inbox.ts'
import { createTimeline, type Timeline } from './timeline.ts'
import type { ViewsDeps } from './views-deps.ts'

export interface TimelineOptions {
  /**
   * The largest number of messages that the timeline holds. Default: 500. Messages at the opposite end are
   * dropped beyond that.
   */
  readonly window?: number
}

/**
 * Observable lists for user interfaces. They show this device's local copy, online or offline, and follow the
 * client while they have subscribers. Creating a view costs nothing, and a view without subscribers need not be
 * closed.
 */
export interface ClientViews {
  inbox(options?: InboxOptions): Inbox
  /** Opens the timeline of a conversation, or of the direct conversation with a user, which need not exist yet. */
  timeline(of: Address, options?: TimelineOptions): Timeline
}

const defaultWindow = 500

export const createClientViews = (deps: ViewsDeps): ClientViews => ({
  inbox: (options) => createInbox(deps, options),
  timeline: (of, { window = defaultWindow } = {}) =>
    typeof of === 'string'
      ? createTimeline(deps, of, undefined, window)
      : createTimeline(deps, directConversationId(deps.me.userId, of.user), of.user, window),
})
