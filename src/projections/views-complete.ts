import type { DocumentReader } from '../ports/document-store.ts'
import type { EventReader } from '../ports/event-log.ts'
import type { Watermark } from '../ports/watermark.ts'
import { readParked } from './runner/runner-meta.ts'

export interface ViewsCompleteDeps {
  readonly log: Pick<EventReader, 'head'>
  readonly documents: DocumentReader
  readonly watermark: Pick<Watermark, 'reached'>
}

const waitMs = 10_000

/** Whether the views hold everything that was durable when it was asked: they reach the head in time, and no stream stands still. */
export const createViewsComplete =
  ({ log, documents, watermark }: ViewsCompleteDeps) =>
  async (): Promise<boolean> =>
    (await watermark.reached(await log.head(), waitMs)) && (await readParked(documents, 'live')).size === 0
