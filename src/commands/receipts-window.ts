import type { Actor } from '../domain/ids.ts'
import type { Watermark } from '../domain/receipts/receipts-events.ts'

/** Only the reader's own devices get `read_in_private`. */
export type Status = 'delivered' | 'read' | 'read_in_private'

/**
 * Receipts are coalesced before they are appended: whatever the devices of a conversation confirm within one window
 * becomes one event. A group of 1,000 devices then costs a few events a second, not thousands.
 */
export interface ReceiptsWindow {
  /** Resolves when the watermark is durable, at the end of the window at the earliest. */
  add(conversationId: string, actor: Actor, upToSeq: number, status: Status): Promise<void>
  /** Appends everything that waits, now. */
  flush(): Promise<void>
}

interface Open {
  readonly entries: Map<string, Watermark>
  readonly timer: NodeJS.Timeout
  readonly done: Promise<void>
  settle(result: Promise<void>): void
}

const merged = (before: Watermark | undefined, actor: Actor, upToSeq: number, status: Status): Watermark => {
  const delivered = Math.max(before?.delivered ?? 0, upToSeq)
  const read = status === 'delivered' ? before?.read : Math.max(before?.read ?? 0, upToSeq)
  const audience = status === 'read_in_private' ? 'self' : before?.audience
  const { userId, deviceId } = actor
  return { userId, deviceId, delivered, ...(read !== undefined && { read }), ...(audience && { audience }) }
}

export const createReceiptsWindow = (
  windowMs: number,
  append: (conversationId: string, entries: readonly Watermark[]) => Promise<void>,
): ReceiptsWindow => {
  const windows = new Map<string, Open>()

  const close = (conversationId: string, open: Open): void => {
    clearTimeout(open.timer)
    windows.delete(conversationId)
    open.settle(append(conversationId, [...open.entries.values()]))
  }

  const openWindow = (conversationId: string): Open => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const open: Open = {
      entries: new Map(),
      timer: setTimeout(() => close(conversationId, open), windowMs),
      done: promise,
      settle: resolve,
    }
    // There may be no caller that waits. A failure then shows when the device confirms again.
    promise.catch(() => undefined)
    windows.set(conversationId, open)
    return open
  }

  return {
    add: (conversationId, actor, upToSeq, status) => {
      const open = windows.get(conversationId) ?? openWindow(conversationId)
      const key = `${actor.userId}/${actor.deviceId}`
      open.entries.set(key, merged(open.entries.get(key), actor, upToSeq, status))
      return open.done
    },
    flush: async () => {
      const all = [...windows]
      for (const [conversationId, open] of all) close(conversationId, open)
      await Promise.allSettled(all.map(([, open]) => open.done))
    },
  }
}
