import { digestAccounts } from '../../adapters/sql/database/copy-accounts.ts'
import { kindOfStream } from '../../domain/stream-names.ts'
import type { Progress } from '../progress.ts'
import { compareBlobs } from './migrate-blobs.ts'
import { differingStreams, digestLogs, type LogDigest } from './migrate-digest.ts'
import { compareMedia } from './migrate-media.ts'
import type { Check } from './migrate-report.ts'
import type { Source } from './migrate-source.ts'
import type { Target } from './migrate-target.ts'
import type { RebuiltViews } from './migrate-views.ts'

const compareLogs = (source: LogDigest, target: LogDigest): readonly Check[] => {
  const differing = differingStreams(source, target)
  return [
    { what: 'events', source: source.events, target: target.events, same: source.events === target.events },
    {
      what: 'streams',
      source: source.streams.size,
      target: target.streams.size,
      same: differing.length === 0,
      differing,
    },
  ]
}

const compareAccounts = async (source: Source, target: Target): Promise<readonly Check[]> => {
  const [ours, theirs] = [await digestAccounts(source.accounts), await digestAccounts(target.accounts)]
  return [...ours].map(([table, { rows, hash }]) => {
    const copy = theirs.get(table)
    return {
      what: `rows of ${table}`,
      source: rows,
      target: copy?.rows ?? 0,
      same: copy?.hash === hash && copy.rows === rows,
    }
  })
}

const compareViews = ({ streams }: LogDigest, { conversations, complete }: RebuiltViews): Check => {
  const expected = [...streams.keys()].filter((stream) => kindOfStream(stream) === 'conversation').length
  const what = 'conversations, as the views show them'
  return { what, source: expected, target: conversations, same: complete && conversations === expected }
}

/** Reads both sides once more, completely, and compares them. */
export const verify = async (
  source: Source,
  target: Target,
  views: RebuiltViews,
  progress: Progress,
): Promise<readonly Check[]> => {
  const ours = await digestLogs(
    [source.log],
    progress.stage('Reading the embedded log', Number(await source.log.head())),
  )
  const theirs = await digestLogs(target.engines.log.logs, progress.stage("Reading the cluster's log", ours.events))
  const blobs = await compareBlobs(source.blobs, target.engines.blobs, (total) =>
    progress.stage('Comparing blobs', total),
  )
  const media = await compareMedia(source.accounts, target.engines.media.store, (total) =>
    progress.stage('Comparing files', total),
  )
  const { differing } = blobs
  const there = blobs.blobs - differing.length
  return [
    ...compareLogs(ours, theirs),
    ...(await compareAccounts(source, target)),
    { what: 'blobs', source: blobs.blobs, target: there, same: differing.length === 0, differing },
    {
      ...{ what: 'files', source: media.files, target: media.files - media.differing.length },
      ...{ same: media.differing.length === 0, differing: media.differing },
    },
    compareViews(ours, views),
  ]
}
