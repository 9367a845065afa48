import type { WireEvent } from '@backscroll/protocol/server-frames'
import { changed, changedSeq, type KeptMessage, messageOf } from '../replica/kept-message.ts'
import type { ReadableKept, ReadKept } from '../replica/read-kept.ts'
import type { MessagePages } from './message-pages.ts'

/**
 * The part of a conversation's messages that a timeline holds: a row without holes, of bounded length. It moves to
 * older messages, and back, by pages; at the newest end it follows what comes.
 */
export interface TimelineWindow {
  readonly items: () => readonly ReadableKept[]
  hasOlder(): boolean
  hasNewer(): boolean
  /** Begins at the newest end, with what this device keeps. */
  open(): Promise<void>
  /** An event has made a message or changed it. Returns what came into the row or has changed in it. */
  event(event: WireEvent): Promise<ReadableKept | undefined>
  older(): Promise<void>
  newer(): Promise<void>
}

export interface TimelineWindowDeps {
  readonly pages: MessagePages
  readonly readKept: ReadKept
  readonly message: (seq: number) => Promise<KeptMessage | undefined>
  readonly isHidden: (message: KeptMessage) => boolean
  /** Messages that it holds at most. */
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
  /** Of what is not kept any more the copy here is changed. */
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
