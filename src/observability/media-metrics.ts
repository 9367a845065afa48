import { Counter, Gauge, type Registry } from '@prometheus-io/client'
import { createTally } from './tally.ts'

/** The metrics of uploaded files. */
export const createMediaMetrics = (registers: Registry[]) => {
  const transfers: (() => number)[] = []
  const mediaTransfers: Gauge = new Gauge({
    name: 'backscroll_media_transfers',
    help: 'Uploads and downloads of files in progress.',
    registers,
    collect: () => mediaTransfers.set(transfers.reduce((all, open) => all + open(), 0)),
  })
  return {
    mediaTransfers,
    /** `open` is called at each scrape. */
    watchTransfers: (open: () => number): void => {
      transfers.push(open)
    },
    receivedMediaBytes: createTally({
      name: 'backscroll_media_received_bytes_total',
      help: 'Bytes of files received from clients.',
      registers,
    }),
    sentMediaBytes: createTally({
      name: 'backscroll_media_sent_bytes_total',
      help: 'Bytes of files sent to clients.',
      registers,
    }),
    finishedMedia: new Counter({
      name: 'backscroll_media_files_total',
      help: 'Files whose upload is complete.',
      registers,
    }),
    redirectedMedia: new Counter({
      name: 'backscroll_media_redirects_total',
      help: 'Downloads of files for which clients were sent to the bucket.',
      registers,
    }),
    mediaLeaseFailures: new Counter({
      name: 'backscroll_media_lease_failures_total',
      help: 'Leases of uploads that could not be renewed or released; the log has the causes.',
      registers,
    }),
    removedMedia: new Counter({
      name: 'backscroll_media_removed_total',
      help: 'Files that were swept, by reason: unfinished (the upload took too long), idle (no message names it), erased (its user was erased).',
      labelNames: ['why'] as const,
      registers,
    }),
  }
}
