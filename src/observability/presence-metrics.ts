import { Counter, Gauge, type Registry } from '@prometheus-io/client'

interface PresenceCounts {
  readonly active: number
  readonly watched: number
}

/** The metrics of presence at one process. */
export const createPresenceMetrics = (registers: Registry[]) => {
  const sources: (() => PresenceCounts)[] = []
  const sum = (of: keyof PresenceCounts): number => sources.reduce((all, read) => all + read()[of], 0)
  const activeUsers: Gauge = new Gauge({
    name: 'backscroll_active_users',
    help: 'Users who have an active device at this process, or had one a moment ago.',
    registers,
    collect: () => activeUsers.set(sum('active')),
  })
  const watchedPresences: Gauge = new Gauge({
    name: 'backscroll_watched_presences',
    help: 'Pairs of a session of this process and a user whose presence it watches.',
    registers,
    collect: () => watchedPresences.set(sum('watched')),
  })
  return {
    presenceUpdates: new Counter({
      name: 'backscroll_presence_updates_total',
      help: 'Presence changes sent to sessions, one for each session and user.',
      registers,
    }),
    /** `read` is called at each scrape. */
    watchPresence: (read: () => PresenceCounts): void => {
      sources.push(read)
    },
  }
}
