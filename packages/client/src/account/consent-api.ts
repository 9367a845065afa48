import { commandResult } from '@backscroll/protocol/rest/command-result'
import {
  type Block,
  blockList,
  type ConsentSettings,
  type ConversationRequest,
  consentSettings,
  requestList,
} from '@backscroll/protocol/rest/consent'
import { done } from '@backscroll/protocol/rest/done'
import type { Rest } from '../rest/rest-client.ts'

/**
 * What the user wants of others. Only the user's own devices are told, by `request` and `account` events; all calls
 * reject with `BackscrollError`.
 */
export interface ClientConsent {
  /** Conversations that wait for the user's answer, oldest first. Nothing of them arrives before they are accepted. */
  requests(): Promise<readonly ConversationRequest[]>
  /**
   * From now on the conversation is like any other: what was said since the request arrives at once, on all of
   * the user's devices. Writing to a person accepts that person's request.
   */
  accept(conversationId: string): Promise<void>
  /** Leaves the group; in a direct conversation the other user hears nothing. It can still be accepted. */
  decline(conversationId: string): Promise<void>
  /**
   * No request of this person comes through any more, and the person's messages in the direct conversation are
   * not shown. Groups that both are in stay as they are.
   */
  block(userId: string): Promise<void>
  /** The conversation's history holds what was not shown. */
  unblock(userId: string): Promise<void>
  blocks(): Promise<readonly Block[]>
  /** Who comes into the user's conversations without asking. */
  consent(): Promise<ConsentSettings>
  setConsent(change: Partial<ConsentSettings>): Promise<ConsentSettings>
}

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
