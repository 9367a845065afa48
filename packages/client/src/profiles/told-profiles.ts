import { z } from 'zod'
import type { StoreChange } from '../stores/client-store.ts'

const record = z.object({ number: z.int(), spoke: z.boolean() })

/** Which of the own user's profiles a conversation's devices were told, by whichever of the user's devices. */
type Told = z.output<typeof record>

export interface ToldProfiles {
  /** The number of the profile; 0: none that all of them have. */
  number(conversationId: string): number
  /** The user has said something there. */
  hasSpoken(conversationId: string): boolean
  /** Answers whether that is news. */
  spoke(conversationId: string): boolean
  told(conversationId: string, number: number): void
  /** Devices have come that know nothing. In a large group they are told when this user says something again. */
  owe(conversationId: string, isLarge: boolean): void
  forget(conversationId: string): void
  all(): Iterable<string>
}

const nothing: Told = { number: 0, spoke: false }

export const loadToldProfiles = (
  stored: ReadonlyMap<string, unknown>,
  store: (changes: readonly StoreChange[]) => void,
): ToldProfiles => {
  const all = new Map<string, Told>()
  for (const [key, value] of stored) if (key.startsWith('named/')) all.set(key.slice(6), record.parse(value))

  const of = (id: string): Told => all.get(id) ?? nothing
  const put = (id: string, next: Told): void => {
    all.set(id, next)
    store([{ key: `named/${id}`, value: next }])
  }
  return {
    number: (id) => of(id).number,
    hasSpoken: (id) => of(id).spoke,
    spoke: (id) => {
      if (of(id).spoke) return false
      put(id, { ...of(id), spoke: true })
      return true
    },
    told: (id, number) => {
      // Another device of the user may be the one that has spoken, before this one came.
      if (number > of(id).number) put(id, { number, spoke: true })
    },
    owe: (id, isLarge) => {
      const { number, spoke } = of(id)
      if (number > 0 || (spoke && isLarge)) put(id, { number: 0, spoke: spoke && !isLarge })
    },
    forget: (id) => {
      if (all.delete(id)) store([{ key: `named/${id}`, value: undefined }])
    },
    all: () => all.keys(),
  }
}
