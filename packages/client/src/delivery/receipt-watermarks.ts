import type { Receipt } from '@backscroll/protocol/server-frames'

/** For how many devices the last receipt is remembered. For a forgotten one the next receipt is passed on unchanged. */
const kept = 50_000

type Told = Readonly<Record<'delivered' | 'read', number>>

const nothing: Told = { delivered: 0, read: 0 }

const higher = (before: number, now: number | undefined): number => Math.max(before, now ?? 0)

/**
 * Watermarks only grow [M5], but pages and live pushes cross on their way, and one of them may say less than an
 * earlier one. Answers what is new in a receipt; undefined when nothing is.
 */
export const createReceiptWatermarks = (most: number = kept) => {
  /** By conversation and device, those that moved last at the end. */
  const told = new Map<string, Told>()

  const remember = (key: string, now: Told): void => {
    told.delete(key)
    told.set(key, now)
    if (told.size <= most) return
    for (const oldest of told.keys()) return void told.delete(oldest)
  }

  return (receipt: Receipt): Receipt | undefined => {
    const { delivered, read, ...rest } = receipt
    const key = `${receipt.conversationId}/${receipt.userId}/${receipt.deviceId}`
    const before = told.get(key) ?? nothing
    const now = { read: higher(before.read, read), delivered: higher(higher(before.delivered, delivered), read) }
    remember(key, now)
    const grown = {
      ...(delivered !== undefined && delivered > before.delivered && { delivered }),
      ...(read !== undefined && read > before.read && { read }),
    }
    return Object.keys(grown).length === 0 ? undefined : { ...rest, ...grown }
  }
}
