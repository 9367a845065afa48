import type { ProfileBody } from '../content/message-content.ts'
import type { Plaintexts } from '../records/plaintexts.ts'
import type { StoreChange } from '../stores/client-store.ts'
import type { ArchiveRecord } from './archive-records.ts'

type Message = Extract<ArchiveRecord, { type: 'message' }>

export interface ImportDeps {
  readonly plaintexts: Pick<Plaintexts, 'get' | 'put' | 'erase' | 'erasures'>
  /** What is older has expired, in milliseconds since the Unix epoch; undefined where messages do not expire. */
  readonly expiresBefore: (conversationId: string) => number | undefined
  readonly hearProfile: (userId: string, profile: ProfileBody) => void
  readonly keepGroupKeys: (conversationId: string, keys: readonly string[]) => void
}

/**
 * Takes over records of an archive. What this device has read by itself, and deletions that it knows of, take
 * precedence. The changes count at once, and the caller stores them.
 */
export const createImportRecords = (deps: ImportDeps) => {
  const { plaintexts } = deps
  const isDeleted = async (id: string, revision: number | undefined): Promise<boolean> => {
    const known = revision === undefined ? undefined : await plaintexts.get(id, revision)
    return known !== undefined && 'deleted' in known
  }
  const hasExpired = ({ conversationId, at }: Message): boolean =>
    at !== undefined && at < (deps.expiresBefore(conversationId) ?? Number.NEGATIVE_INFINITY)

  /** Looks again if a message was deleted while it looked. */
  const message = async (one: Message): Promise<readonly StoreChange[]> => {
    const { conversationId: id, revision, plaintext, at, target } = one
    const erasures = plaintexts.erasures()
    const known = await plaintexts.get(id, revision)
    const isKnown = known !== undefined && !('unreadable' in known)
    if (isKnown || hasExpired(one) || (await isDeleted(id, target))) return []
    if (plaintexts.erasures() !== erasures) return message(one)
    const when = { ...(at !== undefined && { at }), ...(target !== undefined && { target }) }
    return plaintexts.put(id, revision, { plaintext, ...when })
  }
  const deleted = async (id: string, revision: number): Promise<readonly StoreChange[]> =>
    (await isDeleted(id, revision)) ? [] : plaintexts.erase(id, revision)

  return async (records: readonly ArchiveRecord[]) => {
    const changes: StoreChange[] = []
    let messages = 0
    for (const one of records)
      switch (one.type) {
        case 'message': {
          const taken = await message(one)
          if (taken.length > 0) messages += 1
          changes.push(...taken)
          break
        }
        case 'deleted':
          changes.push(...(await deleted(one.conversationId, one.revision)))
          break
        case 'profile':
          deps.hearProfile(one.userId, one.profile)
          break
        case 'group_keys':
          deps.keepGroupKeys(one.conversationId, one.keys)
          break
      }
    return { changes, messages }
  }
}

export type ImportRecords = ReturnType<typeof createImportRecords>
