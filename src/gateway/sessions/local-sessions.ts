import type { Session } from './session.ts'

/** The connected sessions by user; at most one of each device [T5]. */
export interface Registry {
  /** Enters the session; returns the one of the same device that it replaces. */
  add(session: Session): Session | undefined
  /** Does nothing for a session that was replaced. */
  remove(session: Session): void
  ofUser(userId: string): readonly Session[]
  ofDevice(userId: string, deviceId: string): Session | undefined
}

const none: readonly Session[] = []

export const createRegistry = (): Registry => {
  const users = new Map<string, readonly Session[]>()

  const ofUser = (userId: string): readonly Session[] => users.get(userId) ?? none

  const ofDevice = (userId: string, deviceId: string): Session | undefined =>
    ofUser(userId).find((session) => session.deviceId === deviceId)

  const set = (userId: string, sessions: readonly Session[]): void => {
    if (sessions.length === 0) users.delete(userId)
    else users.set(userId, sessions)
  }

  return {
    add: (session) => {
      const replaced = ofDevice(session.userId, session.deviceId)
      set(session.userId, [...ofUser(session.userId).filter((other) => other !== replaced), session])
      return replaced
    },
    remove: (session) => {
      const sessions = ofUser(session.userId)
      if (sessions.includes(session))
        set(
          session.userId,
          sessions.filter((other) => other !== session),
        )
    },
    ofUser,
    ofDevice,
  }
}
