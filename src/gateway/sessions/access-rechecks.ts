import { setTimeout as sleep } from 'node:timers/promises'
import type { CloseReason } from '@backscroll/protocol/close-codes'
import type { AccessJudge, AccessVerdict } from '../../ports/identity/access.ts'
import type { GatewayConfig } from '../gateway-config.ts'
import type { Session } from './session.ts'
import type { Lifecycle } from './session-lifecycle.ts'

/**
 * Checks again whether the access that a socket was opened with still counts. Each check is one batch, one batch at
 * a time of each kind.
 */
export interface AccessRechecks {
  /** Takes a registered session: none of its frames is read before the answer is there. */
  enter(session: Session): void
  /** The access of one user, or of anybody, may have ended. */
  look(userId?: string): void
  stop(): void
}

export interface AccessRechecksDeps {
  readonly judge: AccessJudge['judge']
  /** All sockets; those that are gone leave it. */
  readonly sessions: ReadonlySet<Session>
  readonly lifecycle: Pick<Lifecycle, 'end'>
  readonly config: Pick<GatewayConfig, 'standingEveryMs' | 'standingBatch' | 'standingRetryMs'>
  readonly onError: (error: unknown) => void
}

const reasonOf = (verdict: Exclude<AccessVerdict, 'stands'>): CloseReason =>
  verdict === 'outdated' ? 'token_expired' : verdict

/** A queue whose entries are judged in batches, with a pause between two. A batch that failed is tried again, for the store may be away. */
const createQueue = (judge: (batch: readonly Session[]) => Promise<void>, deps: AccessRechecksDeps) => {
  const { config, sessions, onError } = deps
  const waiting = new Set<Session>()
  const closing = new AbortController()
  let running = false
  let pauseMs = 0

  const take = (): readonly Session[] => {
    const batch: Session[] = []
    for (const session of waiting) {
      if (batch.length === config.standingBatch) break
      waiting.delete(session)
      if (sessions.has(session)) batch.push(session)
    }
    return batch
  }
  const pause = async (ms: number): Promise<void> => {
    if (ms > 0) await sleep(ms, undefined, { signal: closing.signal, ref: false }).catch(() => undefined)
  }
  const judgeOne = async (batch: readonly Session[]): Promise<void> => {
    try {
      if (batch.length > 0) await judge(batch)
    } catch (error) {
      onError(error)
      for (const session of batch) waiting.add(session)
      await pause(config.standingRetryMs)
    }
  }
  const run = async (): Promise<void> => {
    running = true
    while (waiting.size > 0 && !closing.signal.aborted) {
      await judgeOne(take())
      await pause(pauseMs)
    }
    running = false
  }
  return {
    add: (some: Iterable<Session>, spreadMs = 0): void => {
      for (const session of some) waiting.add(session)
      pauseMs = spreadMs / Math.ceil(waiting.size / config.standingBatch)
      if (!running) void run()
    },
    stop: (): void => closing.abort(),
  }
}

export const createAccessRechecks = (deps: AccessRechecksDeps): AccessRechecks => {
  const { sessions, lifecycle, config } = deps
  /** Registered, and not confirmed yet: their sockets are not read. */
  const entering = new WeakSet<Session>()

  const settle = (session: Session, verdict: AccessVerdict | undefined): void => {
    if (verdict === undefined) return
    if (verdict !== 'stands') return lifecycle.end(session, reasonOf(verdict))
    if (entering.delete(session)) session.ws.resume()
  }
  const judge = async (batch: readonly Session[]): Promise<void> => {
    const verdicts = await deps.judge(batch)
    for (const [index, session] of batch.entries()) settle(session, verdicts[index])
  }
  const now = createQueue(judge, deps)
  const inTurn = createQueue(judge, deps)
  // Half of the time, so that a round ends well before the next one.
  const round = setInterval(() => inTurn.add(sessions, config.standingEveryMs / 2), config.standingEveryMs).unref()

  return {
    enter: (session) => {
      entering.add(session)
      session.ws.pause()
      now.add([session])
    },
    look: (userId) => {
      if (userId === undefined) inTurn.add(sessions)
      else now.add([...sessions].filter((session) => session.userId === userId))
    },
    stop: () => {
      clearInterval(round)
      now.stop()
      inTurn.stop()
    },
  }
}
