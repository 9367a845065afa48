import { Counter, Gauge, type Registry } from '@prometheus-io/client'
import { createTally } from './tally.ts'

/** What is measured of uploaded files. */
export const createMediaMetrics = (registers: Registry[]) => {
  const transfers: (() => number)[] = []
  const mediaTransfers: Gauge = new Gauge({
    name: 'backscroll_media_transfers',
    help: 'Requests that bring or fetch files and are not over.',
    registers,
    collect: () => mediaTransfers.set(transfers.reduce((all, open) => all + open(), 0)),
  })
  return {
    mediaTransfers,
    /** Read when the metrics are scraped. */
    watchTransfers: (open: () => number): void => {
      transfers.push(open)
    },
    receivedMediaBytes: createTally({
      name: 'backscroll_media_received_bytes_total',
      help: 'Bytes of files that came from clients.',
      registers,
    }),
    sentMediaBytes: createTally({
      name: 'backscroll_media_sent_bytes_total',
      help: 'Bytes of files that were given to clients.',
      registers,
    }),
    finishedMedia: new Counter({
      name: 'backscroll_media_files_total',
      help: 'Files that became whole.',
      registers,
    }),
    removedMedia: new Counter({
      name: 'backscroll_media_removed_total',
      help: 'Files that were swept, by why: unfinished (the upload took too long), idle (no message names it), erased (its user).',
      labelNames: ['why'] as const,
      registers,
    }),
  }
}
