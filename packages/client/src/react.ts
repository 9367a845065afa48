/** React hooks (18 and later) over the client's views. They work in StrictMode. */
import { useCallback, useMemo, useSyncExternalStore } from 'react'
import type { BackscrollClient } from './api/client-api.ts'
import type { ConnectionState } from './connection/connection-state.ts'
import type { Address } from './content/address.ts'
import type { Outgoing } from './content/outgoing-content.ts'
import type { OutgoingFiles } from './media/file-types.ts'
import type { PresenceSnapshot } from './presence/presence-api.ts'
import type { OwnTyping } from './receipts/typing-sender.ts'
import type { TimelineOptions } from './views/client-views.ts'
import type { Inbox, InboxOptions, InboxSnapshot } from './views/inbox.ts'
import type { Observable } from './views/observable.ts'
import type { Timeline } from './views/timeline.ts'
import type { TimelineSnapshot } from './views/timeline-snapshot.ts'

type Client = Pick<BackscrollClient, 'views' | 'on' | 'state' | 'send' | 'typing'>

/** Subscribes to the view while the component is mounted. */
const useView = <Snapshot>(view: Observable<Snapshot>): Snapshot =>
  useSyncExternalStore(view.subscribe, view.snapshot, view.snapshot)

export const useConnectionState = (client: Pick<Client, 'on' | 'state'>): ConnectionState => {
  const subscribe = useCallback((listener: () => void) => client.on('state', listener), [client])
  return useSyncExternalStore(subscribe, client.state, client.state)
}

export interface UsedInbox extends InboxSnapshot, Pick<Inbox, 'loadOlder'> {}

/**
 * Whether these users are online. The snapshot is the same object until something changes, even if `userIds` is a
 * new array.
 */
export const usePresence = (
  client: Pick<BackscrollClient, 'presence'>,
  userIds: readonly string[],
): PresenceSnapshot => {
  const names = userIds.join('\n')
  const view = useMemo(() => client.presence.watch(names === '' ? [] : names.split('\n')), [client, names])
  return useView(view)
}

/** The user's conversations, or the archived ones. The object is the same as long as nothing changes. */
export const useInbox = (client: Pick<Client, 'views'>, { archived = false }: InboxOptions = {}): UsedInbox => {
  const inbox = useMemo(() => client.views.inbox({ archived }), [client, archived])
  const snapshot = useView(inbox)
  return useMemo(() => ({ ...snapshot, loadOlder: inbox.loadOlder }), [snapshot, inbox])
}

type Steps = Pick<Timeline, 'loadOlder' | 'loadNewer' | 'setDraft' | 'markRead'>

export interface UsedTimeline extends TimelineSnapshot, Steps {
  /** Sends a message and clears the draft. The message is in `entries` at once, and stays there if sending fails. */
  send(content: Outgoing | OutgoingFiles): void
  /** May be called on every key press. */
  setTyping(typing: OwnTyping): void
}

const stepsOf = (client: Client, timeline: Timeline, to: Address) => {
  const { loadOlder, loadNewer, setDraft, markRead } = timeline
  return {
    ...{ loadOlder, loadNewer, setDraft, markRead },
    send: (content: Outgoing | OutgoingFiles) => {
      // The message's entry shows the rejection.
      client.send(to, content).catch(() => {})
      void setDraft('')
    },
    setTyping: (typing: OwnTyping) => client.typing(timeline.snapshot().conversationId, typing),
  }
}

/** A conversation, or the direct conversation with a user. The object is the same as long as nothing changes. */
export const useTimeline = (client: Client, of: Address, { window }: TimelineOptions = {}): UsedTimeline => {
  const [id, user] = typeof of === 'string' ? [of, undefined] : [undefined, of.user]
  const { timeline, steps } = useMemo(() => {
    const to: Address = user === undefined ? (id ?? '') : { user }
    const made = client.views.timeline(to, window === undefined ? {} : { window })
    return { timeline: made, steps: stepsOf(client, made, to) }
  }, [client, id, user, window])
  const snapshot = useView(timeline)
  return useMemo(() => ({ ...snapshot, ...steps }), [snapshot, steps])
}
