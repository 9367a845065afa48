import { setTimeout as sleep } from 'node:timers/promises'
import { mayPass } from '@backscroll/protocol/errors'
import { UndecodableEvent } from '../../codec/undecodable-event.ts'
import { engineTrouble } from '../../commands/writer/engine-trouble.ts'

/** `given_up`: all attempts failed. `closed`: it was stopped before that was known. */
export type Tried<Result> =
  | { readonly kind: 'done'; readonly result: Result }
  | { readonly kind: 'given_up'; readonly attempts: number; readonly error: unknown }
  | { readonly kind: 'closed' }

export interface AttemptsOptions {
  readonly retryMs: { readonly first: number; readonly most: number }
  /** How often work may fail for a reason that is not temporary. */
  readonly mostFailures: number
  readonly onError: (error: unknown) => void
  readonly closed: AbortSignal
}

/** An engine is away, full or behind: the work itself is not to blame. */
export const passes = (error: unknown): boolean => mayPass(engineTrouble(error) ?? error)

/**
 * Tries work until it succeeds, with growing pauses: without limit while an engine is unavailable, a limited number
 * of times for other errors, and once for an event that this version of the program does not understand.
 */
export const createAttempts =
  ({ retryMs, mostFailures, onError, closed }: AttemptsOptions) =>
  async <Result>(work: () => Promise<Result>): Promise<Tried<Result>> => {
    let failures = 0
    for (let delay = retryMs.first; !closed.aborted; delay = Math.min(delay * 2, retryMs.most)) {
      try {
        return { kind: 'done', result: await work() }
      } catch (error) {
        onError(error)
        if (!passes(error)) failures += 1
        if (error instanceof UndecodableEvent || failures >= mostFailures)
          return { kind: 'given_up', attempts: failures, error }
        await sleep(delay, undefined, { signal: closed }).catch(() => undefined)
      }
    }
    return { kind: 'closed' }
  }
