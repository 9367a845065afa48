import type { Delta } from '../../../src/ports/deltas.ts'
import type { Position } from '../../../src/ports/event-log.ts'
import type { LinkedGateway } from '../../../src/processes/live/gateway-link.ts'

/** The users who see an event. */
export interface SeenEvent {
  readonly position: Position
  readonly audience: readonly string[]
}

/** One session, as a gateway treats it: registered, then synced with live events kept back, then live; sent to sync again when something was lost. */
export interface ModelSession {
  readonly userId: string
  state: 'entering' | 'syncing' | 'live' | 'lagging' | 'gone'
  has: Set<Position>
  /** What was durable when the sync in progress began, and came live since. */
  coming: Set<Position>
  isOverrun: boolean
}

export interface ModelGateway {
  readonly gateway: LinkedGateway
  readonly sessions: ModelSession[]
  /** The registration of a session is done. */
  entered(session: ModelSession): void
  /** The client of a session that lags asks for a sync. */
  resync(session: ModelSession): void
  /** The pages of the sync in progress are there. */
  finish(session: ModelSession): void
  /** What the client does by itself. */
  follow(session: ModelSession): void
  /** What live sessions lack at or below `checkpoint`. */
  missing(checkpoint: Position): readonly string[]
}

/** A gateway reduced to what its sessions have of a log, of which `events` gives all that is durable. */
export const createModelGateway = (events: () => readonly SeenEvent[]): ModelGateway => {
  const sessions: ModelSession[] = []

  const visibleTo = ({ userId }: ModelSession): readonly Position[] =>
    events().flatMap(({ position, audience }) => (audience.includes(userId) ? [position] : []))

  const begin = (session: ModelSession): void => {
    session.state = 'syncing'
    session.coming = new Set(visibleTo(session))
    session.isOverrun = false
  }

  const hear = (session: ModelSession, positions: readonly Position[]): void => {
    const into = session.state === 'live' ? session.has : session.state === 'syncing' ? session.coming : undefined
    for (const position of positions) into?.add(position)
  }

  const hearDelta = ({ audience, events: heard }: Delta): void => {
    const positions = heard.map(({ position }) => position)
    for (const session of sessions) if (audience.includes(session.userId)) hear(session, positions)
  }

  const lose = (session: ModelSession): void => {
    if (session.state === 'live') session.state = 'lagging'
    else if (session.state === 'syncing') session.isOverrun = true
  }

  const resync = (session: ModelSession): void => {
    if (session.state === 'lagging') begin(session)
  }

  const finish = (session: ModelSession): void => {
    if (session.state !== 'syncing') return
    if (session.isOverrun) return begin(session)
    session.has = new Set([...session.has, ...session.coming])
    session.state = 'live'
  }

  return {
    sessions,
    gateway: {
      sink: { events: (deltas) => deltas.forEach(hearDelta), receipts: () => {} },
      lost: () => sessions.forEach(lose),
      pass: () => {},
      replaced: () => {},
      revoke: () => {},
    },
    entered: (session) => {
      if (session.state === 'entering') begin(session)
    },
    resync,
    finish,
    follow: (session) => {
      resync(session)
      finish(session)
    },
    missing: (checkpoint) =>
      sessions.flatMap((session) => {
        if (session.state !== 'live') return []
        const lacking = visibleTo(session).filter((position) => position <= checkpoint && !session.has.has(position))
        return lacking.map((position) => `${session.userId} lacks ${position}, told ${checkpoint}`)
      }),
  }
}
