import type { ControlContent } from '../content/message-content.ts'
import { envelopeOf } from '../content/outgoing-content.ts'
import { BackscrollError, toBackscrollError } from '../errors/backscroll-error.ts'
import type { JoinRequest, JoinRequests } from '../invites/join-requests.ts'
import type { OwnJoinRequest, OwnJoinRequests } from '../invites/own-join-requests.ts'
import type { Outbox } from '../outbox/outbox.ts'

export interface AnswerJoinsDeps {
  readonly requests: JoinRequests
  readonly own: OwnJoinRequests
  readonly outbox: Pick<Outbox, 'add'>
  readonly requireAdmin: (conversationId: string) => Promise<void>
  readonly introduce: (userId: string, identityKey: string) => Promise<void>
  readonly isMember: (conversationId: string, userId: string) => boolean
  readonly sendTo: (userId: string, content: ControlContent) => Promise<void>
  readonly save: () => Promise<void>
  readonly newId: () => string
  readonly now: () => number
}

/** What people do about requests to join: owners and admins about those of others, and users about their own. */
export const createAnswerJoins = (deps: AnswerJoinsDeps) => {
  const { requests, own, outbox, newId } = deps
  const find = async (id: string, userId: string): Promise<JoinRequest> => {
    await deps.requireAdmin(id)
    const found = requests.of(id).find((one) => one.userId === userId)
    if (found === undefined) throw new BackscrollError('not_found')
    return found
  }
  const add = async (id: string, userId: string): Promise<void> => {
    const change = { type: 'add' as const, userIds: [userId] }
    try {
      await outbox.add(id, newId(), { kind: 'group', change, quiet: false })
    } catch (thrown) {
      // Another admin was faster.
      if (toBackscrollError(thrown).code !== 'already_member') throw thrown
    }
  }
  return {
    of: async (id: string): Promise<readonly JoinRequest[]> => {
      await deps.requireAdmin(id)
      return requests.of(id).filter(({ userId }) => !deps.isMember(id, userId))
    },
    approve: async (id: string, userId: string): Promise<void> => {
      const { identityKey } = await find(id, userId)
      await deps.introduce(userId, identityKey)
      await add(id, userId)
    },
    decline: async (id: string, userId: string): Promise<void> => {
      await find(id, userId)
      const content = { type: 'join_settled' as const, body: { userId, state: 'declined' as const } }
      const messageId = newId()
      const plaintext = envelopeOf({ messageId, control: true }, content)
      await outbox.add(id, messageId, { kind: 'message', control: true, plaintext, sentAt: deps.now() })
    },
    own: (): readonly OwnJoinRequest[] => own.all(),
    withdraw: async (conversationId: string): Promise<void> => {
      const request = own.of(conversationId)
      if (request === undefined) throw new BackscrollError('not_found')
      own.forget(conversationId)
      await deps.save()
      if (request.state === 'waiting')
        await deps.sendTo(request.to, { type: 'join_withdrawn', body: { conversationId } })
    },
  }
}
