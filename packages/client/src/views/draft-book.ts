import { z } from 'zod'
import type { StoreChange } from '../stores/client-store.ts'

/** What a person has begun to write, by conversation; stored like everything else. */
export interface DraftBook {
  /** Empty where there is none. */
  of(conversationId: string): string
  set(conversationId: string, text: string): Promise<void>
  watch(listener: (conversationId: string) => void): () => void
}

const prefix = 'draft/'

export const loadDrafts = (
  stored: ReadonlyMap<string, unknown>,
  write: (changes: readonly StoreChange[]) => Promise<void>,
): DraftBook => {
  const drafts = new Map<string, string>()
  const listeners = new Set<(conversationId: string) => void>()
  for (const [key, value] of stored)
    if (key.startsWith(prefix)) drafts.set(key.slice(prefix.length), z.string().parse(value))
  return {
    of: (id) => drafts.get(id) ?? '',
    set: async (id, text) => {
      if ((drafts.get(id) ?? '') === text) return
      if (text === '') drafts.delete(id)
      else drafts.set(id, text)
      for (const listener of listeners) listener(id)
      await write([{ key: `${prefix}${id}`, value: drafts.get(id) }])
    },
    watch: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
