import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { openEmbeddedDocumentReader } from '../adapters/embedded/documents/open-documents.ts'
import type { Evidence } from '../adapters/embedded/log/integrity/evidence.ts'
import { openAccountsFile } from '../adapters/sql/open-sqlite.ts'
import { readGenerations } from '../projections/runner/runner-meta.ts'
import { processes } from './worker.ts'

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
const ofAccounts = async (directory: string): Promise<readonly Evidence[]> => {
  if (!existsSync(join(directory, 'accounts.db'))) return []
  const store = await openAccountsFile({ directory })
  try {
    const found = await Promise.all(processes.map((name) => store.checkpoint(name)))
    return found.flatMap((one) =>
      one === undefined ? [] : [{ source: 'accounts.db', epoch: one.epoch, position: Number(one.position) }],
    )
  } finally {
    await store.close()
  }
}

/** What a data directory knows of its log outside the log. */
export const readEvidence = async (directory: string): Promise<readonly Evidence[]> => [
  ...(await ofViews(directory)),
  ...(await ofAccounts(directory)),
]
