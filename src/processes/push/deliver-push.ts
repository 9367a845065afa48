import { setTimeout as sleep } from 'node:timers/promises'
import type { Push, PushNotice } from '../../ports/push.ts'

export interface DeliverPushDeps {
  readonly push: Push
  readonly onError: (error: unknown) => void
  /** Handed over. */
  readonly onPushed: (notices: readonly PushNotice[]) => void
  /** Given up. `isFirst`: the notices before were taken. */
  readonly onDropped: (notices: readonly PushNotice[], error: unknown, isFirst: boolean) => void
  /** Cuts every wait short. */
  readonly ended: AbortSignal
  /** The wait after a first failure, which doubles each time; 1 s if absent. */
  readonly retryMs?: number
  /** How long the service may take to answer, in milliseconds; 10 s if absent. */
  readonly answerMs?: number
}

const mostTries = 5

/** After this many failures in a row the service is to blame, not the notices. */
const enoughFailures = 3

/**
 * Hands notices over to the push service, a limited number of times: later notices do not wait for a service that
 * is away, nor for a notice that it never takes. A batch that fails is handed over one by one, so that a bad notice
 * fails alone. After a notice was given up everything is tried once, until one is taken.
 */
export const createDeliverPush = (deps: DeliverPushDeps): ((notices: readonly PushNotice[]) => Promise<void>) => {
  const { push, onError, onPushed, onDropped, ended, retryMs = 1_000, answerMs = 10_000 } = deps
  let isAway = false

  const inTime = async (notices: readonly PushNotice[]): Promise<void> => {
    const answered = new AbortController()
    const late = async (): Promise<never> => {
      await sleep(answerMs, undefined, { signal: AbortSignal.any([answered.signal, ended]) })
      throw new Error(`the push service did not answer within ${answerMs} ms`)
    }
    await Promise.race([push.notify(notices), late()]).finally(() => answered.abort())
  }

  /** The error; undefined when the notices were taken. */
  const attempt = async (notices: readonly PushNotice[]): Promise<{ readonly error: unknown } | undefined> => {
    ended.throwIfAborted()
    try {
      await inTime(notices)
    } catch (error) {
      ended.throwIfAborted()
      onError(error)
      return { error }
    }
    isAway = false
    onPushed(notices)
    return undefined
  }

  const drop = (notices: readonly PushNotice[], error: unknown): void => {
    onDropped(notices, error, !isAway)
    isAway = true
  }

  const together = async (notices: readonly PushNotice[]): Promise<{ readonly error: unknown } | undefined> => {
    let failed = await attempt(notices)
    for (let tries = 1; failed !== undefined && !isAway && tries < mostTries; tries += 1) {
      await sleep(retryMs * 2 ** (tries - 1), undefined, { signal: ended })
      failed = await attempt(notices)
    }
    return failed
  }

  const oneByOne = async (notices: readonly PushNotice[]): Promise<void> => {
    let failures = 0
    for (const [index, notice] of notices.entries()) {
      const failed = await attempt([notice])
      failures = failed === undefined ? 0 : failures + 1
      if (failed !== undefined) drop(failures < enoughFailures ? [notice] : notices.slice(index), failed.error)
      if (failures === enoughFailures) return
    }
  }

  return async (notices) => {
    const failed = await together(notices)
    if (failed === undefined) return
    if (isAway || notices.length === 1) drop(notices, failed.error)
    else await oneByOne(notices)
  }
}
