import { z } from 'zod'
import { fromBase64 } from '../encoding/base64.ts'
import type { StoreChange } from '../stores/client-store.ts'

const record = z.object({
  inviteId: z.string(),
  /** Base64. */
  secret: z.string(),
  conversationId: z.string(),
  expiresAt: z.int(),
  maxUses: z.int(),
  /** Whoever follows the link waits until an owner or admin lets that user in. */
  approval: z.literal(true).optional(),
  /**
   * Users who were admitted by the link or are waiting. Each counts once, so a removed user cannot return by the
   * same link.
   */
  used: z.array(z.string()),
  waiting: z.array(z.string()),
})

export type GroupInvite = z.output<typeof record>

/** The group links that this device has created and admits joiners for. */
export interface GroupInvites {
  put(invite: GroupInvite): void
  of(inviteId: string): GroupInvite | undefined
  /** The links of one group. */
  to(conversationId: string): readonly GroupInvite[]
  all(): Iterable<GroupInvite>
  forget(inviteId: string): void
}

export const secretOf = ({ secret }: GroupInvite): Uint8Array => fromBase64(secret)

export const loadGroupInvites = (
  stored: ReadonlyMap<string, unknown>,
  store: (changes: readonly StoreChange[]) => void,
): GroupInvites => {
  const all = new Map<string, GroupInvite>()
  for (const [key, value] of stored) if (key.startsWith('invite/')) all.set(key.slice(7), record.parse(value))
  return {
    put: (invite) => {
      all.set(invite.inviteId, invite)
      store([{ key: `invite/${invite.inviteId}`, value: invite }])
    },
    of: (inviteId) => all.get(inviteId),
    to: (conversationId) => [...all.values()].filter((one) => one.conversationId === conversationId),
    all: () => [...all.values()],
    forget: (inviteId) => {
      if (all.delete(inviteId)) store([{ key: `invite/${inviteId}`, value: undefined }])
    },
  }
}
