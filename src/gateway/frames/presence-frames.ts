import type { ClientFrame, DeviceActivity } from '@backscroll/protocol/client-frames'
import { createFairQueue, readLine } from '../../edge/egress/fair-queue.ts'
import { requireTake } from '../../edge/limits/limit-buckets.ts'
import type { ProcessLimits } from '../../edge/limits/process-limits.ts'
import type { Delta } from '../../ports/deltas.ts'
import type { ActiveUsers, Leaving } from '../../presence/active-users.ts'
import type { Presence } from '../../presence/presence.ts'
import type { Watcher } from '../../presence/watch-book.ts'
import type { Watchers } from '../../presence/watchers.ts'
import { frameText } from '../delivery/frame-texts.ts'
import type { SocketWrites } from '../delivery/socket-writes.ts'
import type { Session } from '../sessions/session.ts'
import { isOpen, liveFeed } from '../sessions/session-state.ts'
import type { Answers } from './frame-answers.ts'

type Frame<Type extends ClientFrame['type']> = Extract<ClientFrame, { type: Type }>

/** The presence [M7] of this gateway's sessions. */
export interface SessionPresence {
  subscribe(session: Session, frame: Frame<'presence_subscribe'>): void
  unsubscribe(session: Session, frame: Frame<'presence_unsubscribe'>): void
  setActivity(session: Session, frame: Frame<'set_activity'>): void
  /** Live events show which users talk to each other: they may see each other now. */
  heard(deltas: readonly Delta[]): void
  /** The session is connected. */
  enter(session: Session): void
  /** The session has ended: it is no longer active and watches nobody. */
  leave(session: Session): void
}

/** The parts of presence that the gateway needs. */
export interface PresenceParts {
  readonly watchers: Pick<Watchers, 'watch' | 'unwatch' | 'drop' | 'interacted'>
  readonly activeUsers: Pick<ActiveUsers, 'add' | 'remove'>
}

export interface SessionPresenceDeps extends PresenceParts {
  readonly outlet: SocketWrites
  readonly answers: Answers
  readonly metering: Pick<ProcessLimits, 'limits' | 'meter'>
}

export const createSessionPresence = (deps: SessionPresenceDeps): SessionPresence => {
  const { watchers, activeUsers, outlet, answers, metering } = deps
  /** Deciding who may see whom takes reads, so each user's requests wait for their turn. */
  const line = createFairQueue({ places: 4, placesOfUser: 1, ...readLine })

  const watcherOf = (session: Session): Watcher => ({
    userId: session.userId,
    send: (presences) => {
      if (liveFeed(session.state) !== 'send') return false
      outlet.push(session, frameText({ type: 'presence', presences: [...presences] }))
      return true
    },
  })

  const count = (session: Session, active: boolean, leaving: Leaving): void => {
    if (session.isActive === active) return
    session.isActive = active
    if (active) activeUsers.add(session.userId)
    else activeUsers.remove(session.userId, leaving)
  }

  const watch = async (session: Session, userIds: readonly string[]): Promise<readonly Presence[]> => {
    requireTake(metering.meter, metering.limits.watched, session.userId, userIds.length)
    const leave = await line.enter(session.userId)
    try {
      if (!isOpen(session.state)) return []
      session.watcher ??= watcherOf(session)
      return await watchers.watch(session.watcher, userIds)
    } finally {
      leave()
    }
  }

  const forget = (session: Session): void => {
    if (session.watcher !== undefined) watchers.drop(session.watcher)
    session.watcher = undefined
  }

  return {
    subscribe: (session, { id, userIds }) => {
      watch(session, userIds).then(
        (presences) => answers.ok(session, id, JSON.stringify({ presences })),
        (error) => answers.fail(session, id, error),
      )
    },
    unsubscribe: (session, { id, userIds }) => {
      if (session.watcher !== undefined) watchers.unwatch(session.watcher, userIds)
      answers.ok(session, id, '{}')
    },
    setActivity: (session, { id, activity }) => {
      session.activity = activity
      count(session, activity === 'active', 'away')
      answers.ok(session, id, '{}')
    },
    heard: (deltas) => {
      for (const { audience, events } of deltas) for (const { userId } of events) watchers.interacted(userId, audience)
    },
    enter: (session) => count(session, session.activity === 'active', 'away'),
    leave: (session) => {
      count(session, false, 'ended')
      forget(session)
    },
  }
}

/** The activity that `connect` states. Default: active. */
export const activityOf = ({ activity }: Frame<'connect'>): DeviceActivity => activity ?? 'active'
