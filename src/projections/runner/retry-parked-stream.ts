import type { EventReader } from '../../ports/event-log.ts'
import type { ViewGroup } from './view-group.ts'

const pageSize = 1_000

/**
 * Folds a parked stream from the revision where it was parked up to where the views are. False if it had to be
 * parked again.
 */
export const retryStream = async (reader: EventReader, group: ViewGroup, stream: string): Promise<boolean> => {
  for (let parked = group.parked().get(stream); parked !== undefined; parked = group.parked().get(stream)) {
    const from = parked.revision
    const page = await reader.readStream({ stream, from, upTo: group.position(), limit: pageSize })
    // Somebody has deleted it from the log.
    if (page[0]?.revision !== from) return false
    const last = page.at(-1)
    const rest = last !== undefined && page.length === pageSize ? { ...parked, revision: last.revision + 1 } : undefined
    await group.resume(stream, page, rest)
    const now = group.parked().get(stream)
    if (now !== undefined && now !== rest) return false
  }
  return true
}
