import type { TypingActivity } from '@backscroll/protocol/client-frames'
import type { Clock } from '../time/clock.ts'

/** A typing user repeats the signal every three seconds. A user who disconnects sends no end, so the state expires. */
const expiryMs = 7_000

interface Told {
  readonly conversationId: string
  readonly userId: string
  readonly typing: boolean
  /** Undefined: `typing`. */
  readonly activity?: TypingActivity | undefined
}

export interface TypingBook {
  said(told: Told): void
  /** In the order in which they started typing. */
  of(conversationId: string): readonly string[]
  /** What each of them is doing, in the same order. */
  activitiesOf(conversationId: string): readonly TypingActivity[]
  /** Calls the listener with the id of the conversation. Returns a function that unsubscribes. */
  watch(listener: (conversationId: string) => void): () => void
}

interface Typist {
  activity: TypingActivity
  /** Cancels the timer that ends the state. */
  cancel(): void
}

export const createTypingBook = (clock: Clock): TypingBook => {
  const typing = new Map<string, Map<string, Typist>>()
  const listeners = new Set<(conversationId: string) => void>()
  const tell = (id: string) => {
    for (const listener of listeners) listener(id)
  }
  const ended = ({ conversationId: id, userId }: Told) => {
    const people = typing.get(id)
    people?.get(userId)?.cancel()
    if (people?.delete(userId) !== true) return
    if (people.size === 0) typing.delete(id)
    tell(id)
  }
  const goesOn = (told: Told) => {
    const { conversationId: id, userId, activity = 'typing' } = told
    const people = typing.get(id) ?? new Map<string, Typist>()
    typing.set(id, people)
    const before = people.get(userId)
    before?.cancel()
    people.set(userId, { activity, cancel: clock.after(expiryMs, () => ended(told)) })
    if (before?.activity !== activity) tell(id)
  }
  return {
    said: (told) => (told.typing ? goesOn : ended)(told),
    of: (id) => [...(typing.get(id)?.keys() ?? [])],
    activitiesOf: (id) => [...(typing.get(id)?.values() ?? [])].map(({ activity }) => activity),
    watch: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
