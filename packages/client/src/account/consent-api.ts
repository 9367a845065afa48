import { z } from 'zod'
import type { Rest } from '../rest/rest-client.ts'
import {
  type Block,
  blockList,
  type ConsentSettings,
  type ConversationRequest,
  commandResult,
  consentSettings,
  requestList,
} from '../rest/view-schemas.ts'

/**
 * What the user wants of others. All of it is told to the user's own devices alone, as `request` and `account` events;
 * all reject with `BackscrollError`.
 */
export interface ClientConsent {
  /** Conversations that wait for the user's answer, oldest first. Nothing of them is here before they are accepted. */
  requests(): Promise<readonly ConversationRequest[]>
  /**
   * From now on the conversation is like any other: what was said since the request comes at once, on all of the user's
   * devices. Writing to a person accepts that person's request.
   */
  accept(conversationId: string): Promise<void>
  /** Leaves the group; of a direct conversation who asked hears nothing. It can still be accepted. */
  decline(conversationId: string): Promise<void>
  /**
   * No request of this person comes through any more, and what the person writes in the direct conversation is not
   * shown. Groups that both are in stay as they are.
   */
  block(userId: string): Promise<void>
  /** What was not shown is in the conversation's history. */
  unblock(userId: string): Promise<void>
  blocks(): Promise<readonly Block[]>
  /** Who comes into the user's conversations without asking. */
  consent(): Promise<ConsentSettings>
  setConsent(change: Partial<ConsentSettings>): Promise<ConsentSettings>
}

const done = z.object({ ok: z.literal(true) })

export const createClientConsent = (rest: Rest): ClientConsent => {
  const requestPath = (conversationId: string, answer: 'accept' | 'decline') =>
    `/requests/${encodeURIComponent(conversationId)}/${answer}`
  const blockPath = (userId: string) => `/blocks/${encodeURIComponent(userId)}`

  return {
    requests: async () => (await rest.read({ path: '/requests', schema: requestList })).items,
    accept: async (conversationId) => {
      await rest.read({ method: 'POST', path: requestPath(conversationId, 'accept'), schema: commandResult })
    },
    decline: async (conversationId) => {
      await rest.read({ method: 'POST', path: requestPath(conversationId, 'decline'), schema: done })
    },
    block: async (userId) => {
      await rest.read({ method: 'PUT', path: blockPath(userId), schema: done })
    },
    unblock: async (userId) => {
      await rest.read({ method: 'DELETE', path: blockPath(userId), schema: done })
    },
    blocks: async () => (await rest.read({ path: '/blocks', schema: blockList })).items,
    consent: () => rest.read({ path: '/consent', schema: consentSettings }),
    setConsent: (change) => rest.read({ method: 'PATCH', path: '/consent', body: change, schema: consentSettings }),
  }
}
