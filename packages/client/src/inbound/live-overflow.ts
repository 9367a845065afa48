import type { Syncer } from '../sync/gap-syncer.ts'

export interface LiveOverflowDeps {
  /** Events and notices that wait for the application. */
  readonly queued: () => number
  /** Resolves when the application has caught up enough for more. */
  readonly room: () => Promise<void>
  readonly isLive: () => boolean
  readonly syncer: Pick<Syncer, 'untilDone'>
  readonly onError: (thrown: unknown) => void
}

/** How many events and notices may wait for the application; beyond this, live ones are dropped and synced later. */
const mostQueued = 20_000

/** Live events that the application is too slow for. */
export const createLiveOverflow = ({ queued, room, isLive, syncer, onError }: LiveOverflowDeps) => {
  let overrun = false
  let dropped = false

  /**
   * Until a sync has run in which nothing was dropped: a live event must not be taken for the beginning of what
   * is still missing.
   */
  const recover = async () => {
    try {
      while (dropped && isLive()) {
        dropped = false
        await room()
        await syncer.untilDone()
      }
    } catch (thrown) {
      onError(thrown)
    } finally {
      overrun = false
    }
  }
  return {
    isOver: (): boolean => overrun,
    /** There is no room for a live event. */
    isFull: (): boolean => overrun || queued() > mostQueued,
    /** One was dropped: a sync brings it when there is room. */
    drop: (): void => {
      dropped = true
      if (overrun) return
      overrun = true
      void recover()
    },
  }
}
