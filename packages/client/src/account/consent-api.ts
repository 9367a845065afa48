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
 * Message requests, blocks and the consent setting. Only this user's own devices are told, by `request` and
 * `account` events. All calls reject with `BackscrollError`.
 */
export interface ClientConsent {
  /**
   * The conversations that wait for this user's answer, oldest first. None of their events arrive before they are
   * accepted.
   */
  requests(): Promise<readonly ConversationRequest[]>
  /**
   * Accepts a request. All messages since the request then arrive on all of the user's devices. Writing to the
   * person accepts that person's request too.
   */
  accept(conversationId: string): Promise<void>
  /**
   * Leaves a group that waits. For a direct conversation the other user is not told. The request can still be
   * accepted later.
   */
  decline(conversationId: string): Promise<void>
  /**
   * Blocks a user: no further requests arrive, and that user's messages in the direct conversation are not shown.
   * Common groups stay as they are.
   */
  block(userId: string): Promise<void>
  /** Unblocks a user. The conversation's history then contains the messages that were not shown. */
  unblock(userId: string): Promise<void>
  blocks(): Promise<readonly Block[]>
  /** Sets who may start conversations with this user without a request. */
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
