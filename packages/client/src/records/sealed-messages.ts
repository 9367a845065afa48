import { z } from 'zod'
import type { OutboxEntry } from '../commands/outbox-entry.ts'
import { type GroupEpoch, groupEpoch } from '../mls/state/group-epoch.ts'
import type { StoreChange } from '../stores/client-store.ts'
import { entryKeyOf, sealedKey } from './client-records.ts'

const record = z.object({
  messageId: z.string(),
  /** Base64. */
  ciphertext: z.string(),
  /** The epoch that it is for: another epoch needs it sealed anew. */
  epochId: z.string(),
  /** When it was first sealed: members who joined later were not meant to read it. */
  first: groupEpoch,
})

/**
 * A message in the form in which it is sent, the same each time: each sealing uses up a key of a sender, and
 * readers follow only a limited number of steps.
 */
export type SealedMessage = z.output<typeof record>

export interface SealedMessages {
  of(entry: OutboxEntry): SealedMessage | undefined
  /** Keeps it as long as the entry waits; returns what to store. */
  put(entry: OutboxEntry, sealed: SealedMessage): StoreChange
  /** When this device first sealed a message, if that is still known. */
  firstOf(conversationId: string, messageId: string): GroupEpoch | undefined
}

/** For how many messages that time is known: those that wait, and the last ones before. */
const remembered = 2_000

/** `outdated`: of an entry that was answered while it was sealed; delete it. */
export const loadSealedMessages = (
  stored: ReadonlyMap<string, unknown>,
  outdated: (change: StoreChange) => void,
): SealedMessages => {
  const found = new Map<string, SealedMessage>()
  const kept = new WeakMap<OutboxEntry, SealedMessage>()
  const firsts = new Map<string, GroupEpoch>()
  const nameOf = (conversationId: string, messageId: string) => `${conversationId}/${messageId}`

  const remember = (conversationId: string, { messageId, first }: SealedMessage) => {
    firsts.set(nameOf(conversationId, messageId), first)
    const [oldest] = firsts.keys()
    if (firsts.size > remembered && oldest !== undefined) firsts.delete(oldest)
  }
  for (const [key, value] of stored) {
    const [kind, id = ''] = key.split('/')
    if (kind !== 'sealed') continue
    const sealed = record.parse(value)
    remember(id, sealed)
    if (stored.has(entryKeyOf(key))) found.set(key, sealed)
    else outdated({ key, value: undefined })
  }
  /** What was there at the start; returned once. */
  const takeFound = (entry: OutboxEntry): SealedMessage | undefined => {
    const key = sealedKey(entry)
    const sealed = found.get(key)
    if (sealed !== undefined) kept.set(entry, sealed)
    found.delete(key)
    return sealed
  }
  return {
    of: (entry) => kept.get(entry) ?? takeFound(entry),
    put: (entry, sealed) => {
      kept.set(entry, sealed)
      remember(entry.conversationId, sealed)
      return { key: sealedKey(entry), value: sealed }
    },
    firstOf: (conversationId, messageId) => firsts.get(nameOf(conversationId, messageId)),
  }
}
