import { type InboxEntry, inboxPage } from '@backscroll/protocol/rest/inbox'
import type { ClientConsent } from '../account/consent-api.ts'
import type { ClientEvent } from '../events/client-events.ts'
import type { Replica } from '../replica/replica.ts'
import type { Rest } from '../rest/rest-client.ts'
import type { StoreChange } from '../stores/client-store.ts'
import type { RequestBook } from './request-book.ts'

export interface UpkeepDeps {
  readonly stored: ReadonlyMap<string, unknown>
  readonly replica: Pick<Replica, 'adopt' | 'conversation'>
  readonly requests: RequestBook
  readonly rest: Rest
  readonly consent: Pick<ClientConsent, 'requests'>
  readonly write: (changes: readonly StoreChange[]) => Promise<void>
  readonly isLive: () => boolean
  readonly onError: (thrown: unknown) => void
}

type Missing = 'inbox' | 'requests'

const key = 'replica'

/**
 * Requests from the server what no event contains: the state from before the local copy existed, and what a
 * snapshot leaves out.
 */
export const createUpkeep = (deps: UpkeepDeps) => {
  const { replica, requests, rest, consent, write, isLive, onError } = deps
  /** The stored record was damaged and could not be read. */
  const isLost = (record: string) => record.startsWith('conv/') && replica.conversation(record.slice(5)) === undefined
  const isWhole = deps.stored.has(key) && ![...deps.stored.keys()].some(isLost)
  // A device without a position to resume from starts with a snapshot, so nothing is missing.
  const isBehind = deps.stored.has('checkpoint') && !isWhole
  const missing = new Set<Missing>(isBehind ? ['inbox', 'requests'] : [])
  let isAsking = false

  const adoptAll = async () => {
    let cursor: string | undefined
    do {
      const page: { readonly items: readonly InboxEntry[]; readonly cursor?: string | undefined } = await rest.read({
        path: '/inbox',
        query: { cursor },
        schema: inboxPage,
      })
      for (const one of page.items) await replica.adopt(one)
      cursor = page.cursor
    } while (cursor !== undefined)
  }
  /** Repeats the request if an event changed the list in the meantime: the answer may not include that event. */
  const replaceRequests = async () => {
    for (;;) {
      const before = requests.all()
      const told = await consent.requests()
      if (requests.all() === before) return write(requests.replace(told))
    }
  }
  const askFor: Readonly<Record<Missing, () => Promise<void>>> = { inbox: adoptAll, requests: replaceRequests }
  const complete = async () => {
    for (const one of missing) {
      missing.delete(one)
      await askFor[one]().catch((thrown: unknown) => {
        missing.add(one)
        throw thrown
      })
    }
    await write([{ key, value: true }])
  }
  const live = () => {
    if (missing.size === 0 || isAsking || !isLive()) return
    isAsking = true
    complete()
      // If the connection was lost, the next one repeats the request.
      .catch((thrown) => (isLive() ? onError(thrown) : undefined))
      .finally(() => {
        isAsking = false
      })
  }
  const lacks = (one: Missing): readonly StoreChange[] => {
    missing.add(one)
    queueMicrotask(live)
    return [{ key, value: undefined }]
  }
  return {
    /** A connection is live. */
    live,
    /** Returns the changes to store if the event leaves something to request. */
    take: (event: ClientEvent): readonly StoreChange[] => {
      if (event.type === 'account' && event.change.type === 'unblocked') return lacks('inbox')
      if (event.type !== 'snapshot' || !event.last) return []
      missing.delete('inbox')
      return lacks('requests')
    },
  }
}
