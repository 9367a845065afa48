import { z } from 'zod'
import type { OAuthStore } from '../../../ports/identity/oauth-store.ts'

const kind = 'PendingSignIn'
/** Between the password and the next factor. */
const lifetimeMs = 600_000

const pending = z.object({ userId: z.string(), at: z.number() })
type PendingSignIn = z.output<typeof pending>

/**
 * Sign-ins that have shown only a password so far, one for each interaction. They belong to the browser that holds
 * the interaction's cookies.
 */
export const createPendingSignIns = (store: OAuthStore, now: () => number) => ({
  begin: (uid: string, userId: string): Promise<void> =>
    store.put({
      kind,
      id: uid,
      payload: JSON.stringify({ userId, at: now() }),
      grantId: undefined,
      userId,
      uid: undefined,
      userCode: undefined,
      expiresAt: now() + lifetimeMs,
    }),
  of: async (uid: string): Promise<PendingSignIn | undefined> => {
    const found = await store.find(kind, uid, now())
    return found && pending.parse(JSON.parse(found.payload))
  },
  end: (uid: string): Promise<void> => store.remove(kind, uid),
})

export type PendingSignIns = ReturnType<typeof createPendingSignIns>
