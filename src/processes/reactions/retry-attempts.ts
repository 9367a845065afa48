import { setTimeout as sleep } from 'node:timers/promises'
import { mayPass } from '@backscroll/protocol/errors'
import { UndecodableEvent } from '../../codec/undecodable-event.ts'
import { engineTrouble } from '../../commands/writer/engine-trouble.ts'

/** `given_up`: it fails whenever it is tried. `closed`: there was no time to find out. */
export type Tried<Result> =
  | { readonly kind: 'done'; readonly result: Result }
  | { readonly kind: 'given_up'; readonly attempts: number; readonly error: unknown }
  | { readonly kind: 'closed' }

export interface AttemptsOptions {
  readonly retryMs: { readonly first: number; readonly most: number }
  /** So often may work fail with what does not pass by itself. */
  readonly mostFailures: number
  readonly onError: (error: unknown) => void
  readonly closed: AbortSignal
}

/** An engine is away, full or behind: nothing that the work itself is to blame for. */
export const passes = (error: unknown): boolean => mayPass(engineTrouble(error) ?? error)

/**
 * Tries work, later and later, until it is done: for as long as it takes while an engine is in its way, a bounded
 * number of times when it fails for another reason, and once where the event is one that this version of the program
 * does not understand.
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
