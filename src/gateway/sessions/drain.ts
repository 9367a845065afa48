import { setTimeout as sleep } from 'node:timers/promises'
import type { Session } from './session.ts'
import type { Lifecycle } from './session-lifecycle.ts'
import { isOpen } from './session-state.ts'

export interface DrainDeps {
  /** All sockets; those that are gone leave it. */
  readonly sessions: ReadonlySet<Session>
  readonly lifecycle: Lifecycle
  readonly spreadMs: number
  /** How long answers in flight are waited for. */
  readonly answersMs: number
  /** How long clients have to close their side. */
  readonly farewellMs: number
}

const stepMs = 20

const wait = async (pending: () => boolean, forMs: number): Promise<void> => {
  for (let waited = 0; pending() && waited < forMs; waited += stepMs) await sleep(stepMs)
}

const leave = async (session: Session, { lifecycle, answersMs }: DrainDeps): Promise<void> => {
  await wait(() => (session.inFlight?.size ?? 0) > 0, answersMs)
  if (isOpen(session.state)) lifecycle.end(session, 'server_restart')
}

/**
 * Sends every session away [T5], spread over `spreadMs` so that they do not all come back at once. New frames are
 * refused from the start, answers in flight are sent first. Resolves when every socket is closed, by force if the
 * client does not close it.
 */
export const drain = async (deps: DrainDeps): Promise<void> => {
  const { sessions, spreadMs, farewellMs } = deps
  const leaving = [...sessions]
  for (const session of leaving) session.leaving = true
  await Promise.all(
    leaving.map(async (session, index) => {
      await sleep((index * spreadMs) / leaving.length)
      await leave(session, deps)
    }),
  )
  await wait(() => sessions.size > 0, farewellMs)
  for (const { ws } of sessions) ws.terminate()
}
