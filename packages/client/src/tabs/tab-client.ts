import { v7 as uuidv7 } from 'uuid'
import type { BackscrollClient, ClientOptions } from '../api/client-api.ts'
import type { OpenClient } from '../api/client-sharing.ts'
import type { ConnectionState } from '../connection/connection-state.ts'
import { createWhenLive } from '../connection/when-live.ts'
import { createTextKey } from '../crypto/sealed-text.ts'
import { BackscrollError, shownError, toBackscrollError } from '../errors/backscroll-error.ts'
import type { ClientEvent, Signal } from '../events/client-events.ts'
import { sleep, steadyClock, systemClock } from '../time/clock.ts'
import { type Deferred, deferred } from '../time/deferred.ts'
import { createFromLeader } from './from-leader.ts'
import { askSelf, createLeader, type Leader } from './leader.ts'
import { channelName, createChannels, type LeaderLink, openLeaderLink, ownTarget, type Target } from './leader-link.ts'
import { type LeaderStore, watchStore } from './leader-store.ts'
import { unpack } from './packed-value.ts'
import { methodsOf } from './remote-methods.ts'
import { signalPatiently } from './signal-patiently.ts'
import { createTabCommands } from './tab-commands.ts'
import { tabFacade } from './tab-facade.ts'
import { createTabFeed } from './tab-feed.ts'
import type { Addressed, ToFollower, ToLeader } from './tab-messages.ts'
import { createTabMirror } from './tab-mirror.ts'
import type { TabPlatform } from './tab-platform.ts'
import { createTabPresence } from './tab-presence.ts'
import { createTabQueries } from './tab-queries.ts'
import { createTabRoles, presenceOf, untilJoined } from './tab-roles.ts'
import { createTabViews } from './tab-views.ts'

export interface TabClientDeps {
  readonly options: ClientOptions
  readonly open: OpenClient
  readonly platform: TabPlatform
  /** The name of the store. Its tabs derive the names of their locks and channels from it. */
  readonly name: string
  /** Opens the store for this tab when it becomes the leader. */
  readonly createStore: () => LeaderStore
  readonly version?: number
}

/** How long a closing tab waits for its commands to be stored. */
const goodbyeMs = 5_000

/**
 * The client of one tab, over a store that several tabs of a browser share. One tab leads and owns the real client;
 * the others call it, and any of them can take over.
 */
