import type { DeviceActivity } from '@backscroll/protocol/client-frames'
import type { BackscrollClient, ClientOptions } from '../api/client-api.ts'
import type { OpenClient, OpenedClient } from '../api/client-sharing.ts'
import { BackscrollError } from '../errors/backscroll-error.ts'
import type { ClientEvent, Signal } from '../events/client-events.ts'
import type { EventFeed } from '../events/event-feed.ts'
import { deferred } from '../time/deferred.ts'
import { createFollowerLink, type FollowerLink } from './follower-link.ts'
import { createLeaderMirror, type LeaderMirror } from './leader-mirror.ts'
import { pack } from './packed-value.ts'
import { createTabActivity } from './tab-activity.ts'
import { runAsk, type TabCommands } from './tab-commands.ts'
import type { TabFeed } from './tab-feed.ts'
import type { Ask, Mirror, ToFollower, ToLeader } from './tab-messages.ts'

export interface LeaderDeps {
  readonly options: ClientOptions
  readonly open: OpenClient
  readonly feed: TabFeed
  /** Passes a signal to this tab's application. */
  readonly signal: (signal: Signal) => void
  /** The device has signed out. */
  readonly onEnded: () => void
  /** A user's profile has changed. */
  readonly onProfile: (userId: string) => void
  /** Calls `gone` when the browser reports that the tab is gone. */
  readonly watchTab: (tab: string, gone: () => void) => void
  readonly post: (tab: string, message: ToFollower) => void
  readonly now: () => number
  readonly after: (ms: number, call: () => void) => void
}

/** The tab that owns the real client and serves the other tabs. */
export interface Leader {
  /** Resolves when the client is open. Rejects as `createClient` does. */
  readonly opened: Promise<OpenedClient>
  start(): void
  ask(ask: Ask, onStored: () => void): Promise<unknown>
  take(from: string, message: ToLeader): void
  joined(): number
  /** Sets whether somebody is at this tab. */
  setActivity(activity: DeviceActivity): void
  isOver(): boolean
  readonly over: Promise<void>
  /**
   * Stops leading: nothing is sent to the other tabs any more, nor to this tab's application unless `tells` is
   * true.
   */
  resign(tells?: boolean): void
}

const outcome = async (run: Promise<unknown>) => {
  try {
    return { result: pack(await run) }
  } catch (thrown) {
    return { error: pack(thrown) }
  }
}

