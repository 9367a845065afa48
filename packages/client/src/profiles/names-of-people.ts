import type { ProfileBook } from './profile-book.ts'

/** What people are called, at once: as their own devices have said it to this one. */
export interface NamesOfPeople {
  /** Undefined where this device was told no name. */
  of(userId: string): string | undefined
  /** Calls back with each user whose name has changed; returns a function that stops this. */
  subscribe(listener: (userId: string) => void): () => void
}

export const namesOfPeople = ({ of, subscribe }: Pick<ProfileBook, 'of' | 'subscribe'>): NamesOfPeople => ({
  of: (userId) => of(userId)?.name ?? undefined,
  subscribe,
})
