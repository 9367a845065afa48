import { z } from 'zod'
import type { StoreChange } from '../stores/client-store.ts'

/** Unsent drafts by conversation. They are stored like all other data of the client. */
export interface DraftBook {
  /** The empty string if there is no draft. */
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
