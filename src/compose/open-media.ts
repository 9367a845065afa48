import { randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import type { ProcessLimits } from '../edge/limits/process-limits.ts'
import { createMedia, type Media } from '../media/create-media.ts'
import { startMediaSweeps } from '../media/start-media-sweeps.ts'
import type { Metrics } from '../observability/metrics.ts'
import type { ArchiveRecords } from '../ports/archive-records.ts'
import type { MediaRecords } from '../ports/media-records.ts'
import type { Queries } from '../projections/queries/create-queries.ts'
import type { ServerParts } from './server-parts.ts'

export interface OpenMediaParts extends Pick<ServerParts, 'config' | 'metrics' | 'media' | 'shared'> {
  readonly records: MediaRecords & ArchiveRecords
  readonly queries: Pick<Queries, 'mayReadMedia' | 'mayReadMediaSoon'>
  readonly metering: ProcessLimits
  readonly isShort: () => boolean
  readonly logger: Pick<Logger, 'warn'>
}

/** Opens the uploaded files of a process, with metrics and with limits for each user. */
export const openMedia = (parts: OpenMediaParts): Media => {
  const { config, metrics, media, records, queries, metering, isShort, shared, logger } = parts
  const opened = createMedia({
    ...{ records, isShort, readers: queries, settings: config.media, now: Date.now },
    store: media.store,
    leases: media.leases,
    holder: shared?.holder ?? randomUUID(),
    meter: metering.meter,
    bytesPerDay: metering.limits.mediaBytes,
    onReceived: (bytes) => metrics.receivedMediaBytes.inc(bytes),
    onFinished: () => metrics.finishedMedia.inc(),
    onLeaseTrouble: (err) => {
      metrics.mediaLeaseFailures.inc()
      logger.warn({ err }, 'the lease of an upload could not be renewed or released; another process may take it over')
    },
  })
  metrics.watchTransfers(opened.transfers.open)
  return opened
}

export interface MediaSweepParts {
  readonly media: ServerParts['media']
  readonly records: MediaRecords
  readonly queries: Pick<Queries, 'isMediaNamed'>
  readonly isComplete: () => Promise<boolean>
  readonly metrics: Metrics
  readonly logger: Logger
}

export const sweepFiles = ({ media, records, queries, isComplete, metrics, logger }: MediaSweepParts) =>
  startMediaSweeps(
    {
      ...{ records, isComplete, store: media.store, isNamed: queries.isMediaNamed, now: Date.now },
      onRemoved: (why) => metrics.removedMedia.inc({ why }),
    },
    logger,
  )
