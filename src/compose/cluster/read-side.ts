import type { Logger } from 'pino'
import type { DocumentStore } from '../../ports/document-store.ts'
import { progressChannel } from '../../processes/messages/channel-names.ts'
import { decodeProgress } from '../../processes/messages/progress-message.ts'
import { createNamedStore } from '../../projections/partitions/epoch-scoped-store.ts'
import { countParked } from '../../projections/partitions/partition-store.ts'
import { createSharedWatermark, type SharedWatermark } from '../../projections/partitions/shared-watermark.ts'
import { reachAllHeads } from '../../projections/watermark/views-complete.ts'
import { type ClusterEngines, lifeOf, partitioningOf } from './cluster-engines.ts'

export interface ReadSide {
  /** The views of this log's life. */
  readonly documents: DocumentStore
  readonly watermark: SharedWatermark
  readonly collectionOf: (view: string) => string
  /** Whether the views hold everything that was durable at the call. */
  isComplete(): Promise<boolean>
  close(): Promise<void>
}

/** The views as this process reads them: projectors run them, and tell how far they are. */
export const openReadSide = async (engines: ClusterEngines, partitions: number, logger: Logger): Promise<ReadSide> => {
  const watermark = createSharedWatermark(partitioningOf(engines, partitions))
  const stop = await engines.channels.listen(progressChannel, (text) => {
    try {
      for (const progress of decodeProgress(text)) watermark.hear(progress)
    } catch (error) {
      logger.warn({ err: error }, 'a projector said what could not be understood')
    }
  })
  const documents = createNamedStore(engines.documents, lifeOf(engines.log))
  return {
    documents,
    watermark,
    isComplete: async () => (await reachAllHeads(engines.log, watermark)) && (await countParked(documents)) === 0,
    collectionOf: watermark.collectionOf,
    close: stop,
  }
}
