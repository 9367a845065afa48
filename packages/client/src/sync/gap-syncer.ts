import type { SyncPage } from '@backscroll/protocol/server-frames'
import { type BackscrollError, isFault, toBackscrollError } from '../errors/backscroll-error.ts'
import { backoffMs } from '../time/backoff.ts'
import { type Clock, sleep } from '../time/clock.ts'

export interface SyncerDeps {
  readonly clock: Clock
  readonly random: () => number
  readonly isLive: () => boolean
  /** The newest checkpoint that was received. */
  readonly checkpoint: () => string | undefined
  /** Requests one page; `onPage` is called in the order of the wire. */
  readonly ask: (since: string, onPage: (page: SyncPage) => void, onRefused: (error: BackscrollError) => void) => void
  readonly onPage: (page: SyncPage) => void
  /** Resolves when the application has caught up enough for another page. */
  readonly room: () => Promise<void>
  /** Events still lack a predecessor. */
  readonly incomplete: () => boolean
  /** It cannot be had: continue without it. */
  readonly giveUp: () => void
  /** This checkpoint has become useless: a snapshot is needed. */
  readonly onLost: () => void
  readonly onError: (thrown: unknown) => void
}

export interface Syncer {
  /** Fetches everything since the newest checkpoint. A call while it runs makes it run once more. */
  request(): void
  /** The same; resolves when it has run to its end: false when the connection ended before. */
  untilDone(): Promise<boolean>
  /** While it runs, only its pages move the position. */
  running(): boolean
}

/** How many complete syncs may leave a gap: in a cluster an event can still be on its way. */
const patience = 5

export const createSyncer = (deps: SyncerDeps): Syncer => {
  let running = false
  let wanted = false
  const waiting: ((done: boolean) => void)[] = []

  const page = (since: string): Promise<SyncPage> =>
    new Promise((resolve, reject) => {
      const onPage = (received: SyncPage) => {
        try {
          deps.onPage(received)
          resolve(received)
        } catch (thrown) {
          reject(thrown)
        }
      }
      deps.ask(since, onPage, reject)
    })

  const allPages = async (): Promise<void> => {
    for (let more = true; more && deps.isLive(); ) {
      await deps.room()
      const since = deps.checkpoint()
      if (since === undefined) return
      more = (await page(since)).more
    }
  }

  const untilComplete = async (): Promise<boolean> => {
    for (let round = 0; deps.isLive(); round += 1) {
      wanted = false
      await allPages()
      if (!wanted && !deps.incomplete()) return deps.isLive()
      if (round >= patience && deps.incomplete()) {
        deps.giveUp()
        return true
      }
      await sleep(deps.clock, backoffMs(round, deps.random()))
    }
    return false
  }

  /** A lost connection ends it: the resume that follows does the same work. */
  const run = async (): Promise<void> => {
    running = true
    let done = false
    try {
      done = await untilComplete()
    } catch (thrown) {
      const error = toBackscrollError(thrown)
      if (error.code === 'snapshot_required') deps.onLost()
      else if (isFault(thrown)) deps.onError(thrown)
      if (error.code !== 'snapshot_required' && deps.isLive())
        deps.clock.after(backoffMs(1, deps.random(), error.retryAfterMs), request)
    }
    running = false
    for (const tell of waiting.splice(0)) tell(done)
  }

  const request = () => {
    wanted = true
    if (!running && deps.isLive()) void run()
  }
  const untilDone = (): Promise<boolean> =>
    new Promise((resolve) => {
      waiting.push(resolve)
      request()
      if (!running) for (const tell of waiting.splice(0)) tell(false)
    })
  return { request, untilDone, running: () => running }
}
