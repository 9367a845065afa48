import type { ProfileBook } from './profile-book.ts'

/** Display names, available synchronously. Each was received from the user's own devices. */
export interface NamesOfPeople {
  /** Undefined if this device has received no name. */
  of(userId: string): string | undefined
  /** Calls the listener with the id of each user whose name has changed. Returns a function that unsubscribes. */
  subscribe(listener: (userId: string) => void): () => void
}

export const namesOfPeople = ({ of, subscribe }: Pick<ProfileBook, 'of' | 'subscribe'>): NamesOfPeople => ({
  of: (userId) => of(userId)?.name ?? undefined,
  subscribe,
})
