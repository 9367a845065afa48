import { createHash } from 'node:crypto'
import { ProtocolError } from '@backscroll/protocol/errors'
import type { Consent } from '../commands/create-user-commands.ts'
import { type Limits, perHour } from '../identity/accounts/rate-limiter.ts'

/** As the accounts database keeps it. */
interface Invite {
  readonly inviteId: string
  readonly userId: string
  readonly createdAt: number
  readonly expiresAt: number
  readonly uses: number
  readonly maxUses: number
}

export interface NewInvite {
  readonly inviteId: string
  readonly expiresInSeconds: number
  readonly maxUses: number
}

/** Links by which whoever holds one may write to their maker without asking. */
export interface Invites {
  /** Rejects with `invite_limit`, `rate_limited`, or `invalid` for an id that is taken. */
  create(userId: string, invite: NewInvite): Promise<Invite>
  list(userId: string): Promise<readonly Invite[]>
  /** Rejects with `not_found`. */
  revoke(userId: string, inviteId: string): Promise<void>
  /**
   * Redeems an invite and returns its creator. A repeat by the same user does not count. Rejects with
   * `rate_limited`, and with the same `not_found` for an invite that never existed, has expired, is used up or
   * revoked, for the caller's own invite, and for one whose creator is locked or has blocked the caller.
   */
  redeem(redeeming: { readonly by: string; readonly address: string; readonly token: string }): Promise<string>
}

export interface InvitesDeps {
  readonly records: {
    putInvite(invite: Invite, most: number): Promise<'put' | 'full' | 'taken'>
    invitesOf(userId: string, now: number): Promise<readonly Invite[]>
    deleteInvite(userId: string, inviteId: string): Promise<boolean>
    inviteFor(inviteId: string, holderId: string, now: number): Promise<Invite | undefined>
    useInvite(inviteId: string, holderId: string, now: number): Promise<boolean>
  }
  readonly account: (userId: string) => Promise<{ readonly status: 'active' | 'deactivated' } | undefined>
  readonly consent: (userId: string) => Promise<Pick<Consent, 'blocked'>>
  /** Counts a look at somebody's invite, before anything is read; throws `rate_limited`. */
  readonly count: (userId: string, address: string) => void
  /** Hold for all processes. */
  readonly limits: Limits
  readonly now: () => number
}

/** That have not expired. */
const mostOfUser = 100
const newPerHour = 60

export const createInvites = ({ records, account, consent, count, limits, now }: InvitesDeps): Invites => {
  const isHeard = async (userId: string, by: string): Promise<boolean> =>
    (await account(userId))?.status === 'active' && !(await consent(userId)).blocked.has(by)

  return {
    create: async (userId, { inviteId, expiresInSeconds, maxUses }) => {
      await limits.take(perHour(`invites of ${userId}`, newPerHour))
      const createdAt = now()
      const invite = { inviteId, userId, createdAt, expiresAt: createdAt + expiresInSeconds * 1000, uses: 0, maxUses }
      const answer = await records.putInvite(invite, mostOfUser)
      if (answer === 'full') throw new ProtocolError('invite_limit')
      if (answer === 'taken') throw new ProtocolError('invalid', undefined, { details: { field: 'inviteId' } })
      return invite
    },
    list: (userId) => records.invitesOf(userId, now()),
    revoke: async (userId, inviteId) => {
      if (!(await records.deleteInvite(userId, inviteId))) throw new ProtocolError('not_found')
    },
    redeem: async ({ by, address, token }) => {
      count(by, address)
      const inviteId = createHash('sha256').update(Buffer.from(token, 'base64url')).digest('base64url')
      const invite = await records.inviteFor(inviteId, by, now())
      const isGood = invite !== undefined && invite.userId !== by && (await isHeard(invite.userId, by))
      if (!isGood || !(await records.useInvite(inviteId, by, now()))) throw new ProtocolError('not_found')
      return invite.userId
    },
  }
}
