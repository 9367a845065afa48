import type { MlsProtection } from '../encryption/mls-protection.ts'
import type { JoinRequest } from '../invites/join-requests.ts'
import type { OwnJoinRequest } from '../invites/own-join-requests.ts'

/** Requests to join groups by invite links with approval. All calls reject with `BackscrollError`. */
export interface ClientJoinRequests {
  /** The people who wait, the oldest first, as far as this device was told. For owners and admins. */
  joinRequests(conversationId: string): Promise<readonly JoinRequest[]>
  /**
   * Adds a user who waits. Rejects with `not_found` if the user does not wait, and with `identity_changed` if this
   * device trusts another key of the user.
   */
  approveJoin(conversationId: string, userId: string): Promise<void>
  /** The user is told, and cannot ask again by the same link. */
  declineJoin(conversationId: string, userId: string): Promise<void>
  /** The groups that this user has asked to join from this device, until they are joined or 30 days have passed. */
  ownJoinRequests(): Promise<readonly OwnJoinRequest[]>
  /** Takes an own request back, or removes a declined one from the list. */
  withdrawJoin(conversationId: string): Promise<void>
}

export const createClientJoinRequests = ({
  joinRequests,
}: Pick<MlsProtection, 'joinRequests'>): ClientJoinRequests => ({
  joinRequests: joinRequests.of,
  approveJoin: joinRequests.approve,
  declineJoin: joinRequests.decline,
  ownJoinRequests: async () => joinRequests.own(),
  withdrawJoin: joinRequests.withdraw,
})
