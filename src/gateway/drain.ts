import { setTimeout as sleep } from 'node:timers/promises'
import type { Lifecycle } from './lifecycle.ts'
import type { Session } from './session.ts'
import { isOpen } from './session-state.ts'

export interface DrainDeps {
  readonly lifecycle: Lifecycle
  readonly spreadMs: number
  /** How long answers in flight are waited for. */
  readonly answersMs: number
}

const stepMs = 20

const leaveOne = async (session: Session, { lifecycle, answersMs }: DrainDeps): Promise<void> => {
  for (let waited = 0; (session.inFlight?.size ?? 0) > 0 && waited < answersMs; waited += stepMs) await sleep(stepMs)
  if (isOpen(session.state)) lifecycle.end(session, 'server_restart')
}

/**
 * Sends every session away [T5], spread over `spreadMs` so that they do not all come back at once. New frames are refused from
 * the start, answers in flight are sent first. Resolves when every socket was told.
 */
export const drain = async (sessions: readonly Session[], deps: DrainDeps): Promise<void> => {
  for (const session of sessions) session.leaving = true
  const pause = deps.spreadMs / Math.max(1, sessions.length)
  await Promise.all(
    sessions.map(async (session, index) => {
      await sleep(index * pause)
      await leaveOne(session, deps)
    }),
  )
}
