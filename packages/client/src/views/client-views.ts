import { directConversationId } from '@backscroll/protocol/direct-conversation-id'
import type { Address } from '../content/address.ts'
import { createInbox, type Inbox } from './inbox.ts'
import { createTimeline, type Timeline } from './timeline.ts'
import type { ViewsDeps } from './views-deps.ts'

export interface TimelineOptions {
  /** The most messages that it holds; default: 500. Beyond that, those at the other end are dropped. */
  readonly window?: number
}

/**
 * Lists for user interfaces. They show what this device keeps, also without a connection, and follow the client
 * while somebody subscribes: making one costs nothing, and one without subscribers needs no close.
 */
export interface ClientViews {
  inbox(): Inbox
  /** For a conversation, or for the direct one with a user, which need not exist yet. */
  timeline(of: Address, options?: TimelineOptions): Timeline
}

const defaultWindow = 500

export const createClientViews = (deps: ViewsDeps): ClientViews => ({
  inbox: () => createInbox(deps),
  timeline: (of, { window = defaultWindow } = {}) =>
    typeof of === 'string'
      ? createTimeline(deps, of, undefined, window)
      : createTimeline(deps, directConversationId(deps.me.userId, of.user), of.user, window),
})
