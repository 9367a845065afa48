import { conversation } from '@backscroll/protocol/rest/conversations'
import { toBackscrollError } from '../../errors/backscroll-error.ts'
import type { ClientEvent } from '../../events/client-events.ts'
import type { Rest } from '../../rest/rest-client.ts'
import { backoffMs } from '../../time/backoff.ts'
import { type Clock, sleep } from '../../time/clock.ts'
import type { DetailsBook } from './group-details.ts'

export interface RefreshDetailsDeps {
  readonly details: DetailsBook
  readonly rest: Rest
  readonly clock: Clock
  readonly random: () => number
  readonly news: (conversationId: string) => Promise<readonly ClientEvent[]>
  readonly tell: (event: ClientEvent) => void
  readonly save: () => Promise<void>
  readonly isClosed: () => boolean
}

/**
 * A device that joined later did not see name and description being set: it asks the server, which cannot forge
 * what it cannot seal.
 */
export const createRefreshDetails = (deps: RefreshDetailsDeps) => {
  const { details, rest, clock, random } = deps
  const asking = new Set<string>()

  const ask = async (id: string, atLeast?: string) => {
    const path = `/conversations/${encodeURIComponent(id)}`
    const { conversation: facts } = await rest.read({ path, query: { atLeast }, schema: conversation })
    details.note(id, 'name', facts.name, facts.lastRevision)
    details.note(id, 'description', facts.description, facts.lastRevision)
    await deps.save()
    for (const event of await deps.news(id)) deps.tell(event)
  }
  const patiently = async (id: string, atLeast?: string) => {
    for (let attempt = 0; !deps.isClosed() && !details.isKnown(id); attempt += 1)
      try {
        return await ask(id, atLeast)
      } catch (thrown) {
        const error = toBackscrollError(thrown)
        if (!error.temporary) return
        await sleep(clock, backoffMs(attempt, random(), error.retryAfterMs))
      }
  }
  /** `atLeast`: the position that caused the request. */
  return (conversationId: string, atLeast?: string): void => {
    if (asking.has(conversationId)) return
    asking.add(conversationId)
    void patiently(conversationId, atLeast).finally(() => asking.delete(conversationId))
  }
}