export const createTabClient = async (deps: TabClientDeps): Promise<BackscrollClient> => {
  const { options, platform, name, createStore } = deps
  const { userId, deviceId, newId = uuidv7 } = options
  const clock = steadyClock(options.clock ?? systemClock)
  const id = newId()
  const feed = createTabFeed()
  const profileListeners = new Set<(userId: string) => void>()
  const onProfile = (changed: string) => {
    for (const listener of profileListeners) listener(changed)
  }
  const mirror = createTabMirror({ userId }, onProfile)
  const whenLive = createWhenLive(clock)
  const channels = createChannels(platform.open, name, id)
  const ready = deferred()
  ready.promise.catch(() => {})

  let state: ConnectionState = { name: 'stopped', reason: 'not_started' }
  let leader: { readonly role: Leader; readonly store: LeaderStore; client?: BackscrollClient } | undefined
  let link: LeaderLink | undefined
  let started = false
  /** Why this tab has stopped for good. */
  let failure: BackscrollError | undefined
  let waiting: Deferred<void> = deferred()

  const signal = (given: Signal) => {
    if (given.type === 'state') state = given.state
    feed.signal(given)
    if (given.type === 'state') whenLive.changed(given.state)
  }
  /** A leader accepts commands now. */
  const settle = () => {
    ready.resolve()
    waiting.resolve()
    waiting = deferred()
    commands.askAgain()
  }
  const route = async (): Promise<Target> => {
    for (;;) {
      if (failure !== undefined) throw new BackscrollError('stopped', { cause: failure })
      if (leader?.client !== undefined) {
        const { role } = leader
        return ownTarget(methodsOf(role.opened), role)
      }
      if (link?.isOpen) return link
      await waiting.promise
    }
  }
  const commands = createTabCommands({
    ...{ newId, newTextKey: createTextKey },
    send: (ask) => {
      if (leader !== undefined) void askSelf(leader.role, commands, ask)
      else if (link?.isOpen) link.post({ type: 'ask', ask })
    },
    answered: (ids) => {
      if (leader !== undefined) void leader.role.opened.then((one) => one.forgetAnswers(ids)).catch(() => {})
      else if (link?.isOpen) link.post({ type: 'answered', ids })
    },
  })
  const { ask, ...queries } = createTabQueries(route)
  const presence = createTabPresence(ask, (activity) => {
    if (leader !== undefined) leader.role.setActivity(activity)
    else link?.post({ type: 'activity', activity })
  })

  const stopFor = (error: BackscrollError) => {
    if (failure !== undefined) return
    failure = error
    for (const end of [() => link?.end(), roles.end, waiting.resolve, commands.end]) end()
    ready.reject(error)
    signal({ type: 'state', state: { name: 'stopped', reason: error.code, error } })
  }
  const unlink = () => {
    link = void link?.end()
  }
  const lead = async () => {
    unlink()
    const store = createStore()
    const watched = watchStore(store, () => {
      if (leader?.store === store) roles.giveUp()
    })
    const role: Leader = createLeader({
      options: { ...options, store: watched },
      open: async (given, outer) => {
        const [opened] = await Promise.all([
          deps.open(given, outer),
          untilJoined(clock, roles.others, () => leader?.role.joined() ?? 0),
        ])
        return opened
      },
      signal: signalPatiently(signal, clock, () => role.isOver()),
      onEnded: () => stopFor(new BackscrollError('signed_out')),
      watchTab: (tab, gone) => void platform.locks.request(presenceOf(name, tab), {}, async () => gone()),
      ...{ onProfile, feed, post: channels.post, now: clock.now },
      after: (ms, call) => void clock.after(ms, call),
    })
    const own: NonNullable<typeof leader> = { role, store }
    leader = own
    presence.sayActivity()
    try {
      const opened = await role.opened
      if (leader !== own) return
      own.client = opened.client
      if (started) role.start()
      settle()
    } catch (thrown) {
      if (leader === own) stopFor(shownError(thrown))
    }
  }
  const resign = () => {
    const { role, store } = leader ?? {}
    leader = undefined
    role?.resign()
    store?.abandon()
    role?.opened.then(({ client }) => client.close()).catch(() => {})
  }
  const follow = (other: string) => {
    unlink()
    link = openLeaderLink(platform.open, name, id, other)
    link.post({ type: 'join', userId, deviceId, started, positions: started ? feed.positions() : undefined })
    presence.sayActivity()
  }

  const receiveFromLeader = createFromLeader({ mirror, feed, commands, signal, settle, stopFor })
  const take = ({ from, message }: Addressed<ToLeader> | Addressed<ToFollower>) => {
    if (from === link?.leader) receiveFromLeader(link, message as ToFollower)
    // From a former leader that may not know yet that it was replaced. The event is still applied: none is lost, and
    // the feed drops repeats.
    else if (message.type === 'event') void feed.take(unpack(message.event) as ClientEvent)
    else leader?.role.take(from, message as ToLeader)
  }
  const box = platform.open(channelName(name, id), (addressed) => take(addressed as Addressed<ToLeader>))
  const roles = createTabRoles({
    ...{ platform, name, id, clock, version: deps.version },
    onLead: () => void lead(),
    onFollow: follow,
    onLost: resign,
    onOutdated: () => stopFor(new BackscrollError('reload_needed')),
  })

  const signInIsOver = () => {
    if (leader === undefined) link?.post({ type: 'sign_in_over' })
    else void leader.role.opened.then(({ stop }) => stop()).catch(() => {})
  }
  const unheard = typeof options.token === 'function' ? undefined : options.token.onSignOut?.(signInIsOver)

  const closeLeader = async ({ role }: NonNullable<typeof leader>) => {
    role.resign(true)
    const { client } = await role.opened
    feed.end()
    await client.close()
  }
  const closeFollower = async () => {
    await Promise.race([commands.allStored(), sleep(clock, goodbyeMs)])
    link?.post({ type: 'leave' })
    signal({ type: 'state', state: { name: 'stopped', reason: 'closed' } })
    feed.end()
  }
  const close = async () => {
    failure ??= new BackscrollError('stopped')
    if (leader === undefined) await closeFollower()
    else await closeLeader(leader)
    leader = undefined
    unlink()
    commands.end()
    waiting.resolve()
    roles.end()
    unheard?.()
    box.close()
    channels.close()
  }

  const onError = (thrown: unknown) => signal({ type: 'error', error: toBackscrollError(thrown) })
  /** For a tab that starts after the others. */
  const reportCurrentState = () => {
    if (state.name !== 'stopped') signal({ type: 'state', state })
    const ways = mirror.toldWays()
    if (state.name === 'awaiting_approval' && ways !== undefined) signal(ways)
  }

  const { views, watchPresence } = createTabViews({ userId }, route, onError)
  await ready.promise.catch(async (thrown) => {
    box.close()
    channels.close()
    throw thrown
  })
  return tabFacade({
    ...{ commands: commands.commands, queries, ask, feed, mirror, profileListeners, whenLive, close },
    ...{ views, presence: presence.api(watchPresence) },
    own: () => leader?.client,
    isFollower: () => leader === undefined,
    post: (message) => link?.post(message),
    state: () => state,
    start: () => {
      if (failure !== undefined) return
      feed.begin()
      started = true
      if (leader !== undefined) return leader.role.start()
      link?.post({ type: 'start' })
      reportCurrentState()
    },
  })
}
