import { createHash } from 'node:crypto'
import { type Adapter, type AdapterFactory, type AdapterPayload, errors } from 'oidc-provider'
import type { FoundOAuthRecord, OAuthRecord, OAuthStore } from '../ports/oauth-store.ts'

/** The ids of these are the very secrets that clients show: the store knows only their hashes. */
const secretKinds = new Set(['AuthorizationCode', 'RefreshToken', 'AccessToken'])

/** A record without an expiry of its own is kept this long, in seconds. */
const longest = 400 * 86_400

const hash = (id: string): string => createHash('sha256').update(id).digest('base64url')

const parse = ({ payload, consumedAt }: FoundOAuthRecord): AdapterPayload => ({
  ...JSON.parse(payload),
  ...(consumedAt === undefined ? {} : { consumed: Math.floor(consumedAt / 1000) }),
})

const recordOf = (kind: string, id: string, payload: AdapterPayload, expiresAt: number): OAuthRecord => {
  const { jti, ...rest } = payload
  return {
    kind,
    id: secretKinds.has(kind) ? hash(id) : id,
    payload: JSON.stringify(secretKinds.has(kind) ? rest : { jti, ...rest }),
    grantId: kind === 'Grant' ? id : payload.grantId,
    userId: payload.accountId ?? payload.session?.accountId,
    uid: payload.uid,
    userCode: payload.userCode,
    expiresAt,
  }
}

/** Lets oidc-provider keep its state in an `OAuthStore`. */
export const createAdapter =
  (store: OAuthStore, now: () => number): AdapterFactory =>
  (kind): Adapter => {
    const keyOf = (id: string) => (secretKinds.has(kind) ? hash(id) : id)
    const find = async (id: string): Promise<AdapterPayload | undefined> => {
      const found = await store.find(kind, keyOf(id), now())
      if (found === undefined) return undefined
      return secretKinds.has(kind) ? { ...parse(found), jti: id } : parse(found)
    }
    return {
      upsert: (id, payload, expiresIn = longest) => store.put(recordOf(kind, id, payload, now() + expiresIn * 1000)),
      find,
      findByUid: async (uid) => {
        const found = await store.findByUid(kind, uid, now())
        return found && parse(found)
      },
      findByUserCode: async (userCode) => {
        const found = await store.findByUserCode(kind, userCode, now())
        return found && parse(found)
      },
      /** Of two that show the same code or token at the same time one loses, and the grant is gone for both: one of them stole it. */
      consume: async (id) => {
        if (await store.consume(kind, keyOf(id), now())) return
        const grantId = (await find(id))?.grantId
        if (grantId !== undefined) await store.removeGrant(grantId)
        throw new errors.InvalidGrant('already used')
      },
      destroy: (id) => store.remove(kind, keyOf(id)),
      revokeByGrantId: (grantId) => store.removeGrant(grantId),
    }
  }
