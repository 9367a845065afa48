import { type MarkChange, type Marks, markChange, marks as marksForm } from '@backscroll/protocol/rest/marks'
import { z } from 'zod'
import type { ClientEvent } from '../events/client-events.ts'
import { cachedRecords } from '../stores/cached-records.ts'
import type { StoreChange } from '../stores/client-store.ts'
import { isMuted, marksAfter, noMarks } from './conversation-marks.ts'
import type { OwnChanges } from './mark-sender.ts'

const record = z.object({
  marks: marksForm,
  /** The revision in the user's own stream of the newest change. */
  revision: z.int(),
  /** What this device wants, and the server has not accepted yet. */
  wish: markChange.optional(),
})
type Stored = z.output<typeof record>

/** The marks of conversations, as far as this device knows, and the changes that still have to be sent. */
export interface MarkBook extends OwnChanges<MarkChange> {
  /** With this device's own changes, also before the server has accepted them. */
  of(conversationId: string): Marks
  isMuted(conversationId: string): boolean
  /** Takes an event of this user's own stream. */
  take(event: ClientEvent): readonly StoreChange[]
  /** Takes an item of the server's list, unless a newer event has come. */
  adopt(conversationId: string, marks: Marks, revision: number): readonly StoreChange[]
  /** The conversations whose marks the server has confirmed. */
  known(): ReadonlyMap<string, { readonly revision: number }>
  watch(listener: (conversationId: string) => void): () => void
}

const prefix = 'mark/'

/** The part of a change that has not been replaced by a newer one. */
const without = (wish: MarkChange, sent: MarkChange): MarkChange | undefined => {
  const fields = Object.entries(wish).filter(([name, value]) => sent[name as keyof MarkChange] !== value)
  return fields.length === 0 ? undefined : Object.fromEntries(fields)
}

export const loadMarks = (stored: ReadonlyMap<string, unknown>, now: () => number): MarkBook => {
  const all = new Map<string, Stored>(cachedRecords(stored, prefix, record))
  const listeners = new Set<(conversationId: string) => void>()
  const empty: Stored = { marks: noMarks, revision: -1 }

  const set = (id: string, { marks, revision, wish }: Stored): readonly StoreChange[] => {
    const isEmpty = wish === undefined && Object.values(marks).every((mark) => mark === null || mark === false)
    const next = { marks, revision, ...(wish && { wish }) }
    if (isEmpty) all.delete(id)
    else all.set(id, next)
    for (const listener of listeners) listener(id)
    return [{ key: `${prefix}${id}`, value: isEmpty ? undefined : next }]
  }
  const of = (id: string): Marks => {
    const { marks, wish = {} } = all.get(id) ?? empty
    return marksAfter(marks, wish)
  }

  return {
    of,
    isMuted: (id) => isMuted(of(id), now()),
    wish: (id, change) => {
      const before = all.get(id) ?? empty
      return set(id, { ...before, wish: { ...before.wish, ...change } })
    },
    next: () => {
      for (const [id, { wish }] of all) if (wish !== undefined) return [id, wish]
      return undefined
    },
    isWaiting: (id) => all.get(id)?.wish !== undefined,
    settle: (id, sent, isAccepted) => {
      const { marks, revision, wish = {} } = all.get(id) ?? empty
      return set(id, { marks: isAccepted ? marksAfter(marks, sent) : marks, revision, wish: without(wish, sent) })
    },
    take: (event) => {
      if (event.type !== 'account' || event.change.type !== 'marked') return []
      const { conversationId, marks } = event.change
      const before = all.get(conversationId) ?? empty
      return set(conversationId, { ...before, marks: marksAfter(before.marks, marks), revision: event.revision })
    },
    adopt: (id, marks, revision) => {
      const before = all.get(id) ?? empty
      return before.revision > revision ? [] : set(id, { ...before, marks, revision })
    },
    known: () => all,
    watch: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
