import { openEmbeddedDocumentReader } from '../../adapters/embedded/documents/open-documents.ts'
import type { Evidence } from '../../adapters/embedded/log/integrity/evidence.ts'
import { readCheckpoints } from '../../adapters/sql/database/read-accounts-file.ts'
import { processNames } from '../../processes/reactions/process-names.ts'
import { readViewsProgress } from '../../projections/runner/views-progress.ts'

/** Views are made from the log, so they never know more than it holds. */
const ofViews = async (directory: string): Promise<readonly Evidence[]> => {
  const reader = await openEmbeddedDocumentReader({ directory })
  const progress = await readViewsProgress(reader).finally(() => reader.close())
  return progress === undefined ? [] : [{ source: 'views.db', ...progress }]
}

/** Reactions to events run from checkpoints, which are stored with the accounts. */
const ofAccounts = (directory: string): readonly Evidence[] =>
  readCheckpoints(directory)
    .filter(({ name }) => processNames.includes(name))
    .map(({ epoch, position }) => ({ source: 'accounts.db', epoch, position: Number(position) }))

/** What a data directory shows about its log outside the log. Reads only; a server may be running on it. */
export const readEvidence = async (directory: string): Promise<readonly Evidence[]> => [
  ...(await ofViews(directory)),
  ...ofAccounts(directory),
]
