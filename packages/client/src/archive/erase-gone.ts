import { type EventPage, eventPage } from '@backscroll/protocol/rest/events'
import { toBackscrollError } from '../errors/backscroll-error.ts'
import type { Plaintexts } from '../records/plaintexts.ts'
import type { Rest } from '../rest/rest-client.ts'
import type { StoreChange } from '../stores/client-store.ts'

export interface EraseGoneDeps {
  readonly plaintexts: Pick<Plaintexts, 'conversations' | 'get' | 'erase'>
  readonly rest: Pick<Rest, 'read'>
  readonly write: (changes: readonly StoreChange[]) => Promise<void>
}

/**
 * Erases what the server no longer has a body for: messages that were deleted or expired after an archive was written.
 * The server does not answer for conversations that this user has left.
 */
export const createEraseGone = ({ plaintexts, rest, write }: EraseGoneDeps) => {
  const eraseOne = async (id: string, revision: number) => {
    const known = await plaintexts.get(id, revision)
    if (known !== undefined && 'plaintext' in known) await write(await plaintexts.erase(id, revision))
  }
  const eraseIn = async (id: string) => {
    const path = `/conversations/${encodeURIComponent(id)}/events`
    for (let next: number | undefined = 0; next !== undefined; ) {
      const page: EventPage = await rest.read({ path, query: { from: next }, schema: eventPage })
      for (const { revision, data } of page.events)
        if (typeof data.ciphertext !== 'string') await eraseOne(id, revision)
      next = page.next
    }
  }
  return async (): Promise<void> => {
    for (const id of plaintexts.conversations())
      await eraseIn(id).catch((thrown) => {
        if (toBackscrollError(thrown).code !== 'not_found') throw thrown
      })
  }
}
