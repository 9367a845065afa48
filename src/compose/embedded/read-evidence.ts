import { openEmbeddedDocumentReader } from '../../adapters/embedded/documents/open-documents.ts'
import type { Evidence } from '../../adapters/embedded/log/integrity/evidence.ts'
import { readCheckpoints } from '../../adapters/sql/database/read-accounts-file.ts'
import { readGenerations } from '../../projections/runner/runner-meta.ts'
import { processes } from '../start-worker.ts'

/** Views are made from the log, so they never know more than it holds. Those that cannot be read are made again and say nothing. */
const ofViews = async (directory: string): Promise<readonly Evidence[]> => {
  const reader = await openEmbeddedDocumentReader({ directory })
  try {
    const epoch = await reader.getMeta('epoch')
    const positions = [...(await readGenerations(reader, 'live')).values()].map(({ position }) => Number(position))
    return epoch === undefined ? [] : [{ source: 'views.db', epoch, position: Math.max(0, ...positions) }]
  } catch {
    return []
  } finally {
    await reader.close()
  }
}

/** What follows from events is done from checkpoints, which are kept with the accounts. */
const ofAccounts = (directory: string): readonly Evidence[] =>
  readCheckpoints(directory)
    .filter(({ name }) => processes.includes(name))
    .map(({ epoch, position }) => ({ source: 'accounts.db', epoch, position: Number(position) }))

/** What a data directory knows of its log outside the log. Reads only; a server may be running on it. */
export const readEvidence = async (directory: string): Promise<readonly Evidence[]> => [
  ...(await ofViews(directory)),
  ...ofAccounts(directory),
]
