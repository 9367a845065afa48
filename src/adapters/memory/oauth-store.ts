import type { FoundOAuthRecord, OAuthRecord, OAuthStore } from '../../ports/identity/oauth-store.ts'

interface Row extends OAuthRecord {
  readonly consumedAt: number | undefined
}

/** For tests: nothing survives the process. */
export const createMemoryOAuthStore = (): OAuthStore => {
  const rows = new Map<string, Row>()
  const keyOf = (kind: string, id: string) => JSON.stringify([kind, id])
  const live = (row: Row | undefined, now: number): FoundOAuthRecord | undefined =>
    row !== undefined && row.expiresAt > now
      ? { id: row.id, payload: row.payload, consumedAt: row.consumedAt }
      : undefined
  const search = (matches: (row: Row) => boolean, now: number) =>
    [...rows.values()].filter(matches).flatMap((row) => live(row, now) ?? [])[0]
  const removeWhere = (matches: (row: Row) => boolean) => {
    for (const [key, row] of rows) if (matches(row)) rows.delete(key)
  }
  const othersConsumed = ({ kind, id }: Row, place: string): boolean =>
    [...rows.values()].some(
      (row) => row.kind === kind && row.uid === place && row.id !== id && row.consumedAt !== undefined,
    )
  return {
    put: async (record) => {
      const key = keyOf(record.kind, record.id)
      rows.set(key, { ...record, consumedAt: rows.get(key)?.consumedAt })
    },
    find: async (kind, id, now) => live(rows.get(keyOf(kind, id)), now),
    findByUid: async (kind, uid, now) => search((row) => row.kind === kind && row.uid === uid, now),
    findByUserCode: async (kind, code, now) => search((row) => row.kind === kind && row.userCode === code, now),
    consume: async (kind, id, now) => {
      const row = rows.get(keyOf(kind, id))
      if (row === undefined || row.expiresAt <= now || row.consumedAt !== undefined) return false
      rows.set(keyOf(kind, id), { ...row, consumedAt: now })
      return true
    },
    consumeInTurn: async (kind, id, { own, next, graceMs }, now) => {
      const row = rows.get(keyOf(kind, id))
      if (row === undefined || row.expiresAt <= now || othersConsumed(row, own)) return false
      if (row.consumedAt === undefined) rows.set(keyOf(kind, id), { ...row, consumedAt: now })
      return row.consumedAt === undefined || (now - row.consumedAt < graceMs && !othersConsumed(row, next))
    },
    remove: async (kind, id) => void rows.delete(keyOf(kind, id)),
    removeGrant: async (grantId) => removeWhere((row) => row.grantId === grantId),
    purge: async (now) => removeWhere((row) => row.expiresAt <= now),
    trim: async (kinds, most) => {
      const ofNobody = [...rows.values()].filter(({ kind, userId }) => kinds.includes(kind) && userId === undefined)
      const last = ofNobody.map(({ expiresAt }) => expiresAt).sort((a, b) => b - a)[most]
      const gone = last === undefined ? [] : ofNobody.filter(({ expiresAt }) => expiresAt <= last)
      for (const { kind, id } of gone) rows.delete(keyOf(kind, id))
      return gone.length
    },
  }
}
