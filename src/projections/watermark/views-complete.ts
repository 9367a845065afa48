import type { EventLogs } from '../../event-log/event-logs.ts'
import type { DocumentReader } from '../../ports/document-store.ts'
import { readParked } from '../runner/runner-meta.ts'
import { reachedAll, type Watermark } from './watermark.ts'

export interface ViewsCompleteDeps {
  readonly log: Pick<EventLogs, 'heads'>
  readonly documents: DocumentReader
  readonly watermark: Pick<Watermark, 'reached'>
}

const waitMs = 10_000

/** Whether all logs answer and the views reach their heads in time. */
export const reachAllHeads = async (
  log: Pick<EventLogs, 'heads'>,
  watermark: Pick<Watermark, 'reached'>,
): Promise<boolean> => {
  const heads = await log.heads()
  return !heads.includes(undefined) && reachedAll(watermark, heads, waitMs)
}

/**
 * Whether the views hold everything that was durable at the call: all logs answer, the views reach their heads in
 * time, and no stream is parked.
 */
export const createViewsComplete =
  ({ log, documents, watermark }: ViewsCompleteDeps) =>
  async (): Promise<boolean> =>
    (await reachAllHeads(log, watermark)) && (await readParked(documents, 'live')).size === 0
