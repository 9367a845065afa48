import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { type Adapter, type AdapterFactory, type AdapterPayload, errors } from 'oidc-provider'
import type { FoundOAuthRecord, OAuthRecord } from '../../../ports/identity/oauth-store.ts'
import { createUnprovenGuard, isUnproven, unprovenUntil } from '../interaction/unproven-guard.ts'
import type { OAuthDeps } from '../oauth-deps.ts'
import type { DeviceSender } from './device-sender.ts'

/** The ids of these are the very secrets that clients show: the store gets only their hashes. */
const secretKinds = new Set(['AuthorizationCode', 'RefreshToken', 'AccessToken'])

/** A record without an expiry of its own is kept this long, in seconds. */
const longest = 400 * 86_400

const hash = (id: string): string => createHash('sha256').update(id).digest('base64url')

const parse = ({ payload, consumedAt }: FoundOAuthRecord): AdapterPayload => ({
  ...JSON.parse(payload),
  ...(consumedAt === undefined ? {} : { consumed: Math.floor(consumedAt / 1000) }),
})

const refreshToken = 'RefreshToken'

/**
 * Refresh tokens of a sign-in follow one another; one whose answer was lost has several successors, all in one
 * place.
 */
const placeOf = ({ grantId, rotations }: AdapterPayload, ahead: number): string =>
  `${grantId}/${(typeof rotations === 'number' ? rotations : 0) + ahead}`

const recordOf = (kind: string, id: string, payload: AdapterPayload, expiresAt: number): OAuthRecord => {
  const { jti, ...rest } = payload
  return {
    kind,
    id: secretKinds.has(kind) ? hash(id) : id,
    payload: JSON.stringify(secretKinds.has(kind) ? rest : { jti, ...rest }),
    grantId: kind === 'Grant' ? id : payload.grantId,
    userId: payload.accountId ?? payload.session?.accountId ?? payload.result?.login?.accountId,
    uid: kind === refreshToken ? placeOf(payload, 0) : payload.uid,
    userCode: payload.userCode,
    expiresAt,
  }
}

/** How many recently used refresh tokens are remembered. */
const mostUsed = 10_000

/**
 * The date by which the grace of a used refresh token is counted: that of its first use in this process, then going
 * on steadily, so that setting the clock neither ends the grace nor extends it.
 */
const createGraceDates = (now: () => number, elapsed: () => number) => {
  const firstUses = new LRUCache<string, { readonly date: number; readonly elapsed: number }>({ max: mostUsed })
  return (key: string): number => {
    const first = firstUses.get(key)
    if (first !== undefined) return first.date + elapsed() - first.elapsed
    const date = now()
    firstUses.set(key, { date, elapsed: elapsed() })
    return date
  }
}

/** Lets oidc-provider keep its state in an `OAuthStore`. */
export const createAdapter = (
  deps: Pick<OAuthDeps, 'store' | 'limits' | 'settings' | 'now' | 'elapsed'>,
  sender: DeviceSender,
): AdapterFactory => {
  const { store, settings, now } = deps
  const guard = createUnprovenGuard(deps)
  const graceDate = createGraceDates(now, deps.elapsed ?? (() => performance.now()))

  const put = async (record: OAuthRecord): Promise<void> => {
    if (!isUnproven(record)) return store.put(record)
    await guard.admit(record)
    await store.put({ ...record, expiresAt: unprovenUntil(record.expiresAt, now()) })
    await guard.written()
  }

  return (kind): Adapter => {
    const keyOf = (id: string) => (secretKinds.has(kind) ? hash(id) : id)
    const find = async (id: string): Promise<AdapterPayload | undefined> => {
      const found = await store.find(kind, keyOf(id), now())
      if (found === undefined) return undefined
      const { consumed, ...payload } = parse(found)
      // Whether a refresh token was used is decided when it is consumed, because its answer may have been lost.
      const told = consumed === undefined || kind === refreshToken ? payload : { ...payload, consumed }
      return secretKinds.has(kind) ? { ...told, jti: id } : told
    }
    const consume = (id: string, payload: AdapterPayload | undefined): Promise<boolean> => {
      if (kind !== refreshToken || payload?.grantId === undefined) return store.consume(kind, keyOf(id), now())
      const { grantId } = payload
      const turn = { grantId, own: placeOf(payload, 0), next: placeOf(payload, 1), graceMs: settings.refreshGraceMs }
      return store.consumeInTurn(kind, keyOf(id), turn, graceDate(keyOf(id)))
    }
    return {
      upsert: (id, payload, expiresIn = longest) => put(recordOf(kind, id, payload, now() + expiresIn * 1000)),
      find,
      findByUid: async (uid) => {
        const found = await store.findByUid(kind, uid, now())
        return found && parse(found)
      },
      findByUserCode: async (userCode) => {
        const found = await store.findByUserCode(kind, userCode, now())
        return found && parse(found)
      },
      /**
       * When two show the same code or token at the same time, one loses, and the grant ends for both: one of
       * them stole it.
       */
      consume: async (id) => {
        const payload = await find(id)
        await sender.check(payload ?? {})
        if (await consume(id, payload)) return
        const grantId = payload?.grantId
        if (grantId !== undefined) await store.removeGrant(grantId)
        throw new errors.InvalidGrant('already used')
      },
      destroy: (id) => store.remove(kind, keyOf(id)),
      revokeByGrantId: (grantId) => store.removeGrant(grantId),
    }
  }
}
