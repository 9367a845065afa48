import type { Clock } from '../time/clock.ts'

/** A typing user repeats the signal every three seconds. A user who disconnects sends no end, so the state expires. */
const lastsMs = 7_000

export interface TypingBook {
  said(told: { readonly conversationId: string; readonly userId: string; readonly typing: boolean }): void
  /** In the order in which they started typing. */
  of(conversationId: string): readonly string[]
  /** Calls the listener with the id of the conversation. Returns a function that unsubscribes. */
  watch(listener: (conversationId: string) => void): () => void
}

export const createTypingBook = (clock: Clock): TypingBook => {
  const typing = new Map<string, Map<string, () => void>>()
  const listeners = new Set<(conversationId: string) => void>()
  const tell = (id: string) => {
    for (const listener of listeners) listener(id)
  }
  const ended = (id: string, userId: string) => {
    const people = typing.get(id)
    people?.get(userId)?.()
    if (people?.delete(userId) !== true) return
    if (people.size === 0) typing.delete(id)
    tell(id)
  }
  const began = (id: string, userId: string) => {
    const people = typing.get(id) ?? new Map<string, () => void>()
    typing.set(id, people)
    const isNew = !people.has(userId)
    people.get(userId)?.()
    people.set(
      userId,
      clock.after(lastsMs, () => ended(id, userId)),
    )
    if (isNew) tell(id)
  }
  return {
    said: (told) => (told.typing ? began : ended)(told.conversationId, told.userId),
    of: (id) => [...(typing.get(id)?.keys() ?? [])],
    watch: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