export const createLeader = ({
  options,
  open,
  feed,
  signal,
  onEnded,
  onProfile,
  watchTab,
  post,
  now,
  after,
}: LeaderDeps): Leader => {
  const followers = new Map<string, FollowerLink>()
  let mirror: LeaderMirror | undefined
  /** A pending approval, kept for tabs that join later. */
  let ways: Pick<Mirror, 'ways'> = {}
  let over = false
  const ending = deferred()
  let tellsItself = true

  const tellAll = (message: ToFollower) => {
    if (over) return
    for (const follower of followers.values()) follower.post(message)
  }
  const own = ''
  const activity = createTabActivity(
    () => [own, ...followers.keys()],
    (now) => void opened.then(({ client }) => (over ? undefined : client.presence.setActivity(now))).catch(() => {}),
  )
  const outer: EventFeed = {
    on: feed.on,
    events: feed.events,
    hears: (type) => type === 'error',
    end: () => {},
    publish: async (event: ClientEvent) => {
      if (over) return false
      mirror?.changed()
      tellAll({ type: 'event', event: pack(event) })
      return feed.take(event)
    },
    signal: (given) => {
      if (given.type === 'approval_needed') ways = { ways: pack(given) }
      if (given.type === 'approval_needed') tellAll({ type: 'mirror', mirror: ways })
      mirror?.changed()
      tellAll({ type: 'signal', event: pack(given) })
      if (tellsItself) signal(given)
    },
  }
  const signOutOf =
    (client: BackscrollClient): BackscrollClient['signOut'] =>
    async (given) => {
      const error = await client.signOut(given)
      // Runs after the answer to the caller has been sent.
      if (given?.keepData !== true)
        after(0, () => {
          tellAll({ type: 'ended' })
          onEnded()
        })
      return error
    }
  const opened = open(options, outer).then((given) => {
    const client = { ...given, client: { ...given.client, signOut: signOutOf(given.client) } }
    mirror = createLeaderMirror({
      opened: client,
      tell: (told) => tellAll({ type: 'mirror', mirror: told }),
      now,
      after,
    })
    client.client.names.subscribe((userId) => {
      const profile = client.client.profile.of(userId)
      if (profile !== undefined) tellAll({ type: 'mirror', mirror: { profiles: [[userId, profile]] } })
      if (!over) onProfile(userId)
    })
    return client
  })
  // Callers that await it handle the error.
  opened.catch(() => {})

  const ask: Leader['ask'] = async (asked, onStored) => {
    const client = await opened
    return runAsk((ids) => client.commandsAs({ ...ids, onStored }), asked)
  }
  const answer = async (follower: FollowerLink, asked: Ask) => {
    const { id } = asked
    const said = await outcome(ask(asked, () => follower.post({ type: 'stored', id })))
    // The next leader repeats a command whose client was closed.
    if (over) return
    mirror?.changed()
    follower.post({ type: 'outcome', id, ...said })
  }
  /**
   * A tab that was frozen gets the events that it missed, as far as they are kept, and then the positions, from
   * which it reports gaps.
   */
  const welcome = async (follower: FollowerLink, had: ReadonlyMap<string, number> | undefined) => {
    await opened
    follower.isWelcome = true
    for (const event of had === undefined ? [] : feed.recent(had)) follower.post({ type: 'event', event: pack(event) })
    if (mirror !== undefined)
      follower.post({ type: 'welcome', mirror: { ...mirror.whole(), ...ways }, positions: feed.positions() })
  }
  const start = () =>
    void opened
      .then(({ client }) => {
        if (!over && client.state().name === 'stopped') client.start()
      })
      .catch(() => {})
  const join = (from: string, { userId, deviceId, started, positions }: Extract<ToLeader, { type: 'join' }>) => {
    if (userId !== options.userId || deviceId !== options.deviceId)
      return post(from, { type: 'refused', error: pack(new BackscrollError('wrong_store')) })
    followers.get(from)?.end()
    const follower = createFollowerLink((message) => (over ? undefined : post(from, message)), opened)
    followers.set(from, follower)
    activity.changed()
    watchTab(from, () => {
      if (followers.get(from) === follower) followers.delete(from)
      follower.end()
      activity.changed()
    })
    void welcome(follower, positions).catch((thrown) => post(from, { type: 'refused', error: pack(thrown) }))
    if (started) start()
  }
  const receiveFrom = async (from: string, follower: FollowerLink, message: ToLeader) => {
    switch (message.type) {
      case 'call':
      case 'result':
        return follower.calls.take(message)
      case 'ask':
        return answer(follower, message.ask)
      case 'answered':
        return (await opened).forgetAnswers(message.ids)
      case 'typing':
        return (await opened).client.typing(message.conversationId, message.typing)
      case 'activity':
        return activity.said(from, message.activity)
      case 'start':
        return start()
      case 'sign_in_over':
        return (await opened).stop()
    }
  }
  return {
    opened,
    start,
    ask,
    joined: () => followers.size,
    setActivity: (now) => activity.said(own, now),
    isOver: () => over,
    over: ending.promise,
    take: (from, message) => {
      if (over) return
      const follower = followers.get(from)
      if (message.type === 'join') join(from, message)
      else if (follower !== undefined && message.type === 'leave') {
        follower.end()
        followers.delete(from)
        activity.changed()
      } else if (follower !== undefined) void receiveFrom(from, follower, message).catch(() => {})
    },
    resign: (tells = false) => {
      over = true
      ending.resolve()
      tellsItself = tells
      for (const follower of followers.values()) follower.end()
      followers.clear()
    },
  }
}

/** Runs this tab's own command while it leads. If it stops leading, the command stays open for the next leader. */
export const askSelf = async (role: Leader, commands: TabCommands, ask: Ask): Promise<void> => {
  try {
    const result = await role.ask(ask, () => commands.stored(ask.id))
    if (!role.isOver()) commands.resolve(ask.id, result)
  } catch (thrown) {
    if (!role.isOver()) commands.reject(ask.id, thrown)
  }
}
