import type { WireEvent } from '@backscroll/protocol/server-frames'
import { changed, changedSeq, type KeptMessage, messageOf } from '../replica/kept-message.ts'
import type { ReadableKept, ReadKept } from '../replica/read-kept.ts'
import type { MessagePages } from './message-pages.ts'

/**
 * The part of a conversation that a timeline holds: consecutive messages, limited in number. Paging moves the
 * window to older messages and back. At the newest end the window follows new messages.
 */
export interface TimelineWindow {
  readonly items: () => readonly ReadableKept[]
  hasOlder(): boolean
  hasNewer(): boolean
  /** Opens the window at the newest end, from this device's local copy. */
  open(): Promise<void>
  /** Applies an event that created or changed a message. Returns the entry that was added or changed. */
  event(event: WireEvent): Promise<ReadableKept | undefined>
  older(): Promise<void>
  newer(): Promise<void>
}

export interface TimelineWindowDeps {
  readonly pages: MessagePages
  readonly readKept: ReadKept
  readonly message: (seq: number) => Promise<KeptMessage | undefined>
  readonly isHidden: (message: KeptMessage) => boolean
  /** The largest number of messages in the window. */
  readonly most: number
}

export const createTimelineWindow = (deps: TimelineWindowDeps): TimelineWindow => {
  const { pages, readKept, message, isHidden, most } = deps
  let items: readonly ReadableKept[] = []
  let older = false
  let newer = false

  const read = (some: readonly KeptMessage[]) => Promise.all(some.filter((one) => !isHidden(one)).map(readKept))
  const first = () => items[0]?.seq ?? Number.POSITIVE_INFINITY
  const last = () => items.at(-1)?.seq ?? 0

  const put = (one: ReadableKept) => {
    const others = items.filter(({ seq }) => seq !== one.seq)
    const at = others.findLastIndex(({ seq }) => seq < one.seq) + 1
    items = others.toSpliced(at, 0, one)
    if (items.length <= most) return
    items = items.slice(-most)
    older = true
  }
  const isInside = (seq: number) => (seq > last() ? !newer : seq >= first())
  /** For a message that is no longer stored, the change is applied to the copy in the window. */
  const after = async (seq: number, event: WireEvent): Promise<KeptMessage | undefined> => {
    const before = items.find((one) => one.seq === seq)
    return (await message(seq)) ?? (before && changed(before, event))
  }
  return {
    items: () => items,
    hasOlder: () => older,
    hasNewer: () => newer,
    open: async () => {
      const page = await pages.newest()
      items = await read(page.messages)
      older = page.more
      newer = false
    },
    event: async (event) => {
      const seq = messageOf(event)?.seq ?? changedSeq(event)
      if (seq === undefined || !isInside(seq)) return undefined
      const found = await after(seq, event)
      if (found === undefined || isHidden(found)) return undefined
      const one = await readKept(found)
      put(one)
      return one
    },
    older: async () => {
      const page = await pages.before(first())
      const some = await read(page.messages)
      items = [...some, ...items]
      older = page.more
      newer = newer || items.length > most
      items = items.slice(0, most)
    },
    newer: async () => {
      if (!newer) return
      const page = await pages.after(last())
      items = [...items, ...(await read(page.messages))]
      newer = page.more
      older = older || items.length > most
      items = items.slice(-most)
    },
  }
}
