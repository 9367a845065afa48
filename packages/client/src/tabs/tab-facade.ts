import type { BackscrollClient } from '../api/client-api.ts'
import type { ClientCommands } from '../api/client-commands.ts'
import type { WhenLive } from '../connection/when-live.ts'
import type { ClientPresence } from '../presence/presence-api.ts'
import type { DeviceProver } from '../sign-in/device-prover.ts'
import type { ClientViews } from '../views/client-views.ts'
import type { TabFeed } from './tab-feed.ts'
import type { ToLeader } from './tab-messages.ts'
import type { TabMirror } from './tab-mirror.ts'
import type { createTabQueries } from './tab-queries.ts'

type Queries = ReturnType<typeof createTabQueries>

export interface TabFacadeDeps extends Pick<BackscrollClient, 'start' | 'close' | 'state'> {
  readonly commands: ClientCommands
  readonly queries: Omit<Queries, 'ask'>
  readonly ask: Queries['ask']
  readonly views: ClientViews
  readonly presence: ClientPresence
  readonly feed: TabFeed
  readonly mirror: TabMirror
  readonly profileListeners: Set<(userId: string) => void>
  readonly whenLive: WhenLive
  /** The real client, while this tab leads. */
  readonly own: () => BackscrollClient | undefined
  readonly isFollower: () => boolean
  readonly post: (message: ToLeader) => void
}

/** The client that the application uses. Each method is answered here at once, or forwarded to the leader. */
export const tabFacade = (deps: TabFacadeDeps): BackscrollClient => {
  const { ask, feed, mirror, own, isFollower, profileListeners } = deps
  const remoteProver: DeviceProver = { prove: async (subject) => String(await ask('prove', [subject])) }
  const profileOf = (userId: string) => {
    const client = own()
    return client === undefined ? mirror.profileOf(userId) : client.profile.of(userId)
  }
  return {
    ...deps.commands,
    ...deps.queries,
    views: deps.views,
    presence: deps.presence,
    ...{ on: feed.on, events: feed.events, start: deps.start, close: deps.close, state: deps.state },
    whenLive: deps.whenLive.wait,
    pending: (id) => (own() ?? mirror).pending(id),
    pendingCommands: (id) => (own() ?? mirror).pendingCommands(id),
    identityOf: (userId) => (own() ?? mirror).identityOf(userId),
    prover: () => own()?.prover() ?? (isFollower() && mirror.canProve() ? remoteProver : undefined),
    typing: (conversationId, typing) => {
      if (isFollower()) deps.post({ type: 'typing', conversationId, typing })
      else own()?.typing(conversationId, typing)
    },
    profile: { set: async (profile) => void (await ask('profile.set', [profile])), of: profileOf },
    names: {
      of: (userId) => profileOf(userId)?.name ?? undefined,
      subscribe: (listener) => {
        profileListeners.add(listener)
        return () => profileListeners.delete(listener)
      },
    },
  }
}
