import { directConversationId } from '@backscroll/protocol/direct-conversation-id'
import type { BackscrollClient } from '../api/client-api.ts'
import type { Address } from '../content/address.ts'
import { type PresenceView, unknownPresences } from '../presence/presence-api.ts'
import type { ClientViews, TimelineOptions } from '../views/client-views.ts'
import type { InboxOptions, InboxSnapshot } from '../views/inbox.ts'
import { createSource } from '../views/observable.ts'
import type { TimelineSnapshot } from '../views/timeline-snapshot.ts'
import type { Target } from './leader-link.ts'

/** A view that the leader keeps for a tab. */
export interface KeptView {
  readonly loadOlder: () => Promise<void>
  readonly loadNewer: () => Promise<void>
  readonly setDraft: (text: string) => Promise<void>
  readonly markRead: () => Promise<void>
  readonly close: () => unknown
}

export type WantedView =
  | { readonly kind: 'inbox'; readonly options: InboxOptions }
  | { readonly kind: 'presence'; readonly userIds: readonly string[] }
  | { readonly kind: 'timeline'; readonly of: Address; readonly options: TimelineOptions }

const nothing = async () => {}

type Viewed = Pick<BackscrollClient, 'views' | 'presence'>

/** Runs in the leader. Sends each snapshot until the view is closed or the tab stops accepting them. */
export const keepView = (client: Viewed, wanted: WantedView, tell: (snapshot: unknown) => unknown): KeptView => {
  const { views, presence } = client
  const timeline = wanted.kind === 'timeline' ? views.timeline(wanted.of, wanted.options) : undefined
  const inbox = wanted.kind === 'inbox' ? views.inbox(wanted.options) : undefined
  const view = timeline ?? inbox ?? presence.watch(wanted.kind === 'presence' ? wanted.userIds : [])
  const send = async () => {
    try {
      await tell(view.snapshot())
    } catch {
      close()
    }
  }
  const end = view.subscribe(() => void send())
  const close = () => {
    end()
    view.close()
  }
  void send()
  return {
    loadOlder: (timeline ?? inbox)?.loadOlder ?? nothing,
    loadNewer: timeline?.loadNewer ?? nothing,
    setDraft: timeline?.setDraft ?? nothing,
    markRead: timeline?.markRead ?? nothing,
    close,
  }
}

const emptyTimeline = (conversationId: string, peer: string | undefined): TimelineSnapshot => ({
  ...{ conversationId, peer, peerName: undefined, typingNames: [], kind: undefined, name: undefined },
  ...{ entries: [], isLoading: true },
  ...{ hasOlder: false, hasNewer: false, unread: 0, typing: [], typingActivities: [], draft: '', isBlocked: false },
})
const emptyInbox: InboxSnapshot = { conversations: [], requests: [], archived: 0, isLoading: true, hasOlder: false }

export interface TabViews {
  readonly views: ClientViews
  watchPresence(userIds: readonly string[]): PresenceView
}

/** The views of a tab. The leader keeps each one while it has subscribers here. */
export const createTabViews = (
  me: { readonly userId: string },
  route: () => Promise<Target>,
  onError: (thrown: unknown) => void,
): TabViews => {
  const openAt = async (target: Target, wanted: WantedView, tell: (snapshot: unknown) => void) =>
    (await target.call('view', [wanted, tell])) as KeptView

  const follow = <Snapshot extends object>(wanted: WantedView, empty: Snapshot) => {
    let kept: KeptView | undefined
    const onWatched = () => {
      let ended = false
      const tell = (snapshot: unknown) => (ended ? undefined : source.set(snapshot as Snapshot))
      const run = async () => {
        while (!ended) {
          const target = await route()
          kept = await openAt(target, wanted, tell)
          if (ended) return void kept.close()
          await target.over
        }
      }
      // A closed tab stops. If the leader is gone, the view is opened at the next one.
      const start = (): Promise<void> => run().catch((thrown) => (ended ? undefined : again(thrown)))
      const again = async (thrown: unknown) => {
        const target = await route().catch(() => undefined)
        return target === undefined ? onError(thrown) : start()
      }
      void start()
      return () => {
        ended = true
        void kept?.close()
        kept = undefined
      }
    }
    const source = createSource<Snapshot>(empty, onWatched, onError)
    /** A view without subscribers is kept by the leader for one call only. */
    const use = async (step: (view: KeptView) => Promise<void>): Promise<void> => {
      if (kept !== undefined) return step(kept)
      const once = await openAt(await route(), wanted, () => {})
      await step(once)
      await once.close()
    }
    return { ...{ snapshot: source.snapshot, subscribe: source.subscribe, close: source.clear }, use }
  }
  const views: ClientViews = {
    inbox: (options = {}) => {
      const { use, ...view } = follow({ kind: 'inbox', options }, emptyInbox)
      return { ...view, loadOlder: () => use((kept) => kept.loadOlder()) }
    },
    timeline: (of, options = {}) => {
      const peer = typeof of === 'string' ? undefined : of.user
      const id = typeof of === 'string' ? of : directConversationId(me.userId, of.user)
      const { use, ...view } = follow({ kind: 'timeline', of, options }, emptyTimeline(id, peer))
      return {
        ...view,
        loadOlder: () => use((kept) => kept.loadOlder()),
        loadNewer: () => use((kept) => kept.loadNewer()),
        setDraft: (text) => use((kept) => kept.setDraft(text)),
        markRead: () => use((kept) => kept.markRead()),
      }
    },
  }
  return {
    views,
    watchPresence: (given) => {
      const userIds = [...given]
      const { use: _use, ...view } = follow({ kind: 'presence', userIds }, unknownPresences(userIds))
      return view
    },
  }
}
